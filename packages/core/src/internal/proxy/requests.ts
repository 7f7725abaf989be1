/** Schemas of the server's requests, one per event. */
import * as Schema from "effect/Schema"
import * as Wire from "../../Wire.js"

const connection = {
  /** The client ID of the connection. */
  client: Schema.String,
  /** `"websocket"`, `"sse"`, `"http_stream"`, `"webtransport"`, `"uni_sse"`, ... */
  transport: Wire.Text,
  /** `"json"` or `"protobuf"`: the protocol of the client. */
  protocol: Wire.Text,
  /** `"binary"` if the proxy has `binary_encoding`, otherwise `"json"`. */
  encoding: Wire.Text
}

const identified = {
  ...connection,
  /** The user ID; `""` for an anonymous connection. */
  user: Wire.Text,
  /** The meta of the connection, if the proxy has `include_connection_meta`: any JSON value. */
  meta: Wire.absent(Wire.Json)
}

/** The data that the client sent: any JSON value, or bytes if the proxy has `binary_encoding`. */
const data = Wire.absent(Wire.Data)

/**
 * A client without a token connects.
 *
 * @since 0.1.0
 */
export const ConnectRequest = Schema.Struct({
  ...connection,
  /** The data that the client sent: any JSON value, or bytes. */
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
  /** The data that the client sent: any JSON value, or bytes. */
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
  /** The data that the client publishes: any JSON value, or bytes. */
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
 * A client calls an RPC method.
 *
 * @since 0.1.0
 */
export const RpcRequest = Schema.Struct({
  ...identified,
  /** The RPC method. The part before the first colon is the namespace. */
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
 * The server polls keys that clients watch. The request belongs to no connection.
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
