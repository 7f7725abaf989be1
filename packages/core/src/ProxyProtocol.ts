/**
 * What Centrifugo asks its proxies, and what they answer: Schemas for every event, and the JSON that travels.
 * `ProxyApp` uses them over HTTP; a gRPC server of your own can decode requests and check results with them.
 *
 * This module is not in the package's index: import it as `@effect-centrifugo/core/ProxyProtocol`.
 *
 * @example
 * ```ts
 * import * as ProxyProtocol from "@effect-centrifugo/core/ProxyProtocol"
 * import { Either } from "effect"
 *
 * const channelOf = (body: string) =>
 *   Either.map(ProxyProtocol.decodeRequest("publish", body), ({ channel }) => channel)
 * ```
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Override } from "./internal/api/Subscriptions.js"
import { type Codec, compile } from "./internal/codec/compile.js"
import { Issue } from "./internal/codec/Issue.js"
import { TaggedError } from "./internal/codec/TaggedError.js"
import * as Wire from "./Wire.js"

const connection = {
  /** The client ID of the connection. */
  client: Schema.String,
  /** `"websocket"`, `"sse"`, `"http_stream"`, `"webtransport"`, `"uni_sse"`, ... */
  transport: Wire.Text,
  /** `"json"` or `"protobuf"`: the protocol of the client. */
  protocol: Wire.Text,
  /** `"binary"` where the proxy has `binary_encoding`, and `"json"` otherwise. */
  encoding: Wire.Text
}

const identified = {
  ...connection,
  /** The user ID; `""` for an anonymous connection. */
  user: Wire.Text,
  /** Meta of the connection, where the proxy has `include_connection_meta`: any JSON value. */
  meta: Wire.absent(Wire.Json)
}

/** What the client sent: any JSON value, or bytes where the proxy has `binary_encoding`. */
const data = Wire.absent(Wire.Data)

/**
 * A client without a token connects.
 *
 * @since 0.1.0
 */
export const ConnectRequest = Schema.Struct({
  ...connection,
  /** What the client sent: any JSON value, or bytes. */
  data,
  /** The client's name, such as `"js"`. */
  name: Wire.Text,
  /** The client's version. */
  version: Wire.Text,
  /** Channels that the client asks for (unidirectional clients). */
  channels: Wire.List(Schema.String)
})

/**
 * A connection is about to expire.
 *
 * @since 0.1.0
 */
export const RefreshRequest = Schema.Struct(identified)

/**
 * A client subscribes to a channel.
 *
 * @since 0.1.0
 */
export const SubscribeRequest = Schema.Struct({
  ...identified,
  /** The channel. */
  channel: Schema.String,
  /** A subscription token, if the client sent one. */
  token: Wire.Text,
  /** What the client sent: any JSON value, or bytes. */
  data
})

/**
 * A client publishes to a channel.
 *
 * @since 0.1.0
 */
export const PublishRequest = Schema.Struct({
  ...identified,
  /** The channel. */
  channel: Schema.String,
  /** What the client publishes: any JSON value, or bytes. */
  data
})

/**
 * A subscription is about to expire.
 *
 * @since 0.1.0
 */
export const SubRefreshRequest = Schema.Struct({
  ...identified,
  /** The channel. */
  channel: Schema.String
})

/**
 * A client calls a method.
 *
 * @since 0.1.0
 */
export const RpcRequest = Schema.Struct({
  ...identified,
  /** The method; what stands before its first colon is its namespace. */
  method: Wire.Text,
  /** The parameters: any JSON value, or bytes. */
  data
})

/**
 * A client writes a key of a map.
 *
 * @since 0.1.0
 */
export const MapPublishRequest = Schema.Struct({
  ...identified,
  /** The channel. */
  channel: Schema.String,
  /** The key. */
  key: Wire.Text,
  /** The value: any JSON value, or bytes. */
  data
})

/**
 * A client removes a key of a map.
 *
 * @since 0.1.0
 */
export const MapRemoveRequest = Schema.Struct({
  ...identified,
  /** The channel. */
  channel: Schema.String,
  /** The key. */
  key: Wire.Text
})

/**
 * The server polls keys that clients watch. It belongs to no connection.
 *
 * @since 0.1.0
 */
export const SharedPollRefreshRequest = Schema.Struct({
  /** The channel. */
  channel: Schema.String,
  /** The keys, with the newest version that the server knows (0 for none). */
  items: Wire.List(
    Schema.Struct({
      /** The key. */
      key: Schema.String,
      /** The newest version that the server knows; 0 for none. */
      version: Wire.withDefault(Wire.SafeNatural, () => 0)
    })
  )
})

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
  /** Replaces what the client published: any JSON value, or bytes. */
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
 * Answers a method call.
 *
 * @since 0.1.0
 */
