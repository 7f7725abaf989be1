/**
 * Acts on the open connections of users (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type Audience, audience, checkAudience } from "./audience.js"

export { type Audience, LabelFilter } from "./audience.js"

const isCode = (code: number) => code >= 3000 && code <= 4999

/** The UTF-8 length that a WebSocket close frame has room for. */
const fitsCloseFrame = (reason: string) => new TextEncoder().encode(reason).length <= 123

const disconnectFields = {
  /** From 3000 to 4999. */
  code: Wire.where(Wire.Uint32, isCode, "expected a disconnect code from 3000 to 4999").annotations({
    arbitrary: () => (fc) => fc.integer({ min: 3000, max: 4999 })
  }),
  /** A text of at most 123 bytes in UTF-8. */
  reason: Wire.where(Schema.String, fitsCloseFrame, "expected a reason of at most 123 bytes")
}

/**
 * Why a client is disconnected, as it will see it. Clients reconnect after 3000-3499 and 4000-4499,
 * and don't after 3500-3999 and 4500-4999; 4000-4999 are for applications. `reason` has at most 123
 * bytes. The server takes any, and breaks the close frame (`protocol.md` trap 19).
 *
 * @since 0.1.0
 */
export interface Disconnect extends Wire.Of<typeof disconnectFields> {}

/**
 * Schema of a `Disconnect`.
 *
 * @since 0.1.0
 */
export const Disconnect: Schema.Schema<Disconnect> = Schema.Struct(disconnectFields)

const disconnectSpec = {
  payload: {
    ...audience,
    /** Client IDs to leave alone. */
    whitelist: Schema.optional(Schema.Array(Schema.String)),
    /** Default: 3503, after which clients don't reconnect. */
    disconnect: Schema.optional(Disconnect)
  },
  result: {},
  codes: [100],
  // A second time finds the connections closed, or closes those that have come back since.
  repeat: "natural"
} as const

/**
 * The payload of `disconnect`.
 *
 * @since 0.1.0
 */
export interface DisconnectPayload extends Audience, ApiMethod.PayloadOf<typeof disconnectSpec> {}

/**
 * The result of `disconnect`.
 *
 * @since 0.1.0
 */
export interface DisconnectResult extends ApiMethod.ResultOf<typeof disconnectSpec> {}

/**
 * Every error of `disconnect`.
 *
 * @since 0.1.0
 */
export type DisconnectError = ApiMethod.ErrorOf<typeof disconnectSpec>

/**
 * Closes the open connections of a user; succeeds also where there are none. It is no ban: clients may
 * connect again, and with a code under 3500 or from 4000 to 4499 do so by themselves.
 *
 * Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Disconnect`.
 *
 * @since 0.1.0
 */
export const disconnect: ApiMethod.ApiMethod<
  "disconnect",
  DisconnectPayload,
  DisconnectResult,
  DisconnectError
> = ApiMethod.make("disconnect", {
  ...disconnectSpec,
  check: checkAudience
})

/**
 * When connections end: a Unix time in whole seconds, or `"never"`.
 *
 * @since 0.1.0
 */
export const Expiry: Schema.Schema<number | "never"> = Wire.mapped(
  Schema.declare((u): u is number | "never" => u === "never" || Wire.isUnixSeconds(u), {
    identifier: "Expiry",
    [Wire.ProtoTypeId]: "int64",
    message: () => `expected a Unix time in whole seconds, not milliseconds, or "never"`,
    arbitrary: () => (fc) =>
      fc.oneof(fc.integer({ min: 1, max: 4_000_000_000 }), fc.constant("never" as const))
  }),
  { toWire: (value) => (value === "never" ? 0 : value), fromWire: (wire) => (wire === 0 ? "never" : wire) }
)

const refreshSpec = {
  payload: {
    ...audience,
    /** Ends the connections now, with code 3005, after which clients reconnect. */
    expired: Schema.optional(Schema.Boolean),
    /** When the connections are to end: one in the past ends them now (3005). */
    expireAt: Schema.optional(Expiry),
    /** About the connection, from now on: any JSON value. Only together with a time in `expireAt`. */
    info: Schema.optional(Wire.Json)
  },
  result: {},
  codes: [100],
  // A second time sets the same expiry.
  repeat: "natural"
} as const

/**
 * The payload of `refresh`: either `expired: true`, or when the connections end.
 *
 * @since 0.1.0
 */
export type RefreshPayload = Audience &
  (
    | {
        /** Ends the connections now, with code 3005, after which clients reconnect. */
        readonly expired: true
        readonly expireAt?: undefined
        readonly info?: undefined
      }
    | {
        readonly expired?: false | undefined
        /** When the connections end, in Unix seconds. A time in the past ends them now (3005). */
        readonly expireAt: number
        /** Replaces the connections' info: any JSON value. Default: unchanged. */
        readonly info?: {} | null | undefined
      }
    | {
        readonly expired?: false | undefined
        /** `"never"`: the connections no longer expire. */
        readonly expireAt: "never"
        readonly info?: undefined
      }
  )

/**
 * The result of `refresh`.
 *
 * @since 0.1.0
 */
export interface RefreshResult extends ApiMethod.ResultOf<typeof refreshSpec> {}

/**
 * Every error of `refresh`.
 *
 * @since 0.1.0
 */
export type RefreshError = ApiMethod.ErrorOf<typeof refreshSpec>

const anyRefresh = ApiMethod.make("refresh", {
  ...refreshSpec,
  check: (payload) => {
    const { expireAt, expired, info } = payload
    if (expired === true) {
      return expireAt === undefined && info === undefined
        ? checkAudience(payload)
        : { path: ["expired"], detail: "the server heeds neither expireAt nor info beside it" }
    }
    if (expireAt === undefined) {
      const detail = `without it the connections would never expire; if that is meant, pass "never"`
      return { path: ["expireAt"], detail }
    }
    return expireAt === "never" && info !== undefined
      ? { path: ["info"], detail: "the server heeds it only beside a time in expireAt" }
      : checkAudience(payload)
  }
})

/**
 * Sets when the open connections of a user end, or ends them; succeeds also where there are none.
 * Connections without a bound must be asked for: the server takes a call without `expireAt` for one
 * (`protocol.md` trap 18), so `"never"` has to be said.
 *
 * Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Refresh`.
 *
 * @since 0.1.0
 */
export const refresh: ApiMethod.ApiMethod<"refresh", RefreshPayload, RefreshResult, RefreshError> =
  ApiMethod.narrow<RefreshPayload>()(anyRefresh)
