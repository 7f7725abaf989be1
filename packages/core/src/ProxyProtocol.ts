/**
 * Schemas for the requests and results of Centrifugo's proxies, and their JSON.
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
  /** The request of connecting. */
  connect: Requests.ConnectRequest,
  /** The request of prolonging a connection. */
  refresh: Requests.RefreshRequest,
  /** The request of subscribing. */
  subscribe: Requests.SubscribeRequest,
  /** The request of publishing. */
  publish: Requests.PublishRequest,
  /** The request of prolonging a subscription. */
  subRefresh: Requests.SubRefreshRequest,
  /** The request of calling a method. */
  rpc: Requests.RpcRequest,
  /** The request of writing a key of a map. */
  mapPublish: Requests.MapPublishRequest,
  /** The request of removing a key of a map. */
  mapRemove: Requests.MapRemoveRequest,
  /** The request of polling keys. */
  sharedPollRefresh: Requests.SharedPollRefreshRequest
}

/**
 * The Schemas of the results, by event.
 *
 * @since 0.1.0
 */
export const results = {
  /** The result of connecting. */
  connect: Results.ConnectResult,
  /** The result of prolonging a connection. */
  refresh: Results.RefreshResult,
  /** The result of subscribing. */
  subscribe: Results.SubscribeResult,
  /** The result of publishing. */
  publish: Results.PublishResult,
  /** The result of prolonging a subscription. */
  subRefresh: Results.SubRefreshResult,
  /** The result of calling a method. */
  rpc: Results.RpcResult,
  /** The result of writing a key of a map. */
  mapPublish: Results.MapPublishResult,
  /** The result of removing a key of a map. */
  mapRemove: Results.MapRemoveResult,
  /** The result of polling keys. */
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
  | { readonly result: Result<E> }
  | { readonly error: { readonly code: number; readonly message: string; readonly temporary?: boolean } }
  | { readonly disconnect: { readonly code: number; readonly reason: string } }

const pathOf = (path: ReadonlyArray<string | number>) => (path.length === 0 ? "" : ` ${path.join(".")}:`)
const place = {
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
