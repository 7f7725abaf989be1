/** The errors with which a handler refuses a client. */
import * as Data from "effect/Data"

/** Identifies these errors, from any copy of the package. */
const TypeId = "~@effect-centrifugo/core/ProxyApp/Refusal"

/**
 * The client's call fails with this error. Make it with `ProxyApp.deny`.
 *
 * @since 0.1.0
 */
export class Denied extends Data.TaggedError("CentrifugoProxyDenied")<{
  /** The code that the client sees, from 400 to 1999. */
  readonly code: number
  /** The text that the client sees. */
  readonly message: string
  /** Whether the client retries. */
  readonly temporary: boolean
}> {
  /** Identifies the value as a refusal. */
  get [TypeId](): typeof TypeId {
    return TypeId
  }
}

/**
 * The client is disconnected. Make it with `ProxyApp.disconnect`.
 *
 * @since 0.1.0
 */
export class Disconnected extends Data.TaggedError("CentrifugoProxyDisconnected")<{
  /** The code that the client sees: it reconnects after 4000 to 4499, and does not after 4500 to 4999. */
  readonly code: number
  /** The text that the client sees: up to 32 bytes of ASCII. */
  readonly reason: string
}> {
  override get message(): string {
    return this.reason
  }
  /** Identifies the value as a refusal. */
  get [TypeId](): typeof TypeId {
    return TypeId
  }
}

/**
 * The connection or subscription has expired: see `ProxyApp.expired`.
 *
 * @since 0.1.0
 */
export class Expired extends Data.TaggedError("CentrifugoProxyExpired")<{}> {
  /** Identifies the value as a refusal. */
  get [TypeId](): typeof TypeId {
    return TypeId
  }
}

/** Whether a value is one of these errors, from any copy of the package. */
export const isRefusal = (u: unknown): u is Denied | Disconnected | Expired =>
  typeof u === "object" && u !== null && TypeId in u

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"
type Three = `${Digit}${Digit}${Digit}`

/** Makes literal codes that are out of range fail to compile. Other codes are checked at run time. */
type Checked<N extends number, Texts extends string, Words extends string> = number extends N
  ? N
  : `${N}` extends Texts
    ? N
    : Words

/**
 * A code for `deny`.
 *
 * @since 0.1.0
 */
export type DenyCode<N extends number> = Checked<
  N,
  `1${Three}` | `${"4" | "5" | "6" | "7" | "8" | "9"}${Digit}${Digit}`,
  "a code from 400 to 1999"
>

/**
 * A code for `disconnect`.
 *
 * @since 0.1.0
 */
export type DisconnectCode<N extends number> = Checked<N, `4${Three}`, "a code from 4000 to 4999">

const isWithin = (code: unknown, first: number, last: number): boolean =>
  Number.isInteger(code) && Number(code) >= first && Number(code) <= last

export const deny = (code: number, message: string, temporary: boolean): Denied => {
  if (!isWithin(code, 400, 1999)) {
    throw new TypeError("ProxyApp.deny: code: expected a whole number from 400 to 1999")
  }
  if (typeof message !== "string" || message === "" || !message.isWellFormed()) {
    throw new TypeError("ProxyApp.deny: message: expected a non-empty string")
  }
  return new Denied({ code, message, temporary })
}

export const disconnect = (code: number, reason: string): Disconnected => {
  if (!isWithin(code, 4000, 4999)) {
    throw new TypeError("ProxyApp.disconnect: code: expected a whole number from 4000 to 4999")
  }
  if (typeof reason !== "string" || !/^[\x20-\x7e]{1,32}$/.test(reason)) {
    throw new TypeError("ProxyApp.disconnect: reason: expected 1 to 32 printable ASCII characters")
  }
  return new Disconnected({ code, reason })
}
