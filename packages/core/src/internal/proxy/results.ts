/** What a backend answers: a Schema per event. */
import * as Schema from "effect/Schema"
import * as Wire from "../../Wire.js"
import { Override } from "../api/Subscriptions.js"

const optional = Schema.optional

const time = optional(Wire.UnixSeconds)
const payload = optional(Wire.Data)

const ServerSubscription = Schema.Struct({
  /** For presence and join/leave messages: any JSON value, or bytes. */
  info: payload,
  /** For the client: any JSON value, or bytes. */
  data: payload,
  /** Channel options that this subscription has otherwise. */
  override: optional(Override),
  /** Deliver the newest publication at once, in cache recovery mode. */
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
  /** For presence, join/leave messages and publications: any JSON value, or bytes. */
  info: payload,
  /** For the client, with the connect reply: any JSON value, or bytes. */
  data: payload,
  /** Server-side subscriptions. */
  channels: optional(Schema.Array(Wire.ChannelName)),
  /** Server-side subscriptions with options, by channel. */
  subs: optional(Schema.Record({ key: Schema.String, value: ServerSubscription })),
  /** Stays on the server, which sends it with later requests: any JSON value. */
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
  /** For presence and join/leave messages: any JSON value, or bytes. */
  info: payload,
  /** For the client, with the subscribe reply: any JSON value, or bytes. */
  data: payload,
  /** Channel options that this subscription has otherwise. */
  override: optional(Override)
})

const publication = {
  /** Replaces the data that the client published: any JSON value, or bytes. */
  data: payload,
  /** Texts published beside the data. */
  tags: optional(Wire.Texts),
  /** A second publication with the same key within five minutes is dropped. */
  idempotencyKey: optional(Wire.IdempotencyKey),
  /** Let subscribers that agreed to it receive the difference only. */
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
  /** Deliver without adding to the channel's history. */
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
 * Accepts the value of a key.
 *
 * @since 0.1.0
 */
export const MapPublishResult = Schema.Struct({
  ...publication,
  /** Replaces the key. */
  key: optional(Wire.nonEmpty("a key")),
  /** Write the key only if it is absent, or only if it is there. */
  keyMode: optional(Schema.Literal("if_new", "if_exists"))
})

/**
 * Accepts the removal of a key.
 *
 * @since 0.1.0
 */
export const MapRemoveResult = Schema.Struct({
  /** Replaces the key. */
  key: optional(Wire.nonEmpty("a key")),
  /** Texts published beside the removal. */
  tags: optional(Wire.Texts),
  /** A second removal with the same key within five minutes is dropped. */
  idempotencyKey: optional(Wire.IdempotencyKey)
})

/**
 * The keys that changed.
 *
 * @since 0.1.0
 */
export const SharedPollRefreshResult = Schema.Struct({
  /** The keys that changed. Other keys keep their value. */
  items: Schema.Array(
    Schema.Struct({
      /** The key. */
      key: Wire.nonEmpty("a key"),
      /** Its value: any JSON value. */
      data: optional(Wire.Json),
      /** Its version. */
      version: optional(Wire.Uint64),
      /** Whether it is gone. */
      removed: optional(Schema.Boolean),
      /** Its value before, from which the server makes deltas: any JSON value. */
      prevData: optional(Wire.Json)
    })
  ),
  /** The scope in which versions are compared. */
  epoch: optional(Schema.String)
})
