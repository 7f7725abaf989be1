/**
 * Server-side subscriptions: what the server does to open connections (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type Audience, audience, checkAudience } from "./audience.js"

const overrideFields = {
  /** Take part in presence. */
  presence: Schema.optional(Wire.BoolValue),
  /** Tell the channel about joining and leaving. */
  joinLeave: Schema.optional(Wire.BoolValue),
  /** Recover missed publications. */
  forceRecovery: Schema.optional(Wire.BoolValue),
  /** Notice missed publications. */
  forcePositioning: Schema.optional(Wire.BoolValue),
  /** Receive others' joining and leaving. */
  forcePushJoinLeave: Schema.optional(Wire.BoolValue)
}

/**
 * Options of the channel's namespace that this subscription has otherwise. What is left out stays as
 * the namespace says.
 *
 * @since 0.1.0
 */
export interface Override extends Wire.Of<typeof overrideFields> {}

/**
 * Schema of a `Override`.
 *
 * @since 0.1.0
 */
export const Override: Schema.Schema<Override> = Schema.Struct(overrideFields)

const subscribeSpec = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    ...audience,
    /** When the subscription ends, in Unix seconds, above now. Default: with the connection. */
    expireAt: Schema.optional(Wire.UnixSeconds),
    /** About the subscriber, for presence and join/leave messages: any JSON value, or bytes. */
    info: Schema.optional(Wire.Data),
    /** For the client, with the news that it is subscribed: any JSON value, or bytes. */
    data: Schema.optional(Wire.Data),
    /**
     * The subscription continues from this position, where the namespace or `override` has recovery.
     * The server (6.9.1) tells the client the position, but does not deliver what was published since.
     */
    recoverSince: Schema.optional(Wire.StreamPosition),
    /** Options of the namespace that this subscription has otherwise. Default: none. */
    override: Schema.optional(Override)
  },
  result: {},
  codes: [100, 102, 107],
  // A second time finds the subscription there.
  repeat: "natural",
  hints: { 100: "An expireAt that is not in the future does this." }
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

/**
 * Subscribes the open connections of a user to a channel; succeeds also where there are none. It is
 * no permission for later: a connection made afterwards is not subscribed.
 *
 * Fails with `UnknownChannelError` (the namespace is not configured) and `InternalError` (an
 * `expireAt` in the past, among others); `BadRequestError` is the server's for what is refused here
 * already. A client over `client.channel_limit` is disconnected (3505), and the call succeeds.
 *
 * Server source: `internal/api/api.go`, `Subscribe`.
 *
 * @since 0.1.0
 */
export const subscribe: ApiMethod.ApiMethod<"subscribe", SubscribePayload, SubscribeResult, SubscribeError> =
  ApiMethod.make("subscribe", {
    ...subscribeSpec,
    check: checkAudience
  })

const unsubscribeSpec = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    ...audience
  },
  result: {},
  codes: [100, 102],
  // A second time finds no subscription.
  repeat: "natural"
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
 * Ends the subscriptions of a user's open connections to a channel; clients see code 2000 and don't
 * subscribe again by themselves. Succeeds also where there are none.
 *
 * There is no way to unsubscribe from every channel at once: the server takes an empty channel and
 * does nothing, so it is refused here.
 *
 * Fails with `UnknownChannelError` and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Unsubscribe`.
 *
 * @since 0.1.0
 */
export const unsubscribe: ApiMethod.ApiMethod<
  "unsubscribe",
  UnsubscribePayload,
  UnsubscribeResult,
  UnsubscribeError
> = ApiMethod.make("unsubscribe", {
  ...unsubscribeSpec,
  check: checkAudience
})
