/** From the error of a batch to the error of one of its calls, each of which gets its own. */
import { NetworkError, type Phase, TimeoutError, type TransportError } from "../../CentrifugoError.js"
import type { Entry } from "./entry.js"

/** What an attempt came to for one call. */
export const attemptError = <E extends TransportError>(error: E, { call: { method } }: Entry): E =>
  new (error.constructor as new (fields: object) => E)({ ...error, cause: error.cause, method })

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
