/**
 * About the server itself, and methods of one's own on it (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { decodeError, encodeError, reader, writer } from "./schemas.js"

const decimal = Wire.withDefault(Schema.Number, () => 0)

const nodeMetricsFields = {
  /** Seconds. */
  interval: decimal,
  /** Values by the names of the metrics. */
  items: Wire.Dictionary(Schema.Number)
}

/**
 * Metrics of a node, gathered over an interval.
 *
 * @since 0.1.0
 */
export interface NodeMetrics extends Wire.Of<typeof nodeMetricsFields> {}

const nodeMetrics: Schema.Schema<NodeMetrics> = Schema.Struct(nodeMetricsFields)

const nodeProcessFields = {
  /** CPU, in percent. */
  cpu: decimal,
  /** Resident memory, in bytes. */
  rss: Wire.withDefault(Wire.SafeInteger, () => 0)
}

/**
 * What a node's process uses.
 *
 * @since 0.1.0
 */
export interface NodeProcess extends Wire.Of<typeof nodeProcessFields> {}

const nodeProcess: Schema.Schema<NodeProcess> = Schema.Struct(nodeProcessFields)

const nodeFields = {
  /** The node's ID, another one after each start. */
  uid: Wire.Text,
  /** The node's name, from its configuration or host and port. */
  name: Wire.Text,
  /** Like `"6.9.1 OSS"`. */
  version: Wire.Text,
  /** Open connections. */
  numClients: Wire.Count,
  /** Distinct users among them. */
  numUsers: Wire.Count,
  /** Channels with a subscriber. */
  numChannels: Wire.Count,
  /** Subscriptions. */
  numSubs: Wire.Count,
  /** Seconds. */
  uptime: Wire.Count,
  /** Values gathered over `interval` seconds. */
  metrics: Wire.absent(nodeMetrics),
  /** CPU in percent, resident memory in bytes; not filled by the open-source server. */
  process: Wire.absent(nodeProcess)
}

/**
 * One node of the cluster.
 *
 * @since 0.1.0
 */
export interface Node extends Wire.Of<typeof nodeFields> {}

/**
 * Schema of a `Node`.
 *
 * @since 0.1.0
 */
export const Node: Schema.Schema<Node> = Schema.Struct(nodeFields)

const infoSpec = {
  payload: {},
  result: {
    /** One entry for each node. */
    nodes: Wire.List(Node)
  },
  codes: [100],
  repeat: "read"
} as const

/**
 * The payload of `info`.
 *
 * @since 0.1.0
 */
export interface InfoPayload extends ApiMethod.PayloadOf<typeof infoSpec> {}

/**
 * The result of `info`.
 *
 * @since 0.1.0
 */
export interface InfoResult extends ApiMethod.ResultOf<typeof infoSpec> {}

/**
 * Every error of `info`.
 *
 * @since 0.1.0
 */
export type InfoError = ApiMethod.ErrorOf<typeof infoSpec>

/**
 * The live nodes of the cluster. Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Info`.
 *
 * @since 0.1.0
 */
export const info: ApiMethod.ApiMethod<"info", InfoPayload, InfoResult, InfoError> = ApiMethod.make(
  "info",
  infoSpec
)

const channelInfoFields = {
  /** Connections subscribed to it. */
  numClients: Wire.Count
}

/**
 * A channel that has a subscriber.
 *
 * @since 0.1.0
 */
export interface ChannelInfo extends Wire.Of<typeof channelInfoFields> {}

const channelInfo: Schema.Schema<ChannelInfo> = Schema.Struct(channelInfoFields)

const channelsSpec = {
  payload: {
    /** A glob, such as `chat:*`; `*` matches colons, too. Default: all. */
    pattern: Schema.optional(Schema.String)
  },
  result: {
    /** By channel; empty where nobody is subscribed. */
    channels: Wire.Dictionary(channelInfo)
  },
  codes: [100],
  repeat: "read",
  hints: { 100: "A pattern that is no glob does this, and so does a node that takes too long." }
} as const

/**
 * The payload of `channels`.
 *
 * @since 0.1.0
 */
export interface ChannelsPayload extends ApiMethod.PayloadOf<typeof channelsSpec> {}

/**
 * The result of `channels`.
 *
 * @since 0.1.0
 */
export interface ChannelsResult extends ApiMethod.ResultOf<typeof channelsSpec> {}

/**
 * Every error of `channels`.
 *
 * @since 0.1.0
 */
export type ChannelsError = ApiMethod.ErrorOf<typeof channelsSpec>

/**
 * The channels of the cluster that have a subscriber, with the number of their connections. Every node
 * is asked, and the answer has all at once: with many channels that is heavy work.
 *
 * Fails with `InternalError`; where the nodes take longer than ten seconds, perhaps with
 * `NetworkError` instead, since the server gives up on the connection then, too.
 *
 * Server source: `internal/api/api.go`, `Channels`.
 *
 * @since 0.1.0
 */
