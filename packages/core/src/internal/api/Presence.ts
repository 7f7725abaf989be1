/**
 * Methods for the clients present in a channel (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type AsRequest, each, type Form, optional, type Returns, withSchemas } from "./typed.js"

const shared = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName
  },
  codes: [100, 102, 107, 108],
  repeat: "read",
  hints: {
    108: "Presence is off for this channel: set presence of its namespace to true, or of channel.without_namespace if its name has none."
  }
} as const

const presenceSpec = {
  ...shared,
  result: {
    /** The clients by client ID; empty if no client is subscribed. */
    presence: Wire.Dictionary(Wire.ClientInfo)
  }
} as const

/**
 * The payload of `presence`.
 *
 * @since 0.1.0
 */
export interface PresencePayload extends ApiMethod.PayloadOf<typeof presenceSpec> {}

/**
 * The result of `presence`.
 *
 * @since 0.1.0
 */
export interface PresenceResult extends ApiMethod.ResultOf<typeof presenceSpec> {}

/**
 * Every error of `presence`.
 *
 * @since 0.1.0
 */
export type PresenceError = ApiMethod.ErrorOf<typeof presenceSpec>

const untyped: ApiMethod.ApiMethod<"presence", PresencePayload, PresenceResult, PresenceError> =
  ApiMethod.make("presence", presenceSpec)

type Untyped = typeof untyped

/**
 * The payload of `presence` with schemas: for `connInfo`, for `chanInfo`, or for both.
 *
 * @since 0.1.0
 */
export type TypedPresencePayload<C, CI, H, HI> = PresencePayload &
  (
    | {
        /** Decodes each connection's `connInfo`. */
        readonly connInfoSchema: Schema.Schema<C, CI>
        /** Decodes each connection's `chanInfo`. Default: it stays `unknown`. */
        readonly chanInfoSchema?: Schema.Schema<H, HI> | undefined
      }
    | {
        /** Decodes each connection's `connInfo`. Default: it stays `unknown`. */
        readonly connInfoSchema?: Schema.Schema<C, CI> | undefined
        /** Decodes each connection's `chanInfo`. */
        readonly chanInfoSchema: Schema.Schema<H, HI>
      }
  )

/**
 * The identity of a connection, with decoded info. Info that a connection does not have stays absent.
 *
 * @since 0.1.0
 */
export interface TypedClientInfo<C, H> extends Omit<Wire.ClientInfo, "connInfo" | "chanInfo"> {
  /** The connection's info, from its token or proxy; absent if there is none. */
  readonly connInfo?: C
  /** The subscription's info; absent if there is none. */
  readonly chanInfo?: H
}

/**
 * The result of `presence` with schemas.
 *
 * @since 0.1.0
 */
export interface TypedPresenceResult<C, H> {
  /** The clients by client ID; empty if no client is subscribed. */
  readonly presence: { readonly [client: string]: TypedClientInfo<C, H> }
}

/**
 * The signatures of `presence`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface PresenceCalls<F extends Form> {
  /**
   * Returns the connections subscribed to a channel, by client ID. `connInfoSchema` and `chanInfoSchema` decode
   * their info.
   *
   * Fails like the call without schemas, and with a `DecodeError` for info that a schema refuses.
   */
  <C = unknown, CI = unknown, H = unknown, HI = unknown>(
    payload: TypedPresencePayload<C, CI, H, HI>,
    ...rest: F["rest"]
  ): Returns<F, "presence", PresencePayload, TypedPresenceResult<C, H>, PresenceError>
  /**
   * Returns the connections subscribed to a channel, by client ID.
   *
   * Fails with `NotAvailableError` if the namespace keeps no presence, `UnknownChannelError`, `BadRequestError`
   * and `InternalError`.
   */
  (
    payload: PresencePayload,
    ...rest: F["rest"]
  ): Returns<F, "presence", PresencePayload, PresenceResult, PresenceError>
}

/**
 * The method `presence`, with or without schemas for one call.
 *
 * @since 0.1.0
 */
export interface Presence extends PresenceCalls<AsRequest>, Untyped {}

/**
 * Returns the connections subscribed to a channel, by client ID. Fails with `NotAvailableError` if the
 * namespace keeps no presence, `UnknownChannelError` and `InternalError`.
 *
 * `connInfoSchema` decodes each connection's `connInfo` and `chanInfoSchema` its `chanInfo`. Info that does not
 * match fails the call with a `DecodeError` whose path leads to it. The schemas must be synchronous.
 *
 * Server source: `internal/api/api.go`, `Presence`.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Effect, Schema } from "effect"
 *
 * const names = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const { presence } = yield* centrifugo.presence({
 *     channel: "news",
 *     connInfoSchema: Schema.Struct({ name: Schema.String })
 *   })
 *   return Object.values(presence).map(({ connInfo, user }) => connInfo?.name ?? user)
 * })
 * ```
 *
 * @since 0.1.0
 */
export const presence = withSchemas(untyped, {
  decode: {
    connInfoSchema: each("presence", optional("connInfo")),
    chanInfoSchema: each("presence", optional("chanInfo"))
  }
}) as Presence

const presenceStatsSpec = {
  ...shared,
  result: {
    /** The number of connections. */
    numClients: Wire.Count,
    /** The number of distinct users among the connections. */
    numUsers: Wire.Count
  }
} as const

/**
 * The payload of `presenceStats`.
 *
 * @since 0.1.0
 */
export interface PresenceStatsPayload extends ApiMethod.PayloadOf<typeof presenceStatsSpec> {}

/**
 * The result of `presenceStats`.
 *
 * @since 0.1.0
 */
export interface PresenceStatsResult extends ApiMethod.ResultOf<typeof presenceStatsSpec> {}

/**
 * Every error of `presenceStats`.
 *
 * @since 0.1.0
 */
export type PresenceStatsError = ApiMethod.ErrorOf<typeof presenceStatsSpec>

/**
 * Counts the connections (`numClients`) and distinct users (`numUsers`) subscribed to a channel. Fails as
 * `presence` does.
 *
 * Server source: `internal/api/api.go`, `PresenceStats`.
 *
 * @since 0.1.0
 */
export const presenceStats: ApiMethod.ApiMethod<
  "presence_stats",
  PresenceStatsPayload,
  PresenceStatsResult,
  PresenceStatsError
> = ApiMethod.make("presence_stats", presenceStatsSpec)