export const RpcResult = Schema.Struct({
  /** The answer: any JSON value, or bytes. */
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
  /** The keys that changed; the others keep what they have. */
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

/**
 * The Schemas of the requests, by event.
 *
 * @since 0.1.0
 */
export const requests = {
  /** The request of connecting. */
  connect: ConnectRequest,
  /** The request of prolonging a connection. */
  refresh: RefreshRequest,
  /** The request of subscribing. */
  subscribe: SubscribeRequest,
  /** The request of publishing. */
  publish: PublishRequest,
  /** The request of prolonging a subscription. */
  subRefresh: SubRefreshRequest,
  /** The request of calling a method. */
  rpc: RpcRequest,
  /** The request of writing a key of a map. */
  mapPublish: MapPublishRequest,
  /** The request of removing a key of a map. */
  mapRemove: MapRemoveRequest,
  /** The request of polling keys. */
  sharedPollRefresh: SharedPollRefreshRequest
}

/**
 * The Schemas of the results, by event.
 *
 * @since 0.1.0
 */
export const results = {
  /** The result of connecting. */
  connect: ConnectResult,
  /** The result of prolonging a connection. */
  refresh: RefreshResult,
  /** The result of subscribing. */
  subscribe: SubscribeResult,
  /** The result of publishing. */
  publish: PublishResult,
  /** The result of prolonging a subscription. */
  subRefresh: SubRefreshResult,
  /** The result of calling a method. */
  rpc: RpcResult,
  /** The result of writing a key of a map. */
  mapPublish: MapPublishResult,
  /** The result of removing a key of a map. */
  mapRemove: MapRemoveResult,
  /** The result of polling keys. */
  sharedPollRefresh: SharedPollRefreshResult
}

/**
 * What the server asks about.
 *
 * @since 0.1.0
 */
export type Event = keyof typeof requests

/**
 * The request of an event.
 *
 * @since 0.1.0
 */
export type Request<E extends Event> = (typeof requests)[E]["Type"]

/**
 * The result of an event.
 *
 * @since 0.1.0
 */
export type Result<E extends Event> = (typeof results)[E]["Type"]

/**
 * A whole answer: a result, an error for the client's call, or a disconnect of the client.
 *
 * @since 0.1.0
 */
export type Reply<E extends Event> =
  | { readonly result: Result<E> }
  | { readonly error: { readonly code: number; readonly message: string; readonly temporary?: boolean } }
  | { readonly disconnect: { readonly code: number; readonly reason: string } }

const pathOf = (path: ReadonlyArray<string | number>) => (path.length === 0 ? "" : ` ${path.join(".")}:`)
const place = {
  /** The event, such as `"publish"`. */
  event: Schema.String,
  /** Path to the field: keys and indexes. */
  path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber)),
  /** What is wrong there. Holds no content of the message. */
  detail: Schema.String
}

/**
 * A request can't be read: it is not what the server sends for this event.
 *
 * @since 0.1.0
 */
export class RequestError extends TaggedError<RequestError>()("CentrifugoProxyRequestError", place) {
  override get message(): string {
    return `${this.event} request: can't be read,${pathOf(this.path)} ${this.detail}.`
  }
}

/**
 * A result can't be sent: the server would misread or refuse it.
 *
 * @since 0.1.0
 */
export class ResultError extends TaggedError<ResultError>()("CentrifugoProxyResultError", place) {
  override get message(): string {
    return `${this.event} result: not sent,${pathOf(this.path)} ${this.detail}.`
  }
}

/** Compiled at the first use of each. */
const compiled = (schemas: Readonly<Record<Event, Schema.Schema.AnyNoContext>>) => {
  const codecs: { [E in Event]?: Codec } = {}
  return (event: Event): Codec => (codecs[event] ??= compile(schemas[event].ast))
}
const requestCodec = compiled(requests)
const resultCodec = compiled(results)

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return new Issue("not JSON")
  }
}

/**
 * Reads the JSON of a request. Unknown fields are ignored; `b64data` becomes bytes.
 *
 * @since 0.1.0
 */
export const decodeRequest = <E extends Event>(
  event: E,
  body: string
): Either.Either<Request<E>, RequestError> => {
  const parsed = parse(body)
  const read = parsed instanceof Issue ? parsed : requestCodec(event).read(parsed)
  return read instanceof Issue
    ? Either.left(new RequestError({ event, path: read.path, detail: read.detail }))
    : Either.right(read as Request<E>)
}

/**
 * Writes the JSON of a request, as the server does. For tests.
 *
 * @since 0.1.0
 */
export const encodeRequest = <E extends Event>(
  event: E,
  request: Request<E>
): Either.Either<string, RequestError> => {
  const written = requestCodec(event).write(request)
  return written instanceof Issue
    ? Either.left(new RequestError({ event, path: written.path, detail: written.detail }))
    : Either.right(written)
}

/**
 * Writes the JSON of an answer. Bytes go out as `b64data` and `b64info`.
 *
 * @since 0.1.0
 */
export const encodeReply = <E extends Event>(
  event: E,
  reply: Reply<E>
): Either.Either<string, ResultError> => {
  if (!("result" in reply)) return Either.right(JSON.stringify(reply))
  const written = resultCodec(event).write(reply.result)
  return written instanceof Issue
    ? Either.left(new ResultError({ event, path: written.path, detail: written.detail }))
    : Either.right(`{"result":${written}}`)
}
