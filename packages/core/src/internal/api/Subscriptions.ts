/**
 * Server-side subscriptions of open connections (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type Audience, audience, checkAudience } from "./audience.js"
import { type AsRequest, type Form, type Returns, withSchemas } from "./typed.js"

const overrideFields = {
  /** Whether the subscriber appears in presence. */
  presence: Schema.optional(Wire.BoolValue),
  /** Whether to send join and leave messages about the subscriber. */
  joinLeave: Schema.optional(Wire.BoolValue),
  /** Whether the client recovers missed publications. */
  forceRecovery: Schema.optional(Wire.BoolValue),
  /** Whether the client detects missed publications. */
  forcePositioning: Schema.optional(Wire.BoolValue),
  /** Whether the client receives the join and leave messages of others. */
  forcePushJoinLeave: Schema.optional(Wire.BoolValue)
}

/**
 * Namespace options to override for this subscription. Omitted options keep the namespace's setting.
 *
 * @since 0.1.0
 */
export interface Override extends Wire.Of<typeof overrideFields> {}

/**
 * Schema of an `Override`.
 *
 * @since 0.1.0
 */
export const Override: Schema.Schema<Override> = Schema.Struct(overrideFields)

const subscribeSpec = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    ...audience,
    /** When the subscription expires, in Unix seconds; must be in the future. Default: with the connection. */
    expireAt: Schema.optional(Wire.UnixSeconds),
    /** The subscriber's info in presence and join/leave messages: any JSON value, or bytes. */
    info: Schema.optional(Wire.Data),
    /** Data that the client receives with the subscription: any JSON value, or bytes. */
    data: Schema.optional(Wire.Data),
    /**
     * The position from which the subscription continues, if the namespace or `override` enables recovery. The
     * server (6.9.1) sends the position to the client, but does not deliver publications made since.
     */
    recoverSince: Schema.optional(Wire.StreamPosition),
    /** Namespace options to override for this subscription. Default: none. */
    override: Schema.optional(Override)
  },
  result: {},
  codes: [100, 102, 107],
  // A repeat finds the subscription in place.
  repeat: "natural",
  hints: { 100: "An expireAt that is not in the future causes this." },
  consumers: true
} as const

/**
 * The payload of `subscribe`.
 *
 * @since 0.1.0
 */
export interface SubscribePayload extends Audience, ApiMethod.PayloadOf<typeof subscribeSpec> {}

/**
 * The result of `subscribe`.
 *
 * @since 0.1.0
 */
export interface SubscribeResult extends ApiMethod.ResultOf<typeof subscribeSpec> {}

/**
 * Every error of `subscribe`.
 *
 * @since 0.1.0
 */
export type SubscribeError = ApiMethod.ErrorOf<typeof subscribeSpec>

const untyped: ApiMethod.ForConsumers<"subscribe", SubscribePayload, SubscribeResult, SubscribeError> =
  ApiMethod.make("subscribe", { ...subscribeSpec, check: checkAudience })

type Untyped = typeof untyped

/**
 * The payload of `subscribe` with schemas: for `info`, for `data`, or for both.
 *
 * @since 0.1.0
 */
export type TypedSubscribePayload<N, NI, D, DI> = Omit<SubscribePayload, "info" | "data"> &
  (
    | {
        /** The subscriber's info in presence and join/leave messages. */
        readonly info?: N | undefined
        /** Encodes `info`. */
        readonly infoSchema: Schema.Schema<N, NI>
      }
    | {
        /** The subscriber's info in presence and join/leave messages: any JSON value, or bytes. */
        readonly info?: {} | null | undefined
        readonly infoSchema?: undefined
      }
  ) &
  (
    | {
        /** Data that the client receives with the subscription. */
        readonly data?: D | undefined
        /** Encodes `data`. */
        readonly schema: Schema.Schema<D, DI>
      }
    | {
        /** Data that the client receives with the subscription: any JSON value, or bytes. */
        readonly data?: {} | null | undefined
        readonly schema?: undefined
      }
  )

/**
 * The signatures of `subscribe`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface SubscribeCalls<F extends Form> {
  /**
   * Subscribes the open connections of a user to a channel. `infoSchema` encodes `info`, and `schema` encodes
   * `data`.
   *
   * Fails like the call without schemas, and with an `EncodeError` for a value that its schema refuses.
   */
  <N, NI, D, DI>(
    payload: TypedSubscribePayload<N, NI, D, DI>,
    ...rest: F["rest"]
  ): Returns<F, "subscribe", SubscribePayload, SubscribeResult, SubscribeError>
  /**
   * Subscribes the open connections of a user to a channel. Succeeds even if there are none.
   *
   * Fails with `UnknownChannelError` (the namespace is not configured), `BadRequestError` and `InternalError`
   * (among others for an `expireAt` in the past).
   */
  (
    payload: SubscribePayload,
    ...rest: F["rest"]
  ): Returns<F, "subscribe", SubscribePayload, SubscribeResult, SubscribeError>
}

/**
 * The method `subscribe`, with or without schemas for one call.
 *
 * @since 0.1.0
 */
export interface Subscribe extends SubscribeCalls<AsRequest>, Untyped {}

/**
 * Subscribes the open connections of a user to a channel. Succeeds even if there are none. It does not affect
 * later connections.
 *
 * Fails with `UnknownChannelError` (the namespace is not configured) and `InternalError` (among others for an
 * `expireAt` in the past). `BadRequestError` is declared, but this client rejects such calls before sending. A
 * client over `client.channel_limit` is disconnected (3505), and the call succeeds.
 *
 * `infoSchema` encodes `info`, and `schema` encodes `data`; a value that its schema refuses fails the call with
 * an `EncodeError`. The schemas must be synchronous.
 *
 * Server source: `internal/api/api.go`, `Subscribe`.
 *
 * @since 0.1.0
 */
export const subscribe = withSchemas(untyped, {
  encode: { infoSchema: "info", schema: "data" }
}) as Subscribe

const unsubscribeSpec = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    ...audience
  },
  result: {},
  codes: [100, 102],
  // A repeat finds no subscription.
  repeat: "natural",
  consumers: true
} as const

/**
 * The payload of `unsubscribe`.
 *
 * @since 0.1.0
 */
export interface UnsubscribePayload extends Audience, ApiMethod.PayloadOf<typeof unsubscribeSpec> {}

/**
 * The result of `unsubscribe`.
 *
 * @since 0.1.0
 */
export interface UnsubscribeResult extends ApiMethod.ResultOf<typeof unsubscribeSpec> {}

/**
 * Every error of `unsubscribe`.
 *
 * @since 0.1.0
 */
export type UnsubscribeError = ApiMethod.ErrorOf<typeof unsubscribeSpec>

/**
 * Unsubscribes a user's open connections from a channel. Clients see code 2000 and do not resubscribe
 * automatically. Succeeds even if there are none.
 *
 * You cannot unsubscribe from all channels at once: the server accepts an empty channel but does nothing, so it
 * is rejected here.
 *
 * Fails with `UnknownChannelError` and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Unsubscribe`.
 *
 * @since 0.1.0
 */
export const unsubscribe: ApiMethod.ForConsumers<
  "unsubscribe",
  UnsubscribePayload,
  UnsubscribeResult,
  UnsubscribeError
> = ApiMethod.make("unsubscribe", {
  ...unsubscribeSpec,
  check: checkAudience
})
