/** Schemas of the backend's results, one per event. */
import * as Schema from "effect/Schema"
import * as Wire from "../../Wire.js"
import { Override } from "../api/Subscriptions.js"

const optional = Schema.optional

const time = optional(Wire.UnixSeconds)
const payload = optional(Wire.Data)

const ServerSubscription = Schema.Struct({
  /** Data that others see in presence and join/leave messages: any JSON value, or bytes. Default: none. */
  info: payload,
  /** Data sent to the client with the subscription: any JSON value, or bytes. Default: none. */
  data: payload,
  /** Channel options to override for this subscription. Default: none. */
  override: optional(Override),
  /** Whether to deliver the newest publication immediately, in cache recovery mode. Default `false`. */
  cacheRecover: optional(Schema.Boolean)
})

/**
 * Accepts a connection.
 *
 * @since 0.1.0
 */
export const ConnectResult = Schema.Struct({
  /** The user ID; `""` for an anonymous connection. */
  user: Schema.String,
  /** When the connection expires, in Unix seconds. Default: never. */
  expireAt: time,
  /** Data that others see in presence, join/leave messages and publications: any JSON value, or bytes. Default: none. */
  info: payload,
  /** Data sent to the client with the connect reply: any JSON value, or bytes. Default: none. */
  data: payload,
  /** Server-side subscriptions. */
  channels: optional(Schema.Array(Wire.ChannelName)),
  /** Server-side subscriptions with options, by channel. */
  subs: optional(Schema.Record({ key: Schema.String, value: ServerSubscription })),
  /** Any JSON value, which the server keeps and sends with later requests. Default: none. */
  meta: optional(Wire.Json)
})

/**
 * Prolongs a connection, or ends it.
 *
 * @since 0.1.0
 */
export const RefreshResult = Schema.Struct({
  /** Whether to close the connection (3005). */
  expired: optional(Schema.Boolean),
  /** When the connection expires, in Unix seconds. */
  expireAt: time,
  /** Replaces the connection's info. */
  info: payload,
  /** Replaces the connection's meta. */
  meta: optional(Wire.Json)
})

/**
 * Accepts a subscription.
 *
 * @since 0.1.0
 */
export const SubscribeResult = Schema.Struct({
  /** When the subscription expires, in Unix seconds. Default: never. */
  expireAt: time,
  /** Data that others see in presence and join/leave messages: any JSON value, or bytes. Default: none. */
  info: payload,
  /** Data sent to the client with the subscribe reply: any JSON value, or bytes. Default: none. */
  data: payload,
  /** Channel options to override for this subscription. Default: none. */
  override: optional(Override)
})

const publication = {
  /** Replaces the data that the client published: any JSON value, or bytes. */
  data: payload,
  /** Tags: strings published with the data. Default: none. */
  tags: optional(Wire.Texts),
  /** A second publication with the same key within five minutes is dropped. */
  idempotencyKey: optional(Wire.IdempotencyKey),
  /** Whether subscribers that negotiated deltas receive only the difference. Default `false`. */
  delta: optional(Schema.Boolean),
  /** A publication whose version is not above the stream's is dropped. */
  version: optional(Wire.Uint64),
  /** The scope in which versions are compared. */
  versionEpoch: optional(Schema.String)
}

/**
 * Accepts a publication.
 *
 * @since 0.1.0
 */
export const PublishResult = Schema.Struct({
  ...publication,
  /** Whether to deliver without adding to the channel's history. Default `false`. */
  skipHistory: optional(Schema.Boolean)
})

/**
 * Prolongs a subscription, or ends it.
 *
 * @since 0.1.0
 */
export const SubRefreshResult = Schema.Struct({
  /** Whether to end the subscription (2501). */
  expired: optional(Schema.Boolean),
  /** When the subscription expires, in Unix seconds. */
  expireAt: time,
  /** Replaces the subscription's info. */
  info: payload
})

/**
 * The result of an RPC call.
 *
 * @since 0.1.0
 */
export const RpcResult = Schema.Struct({
  /** The returned data: any JSON value, or bytes. */
  data: payload
})

/**
 * Accepts writing a key of a map.
 *
 * @since 0.1.0
 */
export const MapPublishResult = Schema.Struct({
  ...publication,
  /** Replaces the key. */
  key: optional(Wire.nonEmpty("a key")),
  /** Write the key only if it is absent, or only if it exists. Default: always. */
  keyMode: optional(Schema.Literal("if_new", "if_exists"))
})

/**
 * Accepts removing a key of a map.
 *
 * @since 0.1.0
 */
export const MapRemoveResult = Schema.Struct({
  /** Replaces the key. */
  key: optional(Wire.nonEmpty("a key")),
  /** Tags: strings published with the removal. Default: none. */
  tags: optional(Wire.Texts),
  /** A second removal with the same key within five minutes is dropped. */
  idempotencyKey: optional(Wire.IdempotencyKey)
})

/**
 * The keys of a shared poll that changed.
 *
 * @since 0.1.0
 */
export const SharedPollRefreshResult = Schema.Struct({
  /** The keys that changed. Other keys keep their value. */
  items: Schema.Array(
    Schema.Struct({
      /** The key. */
      key: Wire.nonEmpty("a key"),
      /** The value of the key: any JSON value. */
      data: optional(Wire.Json),
      /** The version of the value. */
      version: optional(Wire.Uint64),
      /** Whether the key was removed. */
      removed: optional(Schema.Boolean),
      /** The previous value, from which the server makes deltas: any JSON value. */
      prevData: optional(Wire.Json)
    })
  ),
  /** The scope in which versions are compared. */
  epoch: optional(Schema.String)
})
