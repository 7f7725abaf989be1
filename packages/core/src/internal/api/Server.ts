/**
 * Methods about the server itself, and calls of RPC methods that extend it (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { decodeError, encodeError, reader, writer } from "./schemas.js"

const decimal = Wire.withDefault(Schema.Number, () => 0)

const nodeFields = {
  /** The node's ID; a new one after each start. */
  uid: Wire.Text,
  /** The node's name, from the configuration or from host and port. */
  name: Wire.Text,
  /** The server version, such as `"6.9.1 OSS"`. */
  version: Wire.Text,
  /** The number of open connections. */
  numClients: Wire.Count,
  /** The number of distinct users among the connections. */
  numUsers: Wire.Count,
  /** The number of channels with a subscriber. */
  numChannels: Wire.Count,
  /** The number of subscriptions. */
  numSubs: Wire.Count,
  /** The uptime, in seconds. */
  uptime: Wire.Count,
  /** Metrics aggregated over `interval` seconds. */
  metrics: Wire.absent(
    Schema.Struct({
      /** The interval, in seconds. */
      interval: decimal,
      /** Values by metric name. */
      items: Wire.Dictionary(Schema.Number)
    })
  ),
  /** CPU in percent and resident memory in bytes. The open-source server does not set it. */
  process: Wire.absent(
    Schema.Struct({
      /** CPU usage, in percent. */
      cpu: decimal,
      /** Resident memory, in bytes. */
      rss: Wire.withDefault(Wire.SafeInteger, () => 0)
    })
  )
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
    /** One entry per node. */
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
 * Lists the live nodes of the cluster. Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Info`.
 *
 * @since 0.1.0
 */
export const info: ApiMethod.ApiMethod<"info", InfoPayload, InfoResult, InfoError> = ApiMethod.make(
  "info",
  infoSpec
)

const channelsSpec = {
  payload: {
    /** A glob pattern, such as `chat:*`; `*` also matches colons. Default: all channels. */
    pattern: Schema.optional(Schema.String)
  },
  result: {
    /** The channels by name; empty if nobody is subscribed. */
    channels: Wire.Dictionary(
      Schema.Struct({
        /** The number of connections subscribed to the channel. */
        numClients: Wire.Count
      })
    )
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
 * Lists the channels of the cluster that have a subscriber, with their number of connections. The server asks
 * every node and returns all channels at once, which is expensive with many channels.
 *
 * Fails with `InternalError`. If the nodes take longer than ten seconds, it can fail with `NetworkError`
 * instead, because the server closes the connection then.
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
    /** The parameters: any JSON value. */
    params: Schema.optional(Wire.Json)
  },
  result: {
    /** The method's result; absent if it returned nothing. */
    data: Wire.absent(Wire.JsonReply)
  },
  codes: [100, 104, 107],
  // The effect of a custom method is unknown.
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
 * The result of an RPC method, decoded by a schema.
 *
 * @since 0.1.0
 */
export interface TypedRpcResult<D> {
  /** The decoded data. */
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
  /** Encodes `params`. Default: they are sent unchanged. */
  readonly paramsSchema?: Schema.Schema<P, PI>
  /** Decodes the result's `data`. */
  readonly schema: Schema.Schema<D, DI>
}

/**
 * The method `rpc`, with or without schemas for one call.
 *
 * @since 0.1.0
 */
export interface Rpc extends Untyped {
  /** Calls an RPC method of the server, and decodes the result's `data` with the `schema`. */
  <P extends {} | null, PI, D, DI>(
    payload: TypedRpcPayload<P, PI, D, DI>
  ): ApiMethod.Request<"rpc", RpcPayload, TypedRpcResult<D>, RpcError>
  /** Calls an RPC method that extends the server. */
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
 * Calls an RPC method that extends the server. The open-source server has none, and answers `NotFoundError`.
 *
 * Fails with `NotFoundError`, `InternalError` and, for the extension's own codes, `UnexpectedServerError`.
 *
 * With a `schema`, the result's `data` is decoded (a mismatch is a `DecodeError`). A `paramsSchema` encodes
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
export const rpc: Rpc = Object.assign((payload: RpcPayload & AnySchemas) => {
  if (payload?.schema === undefined && payload?.paramsSchema === undefined) return untyped(payload)
  const { paramsSchema, schema, ...given } = payload
  return typed({
    ...(schema === undefined ? {} : { schema }),
    ...(paramsSchema === undefined ? {} : { paramsSchema })
  })(given)
}, untyped) as Rpc
