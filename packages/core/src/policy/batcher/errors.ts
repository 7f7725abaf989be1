/** From the error of a batch to the error of one of its calls, each of which gets its own. */
import { NetworkError, type Phase, TimeoutError, type TransportError } from "../../errors/CentrifugoError.js"
import type { Entry } from "./entry.js"

/** What an attempt came to for one call. */
export const attemptError = <E extends TransportError>(error: E, { call }: Entry): E =>
  copy(error, { method: call.method })

/** The same, if it is the last: an earlier attempt may have been carried out, whatever the last one says. */
export const finalError = (error: TransportError, { wasSent }: Entry): TransportError =>
  wasSent && "phase" in error && error.phase !== "unknown" ? copy(error, { phase: "unknown" }) : error

const copy = <E extends TransportError>(error: E, fields: { method?: string; phase?: Phase }): E =>
  new (error.constructor as new (fields: object) => E)({ ...error, cause: error.cause, ...fields })

/** Whether nothing can have been carried out. */
export const isUnsent = (error: TransportError): boolean =>
  "phase" in error
    ? error.phase !== "unknown"
    : error._tag === "CentrifugoApiKeyError" || isRefusedUnread(error)

/**
 * Refused as a whole before any of it was carried out: too large for a proxy (413), or not readable
 * (400), which a single call may be to blame for.
 */
export const isRefusedUnread = (error: TransportError): boolean =>
  error._tag === "CentrifugoStatusError" && (error.status === 413 || error.status === 400)

export const timeoutError = ({ call: { method }, phase }: Entry, timeout: number): TimeoutError =>
  new TimeoutError({ method, phase, timeout })

export const closedError = (method: string, phase: Phase): NetworkError =>
  new NetworkError({ method, phase, code: "ERR_CLOSED", detail: "the client has been closed" })
