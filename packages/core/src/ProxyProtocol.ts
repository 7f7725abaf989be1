/**
 * Schemas for the requests and results of Centrifugo's proxies, and their JSON.
 * `ProxyApp` uses them over HTTP. Your own gRPC server can decode requests and check results with them.
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
import { type Codec, compile } from "./internal/codec/compile.js"
import { Issue } from "./internal/codec/Issue.js"
import { TaggedError } from "./internal/codec/TaggedError.js"
import * as Requests from "./internal/proxy/requests.js"
import * as Results from "./internal/proxy/results.js"

export {
  ConnectRequest,
  MapPublishRequest,
  MapRemoveRequest,
  PublishRequest,
  RefreshRequest,
  RpcRequest,
  SharedPollRefreshRequest,
  SubRefreshRequest,
  SubscribeRequest
} from "./internal/proxy/requests.js"
export {
  ConnectResult,
  MapPublishResult,
  MapRemoveResult,
  PublishResult,
  RefreshResult,
  RpcResult,
  SharedPollRefreshResult,
  SubRefreshResult,
  SubscribeResult
} from "./internal/proxy/results.js"

/**
 * The Schemas of the requests, by event.
 *
 * @since 0.1.0
 */
export const requests = {
  /** A client without a token connects. */
  connect: Requests.ConnectRequest,
  /** A connection is about to expire. */
  refresh: Requests.RefreshRequest,
  /** A client subscribes to a channel. */
  subscribe: Requests.SubscribeRequest,
  /** A client publishes to a channel. */
  publish: Requests.PublishRequest,
  /** A subscription is about to expire. */
  subRefresh: Requests.SubRefreshRequest,
  /** A client calls an RPC method. */
  rpc: Requests.RpcRequest,
  /** A client writes a key of a map. */
  mapPublish: Requests.MapPublishRequest,
  /** A client removes a key of a map. */
  mapRemove: Requests.MapRemoveRequest,
  /** The server polls keys that clients watch. */
  sharedPollRefresh: Requests.SharedPollRefreshRequest
}

/**
 * The Schemas of the results, by event.
 *
 * @since 0.1.0
 */
export const results = {
  /** Accepts a connection. */
  connect: Results.ConnectResult,
  /** Prolongs a connection, or ends it. */
  refresh: Results.RefreshResult,
  /** Accepts a subscription. */
  subscribe: Results.SubscribeResult,
  /** Accepts a publication. */
  publish: Results.PublishResult,
  /** Prolongs a subscription, or ends it. */
  subRefresh: Results.SubRefreshResult,
  /** The result of an RPC call. */
  rpc: Results.RpcResult,
  /** Accepts writing a key of a map. */
  mapPublish: Results.MapPublishResult,
  /** Accepts removing a key of a map. */
  mapRemove: Results.MapRemoveResult,
  /** The keys of a shared poll that changed. */
  sharedPollRefresh: Results.SharedPollRefreshResult
}

/**
 * The events that the server asks about.
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
 * A response: a result, an error for the client's call, or a disconnect of the client.
 *
 * @since 0.1.0
 */
export type Reply<E extends Event> =
  | {
      /** The result. */
      readonly result: Result<E>
    }
  | {
      /** The error with which the client's call fails. */
      readonly error: {
        /** The code that the client sees, from 400 to 1999. */
        readonly code: number
        /** The text that the client sees. */
        readonly message: string
        /** Whether the client tries again. Default `false`. */
        readonly temporary?: boolean
      }
    }
  | {
      /** Disconnects the client. */
      readonly disconnect: {
        /** The code that the client sees: it reconnects after 4000 to 4499, and does not after 4500 to 4999. */
        readonly code: number
        /** The text that the client sees: up to 32 bytes of ASCII. */
        readonly reason: string
      }
    }

const pathOf = (path: ReadonlyArray<string | number>) => (path.length === 0 ? "" : ` ${path.join(".")}:`)
const errorFields = {
  /** The event, such as `"publish"`. */
  event: Schema.String,
  /** Path to the field: keys and indexes. */
  path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber)),
  /** The problem at that path. Contains no part of the message. */
  detail: Schema.String
}

/**
 * A request cannot be read: it does not have the form that the server sends for this event.
 *
 * @since 0.1.0
 */
export class RequestError extends TaggedError<RequestError>()("CentrifugoProxyRequestError", errorFields) {
  override get message(): string {
    return `${this.event} request: can't be read,${pathOf(this.path)} ${this.detail}.`
  }
}

/**
 * A result can't be sent: the server would misread or refuse it.
 *
 * @since 0.1.0
 */
export class ResultError extends TaggedError<ResultError>()("CentrifugoProxyResultError", errorFields) {
  override get message(): string {
    return `${this.event} result: not sent,${pathOf(this.path)} ${this.detail}.`
  }
}

/** Returns a function that compiles the Schema of an event on first use. */
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
 * Encodes a response as JSON. Bytes are sent as `b64data` and `b64info`.
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
