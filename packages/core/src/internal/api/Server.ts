/**
 * Methods that describe the cluster or call the server's RPC extensions (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type AsRequest, field, type Form, type Returns, withSchemas } from "./typed.js"

const decimal = Wire.withDefault(Schema.Number, () => 0)

const nodeMetricsFields = {
  /** The interval of the metrics, in seconds. */
  interval: decimal,
  /** The values by metric name. */
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
  /** The CPU usage in percent. */
  cpu: decimal,
  /** The resident memory in bytes. */
  rss: Wire.withDefault(Wire.SafeInteger, () => 0)
}

/**
 * The resource usage of a node's process.
 *
 * @since 0.1.0
 */
export interface NodeProcess extends Wire.Of<typeof nodeProcessFields> {}

const nodeProcess: Schema.Schema<NodeProcess> = Schema.Struct(nodeProcessFields)

const nodeFields = {
  /** The node's ID, which changes at each start. */
  uid: Wire.Text,
  /** The node's name, from its configuration or host and port. */
  name: Wire.Text,
  /** The server version, such as `"6.9.1 OSS"`. */
  version: Wire.Text,
  /** The number of open connections. */
  numClients: Wire.Count,
  /** The number of distinct users with an open connection. */
  numUsers: Wire.Count,
  /** The number of channels with a subscriber. */
  numChannels: Wire.Count,
  /** The number of subscriptions. */
  numSubs: Wire.Count,
  /** The time since the start, in seconds. */
  uptime: Wire.Count,
  /** Metrics gathered over `interval` seconds. */
  metrics: Wire.absent(nodeMetrics),
  /** The CPU and memory usage. The open-source server does not fill it. */
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
    /** The live nodes of the cluster. */
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
 * Returns the live nodes of the cluster. Fails with `InternalError`.
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
  /** The number of connections subscribed to the channel. */
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
    /** Only channels that match this glob, such as `chat:*`; `*` also matches colons. Default: all channels. */
    pattern: Schema.optional(Schema.String)
  },
  result: {
    /** The channels by name; empty if none has a subscriber. */
    channels: Wire.Dictionary(channelInfo)
  },
  codes: [100],
  repeat: "read",
  hints: { 100: "An invalid glob pattern causes this, and so does a node that takes too long." }
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
 * Returns the channels of the cluster that have a subscriber, with the number of connections of each. The server asks
 * every node and returns all channels at once, which is expensive with many channels.
 *
 * Fails with `InternalError`. If the nodes take longer than ten seconds, it may fail with `NetworkError` instead, because
 * the server also closes the connection then.
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
    /** The parameters: any JSON value. Default: none. */
    params: Schema.optional(Wire.Json)
  },
  result: {
    /** The data that the method returned; absent if it returned nothing. */
    data: Wire.absent(Wire.JsonReply)
  },
  codes: [100, 104, 107],
  // The client does not know what the method does.
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
 * The result of an RPC call with a schema.
 *
 * @since 0.1.0
 */
export interface TypedRpcResult<D> {
  /** The data, decoded by the schema. */
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
  /** The parameters. Default: none. */
  readonly params?: P
  /** Encodes `params`. Default: sent unchanged. */
  readonly paramsSchema?: Schema.Schema<P, PI>
  /** Decodes the returned `data`. */
  readonly schema: Schema.Schema<D, DI>
}

/**
 * The signatures of `rpc`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface RpcCalls<F extends Form> {
  /**
   * Calls an RPC extension of the server. `schema` decodes the returned `data`, `paramsSchema` encodes `params`.
   *
   * Fails like the call without schemas, with a `DecodeError` for data that `schema` refuses, and with an `EncodeError`
   * for params that `paramsSchema` refuses.
   */
  <P extends {} | null, PI, D, DI>(
    payload: TypedRpcPayload<P, PI, D, DI>,
    ...rest: F["rest"]
  ): Returns<F, "rpc", RpcPayload, TypedRpcResult<D>, RpcError>
  /**
   * Calls an RPC extension of the server. The open-source server has none.
   *
   * Fails with `NotFoundError` if the extension does not exist, `BadRequestError`, `InternalError`, and with
   * `UnexpectedServerError` for the extension's own codes.
   */
  (payload: RpcPayload, ...rest: F["rest"]): Returns<F, "rpc", RpcPayload, RpcResult, RpcError>
}

/**
 * The method `rpc`, with or without schemas for one call.
 *
 * @since 0.1.0
 */
export interface Rpc extends RpcCalls<AsRequest>, Untyped {}

/**
 * Calls an RPC extension of the server. The open-source server has no extensions and fails with `NotFoundError`.
 *
 * Fails with `NotFoundError`, `InternalError`, and with `UnexpectedServerError` for the extension's own codes.
 *
 * A `schema` decodes the returned `data`: data that does not match fails with a `DecodeError`. A `paramsSchema` encodes
 * `params`. Both must be synchronous.
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
export const rpc = withSchemas(untyped, {
  encode: { paramsSchema: "params" },
  decode: { schema: field("data") }
}) as Rpc