export const channels: ApiMethod.ApiMethod<"channels", ChannelsPayload, ChannelsResult, ChannelsError> =
  ApiMethod.make("channels", channelsSpec)

const rpcSpec = {
  payload: {
    /** The name of the RPC method. */
    method: Wire.nonEmpty("a method name"),
    /** Any JSON value. */
    params: Schema.optional(Wire.Json)
  },
  result: {
    /** Absent where the method answered nothing. */
    data: Wire.absent(Wire.JsonReply)
  },
  codes: [100, 104, 107],
  // What the method does is its own.
  repeat: "unsafe",
  hints: { 104: "The open-source server has no RPC methods." }
} as const

/**
 * The payload of `rpc`.
 *
 * @since 0.1.0
 */
export interface RpcPayload extends ApiMethod.PayloadOf<typeof rpcSpec> {}

/**
 * The result of `rpc`.
 *
 * @since 0.1.0
 */
export interface RpcResult extends ApiMethod.ResultOf<typeof rpcSpec> {}

/**
 * Every error of `rpc`.
 *
 * @since 0.1.0
 */
export type RpcError = ApiMethod.ErrorOf<typeof rpcSpec>

const untyped: ApiMethod.ApiMethod<"rpc", RpcPayload, RpcResult, RpcError> = ApiMethod.make("rpc", rpcSpec)

type Untyped = typeof untyped

/**
 * What an RPC method answered, as a schema read it.
 *
 * @since 0.1.0
 */
export interface TypedRpcResult<D> {
  /** As the schema read it. */
  readonly data: D
}

/**
 * The payload of an RPC call with schemas.
 *
 * @since 0.1.0
 */
export interface TypedRpcPayload<P extends {} | null, PI, D, DI> {
  /** The name of the RPC method. */
  readonly method: string
  /** What the method is called with. Default: nothing. */
  readonly params?: P
  /** Writes `params`. Default: they are sent as they are. */
  readonly paramsSchema?: Schema.Schema<P, PI>
  /** Reads the answer's `data`. */
  readonly schema: Schema.Schema<D, DI>
}

/**
 * The method, with or without schemas for one call.
 *
 * @since 0.1.0
 */
export interface Rpc extends Untyped {
  /** Calls a method that the server has been extended with; `schema` decodes the answer's `data`. */
  <P extends {} | null, PI, D, DI>(
    payload: TypedRpcPayload<P, PI, D, DI>
  ): ApiMethod.Request<"rpc", RpcPayload, TypedRpcResult<D>, RpcError>
  /** Calls a method that the server has been extended with. */
  (payload: RpcPayload): ReturnType<Untyped>
}

type AnySchemas = {
  readonly schema?: Schema.Schema<unknown, unknown>
  readonly paramsSchema?: Schema.Schema<{} | null, {} | null>
}

const typed = ({ paramsSchema, schema }: AnySchemas) => {
  const written =
    paramsSchema === undefined
      ? untyped
      : ApiMethod.mapPayload(untyped, (payload) =>
          payload.params === undefined
            ? Either.right(payload)
            : Either.mapBoth(writer(paramsSchema)(payload.params), {
                onLeft: (issue) => encodeError("rpc", issue, ["params"]),
                onRight: (params) => ({ ...payload, params })
              })
        )
  if (schema === undefined) return written
  const read = reader(schema)
  return ApiMethod.mapResult(written, ({ data }, _, effort) =>
    Either.mapBoth(read(data), {
      onLeft: (issue) => decodeError("rpc", issue, ["data"], effort),
      onRight: (data) => ({ data })
    })
  )
}

/**
 * Calls a method that the server has been extended with. The open-source server has none, and answers
 * `NotFoundError`.
 *
 * Fails with `NotFoundError`, `InternalError` and, with codes of the extension's own,
 * `UnexpectedServerError`.
 *
 * With a `schema` the answer's `data` is read by it (what does not fit is a `DecodeError`), and with a
 * `paramsSchema` beside it `params` are written by that one. Neither may have to wait for anything.
 *
 * Server source: `internal/api/api.go`, `RPC`.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Effect, Schema } from "effect"
 *
 * const total = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const { data } = yield* centrifugo.rpc({
 *     method: "visits",
 *     params: { since: new Date(0) },
 *     paramsSchema: Schema.Struct({ since: Schema.Date }),
 *     schema: Schema.Struct({ visits: Schema.Number })
 *   })
 *   return data.visits
 * })
 * ```
 *
 * @since 0.1.0
 */
export const rpc: Rpc = Object.assign((payload: RpcPayload & AnySchemas) => {
  if (payload?.schema === undefined && payload?.paramsSchema === undefined) return untyped(payload)
  const { paramsSchema, schema, ...given } = payload
  return typed({
    ...(schema === undefined ? {} : { schema }),
    ...(paramsSchema === undefined ? {} : { paramsSchema })
  })(given)
}, untyped) as Rpc
