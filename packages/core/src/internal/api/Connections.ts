/**
 * Methods that act on the open connections of users (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type Audience, audience, checkAudience } from "./audience.js"
import { type AsRequest, type Form, type Returns, withSchemas } from "./typed.js"

export { type Audience, LabelFilter } from "./audience.js"

const isCode = (code: number) => code >= 3000 && code <= 4999

/** A WebSocket close frame has room for this many UTF-8 bytes. */
const fitsCloseFrame = (reason: string) => new TextEncoder().encode(reason).length <= 123

const disconnectFields = {
  /** The code, from 3000 to 4999. */
  code: Wire.where(Wire.Uint32, isCode, "expected a disconnect code from 3000 to 4999").annotations({
    arbitrary: () => (fc) => fc.integer({ min: 3000, max: 4999 })
  }),
  /** The reason, at most 123 bytes in UTF-8. */
  reason: Wire.where(Schema.String, fitsCloseFrame, "expected a reason of at most 123 bytes")
}

/**
 * The code and reason that a disconnected client sees. Clients reconnect after codes 3000-3499 and 4000-4499,
 * and do not after 3500-3999 and 4500-4999. Codes 4000-4999 are for applications. `reason` has at most 123
 * bytes: the server accepts more, but then breaks the close frame (`protocol.md` trap 19).
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
    /** Client IDs that stay connected. */
    whitelist: Schema.optional(Schema.Array(Schema.String)),
    /** The code and reason. Default: 3503, after which clients do not reconnect. */
    disconnect: Schema.optional(Disconnect)
  },
  result: {},
  codes: [100],
  // A repeat closes no connections, or those that have reconnected.
  repeat: "natural",
  consumers: true
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
 * Closes the open connections of a user. Succeeds even if there are none. It does not ban the user: clients can
 * connect again, and reconnect automatically after codes under 3500 and from 4000 to 4499.
 *
 * Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Disconnect`.
 *
 * @since 0.1.0
 */
export const disconnect: ApiMethod.ForConsumers<
  "disconnect",
  DisconnectPayload,
  DisconnectResult,
  DisconnectError
> = ApiMethod.make("disconnect", {
  ...disconnectSpec,
  check: checkAudience
})

/**
 * When connections expire: a Unix time in whole seconds, or `"never"`.
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
    /** Ends the connections now, with code 3005. Clients then reconnect. */
    expired: Schema.optional(Schema.Boolean),
    /** When the connections expire. A time in the past ends them now (3005). */
    expireAt: Schema.optional(Expiry),
    /** Replaces the connections' info: any JSON value. Only together with a time in `expireAt`. */
    info: Schema.optional(Wire.Json)
  },
  result: {},
  codes: [100],
  // A repeat sets the same expiry.
  repeat: "natural",
  consumers: true
} as const

/**
 * The payload of `refresh`: either `expired: true`, or the new expiry.
 *
 * @since 0.1.0
 */
export type RefreshPayload = Audience &
  (
    | {
        /** Ends the connections now, with code 3005. Clients then reconnect. */
        readonly expired: true
        readonly expireAt?: undefined
        readonly info?: undefined
      }
    | {
        /** `true` ends the connections now, and takes neither `expireAt` nor `info`. */
        readonly expired?: false | undefined
        /** When the connections expire, in Unix seconds. A time in the past ends them now (3005). */
        readonly expireAt: number
        /** Replaces the connections' info: any JSON value. Default: unchanged. */
        readonly info?: {} | null | undefined
      }
    | {
        /** `true` ends the connections now, and takes neither `expireAt` nor `info`. */
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
        : {
            path: ["expired"],
            detail: "the server ignores expireAt and info if expired is true; leave them out"
          }
    }
    if (expireAt === undefined) {
      const detail = `without it the connections would never expire; pass "never" if you want that`
      return { path: ["expireAt"], detail }
    }
    return expireAt === "never" && info !== undefined
      ? { path: ["info"], detail: "the server ignores it unless expireAt is a time" }
      : checkAudience(payload)
  }
})

const untyped: ApiMethod.ForConsumers<"refresh", RefreshPayload, RefreshResult, RefreshError> =
  ApiMethod.narrow<RefreshPayload>()(anyRefresh)

type Untyped = typeof untyped

/**
 * The payload of `refresh` with a schema for the info.
 *
 * @since 0.1.0
 */
export interface TypedRefreshPayload<N, NI> extends Audience {
  /** `true` ends the connections now, and takes neither `expireAt` nor `info`. */
  readonly expired?: false | undefined
  /** When the connections expire, in Unix seconds. A time in the past ends them now (3005). */
  readonly expireAt: number
  /** Replaces the connections' info. Default: unchanged. */
  readonly info?: N | undefined
  /** Encodes `info`. */
  readonly infoSchema: Schema.Schema<N, NI>
}

/**
 * The signatures of `refresh`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface RefreshCalls<F extends Form> {
  /**
   * Sets when the open connections of a user expire, and their info. `infoSchema` encodes `info`.
   *
   * Fails like the call without a schema, and with an `EncodeError` for info that the schema refuses.
   */
  <N, NI>(
    payload: TypedRefreshPayload<N, NI>,
    ...rest: F["rest"]
  ): Returns<F, "refresh", RefreshPayload, RefreshResult, RefreshError>
  /**
   * Sets when the open connections of a user expire, or ends them now. Succeeds even if there are none.
   *
   * Fails with `InternalError`.
   */
  (
    payload: RefreshPayload,
    ...rest: F["rest"]
  ): Returns<F, "refresh", RefreshPayload, RefreshResult, RefreshError>
}

/**
 * The method `refresh`, with or without a schema for one call.
 *
 * @since 0.1.0
 */
export interface Refresh extends RefreshCalls<AsRequest>, Untyped {}

/**
 * Sets when the open connections of a user expire, or ends them now. Succeeds even if there are none. To remove
 * the expiry, pass `"never"`: it is not the default, because the server treats a missing `expireAt` that way
 * (`protocol.md` trap 18).
 *
 * Fails with `InternalError`.
 *
 * `infoSchema` encodes `info`; a value that it refuses fails the call with an `EncodeError`. The schema must be
 * synchronous.
 *
 * Server source: `internal/api/api.go`, `Refresh`.
 *
 * @since 0.1.0
 */
export const refresh = withSchemas(untyped, { encode: { infoSchema: "info" } }) as Refresh
