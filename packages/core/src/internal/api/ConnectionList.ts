/**
 * Lists open connections, for Centrifugo PRO (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { LabelFilter } from "./audience.js"
import * as pro from "./proOptions.js"

const tokenInfoFields = {
  /** The token's `jti`. */
  uid: Wire.Text,
  /** The token's `iat`, in Unix seconds. */
  issuedAt: Wire.absent(Wire.SafeInteger)
}

/**
 * The token of a connection or subscription.
 *
 * @since 0.1.0
 */
export interface TokenInfo extends Wire.Of<typeof tokenInfoFields> {}

/**
 * Schema of a `TokenInfo`.
 *
 * @since 0.1.0
 */
export const TokenInfo: Schema.Schema<TokenInfo> = Schema.Struct(tokenInfoFields)

const connectionSubscriptionFields = {
  /** The source of the subscription: a number of the list in `ConnectionState.channels`. */
  source: Wire.Count
}

/**
 * A subscription of a connection.
 *
 * @since 0.1.0
 */
export interface ConnectionSubscription extends Wire.Of<typeof connectionSubscriptionFields> {}

const connectionSubscription: Schema.Schema<ConnectionSubscription> = Schema.Struct(
  connectionSubscriptionFields
)

const connectionStateFields = {
  /**
   * The subscriptions by channel, with the source of each: 1 connection token, 2 connect proxy,
   * 3 subscription token, 4 subscribe proxy, 5 user-limited channel, 6 allowed by the namespace,
   * 7 insecure mode, 8 unidirectional connect, 9 personal channel, 10 server API, 11 capability,
   * 12 expression, 13 stream proxy, 0 unknown.
   */
  channels: Wire.Dictionary(connectionSubscription),
  /** The token of the connection, if it has one. */
  connectionToken: Wire.absent(TokenInfo),
  /** The token of each subscription, by channel. */
  subscriptionTokens: Wire.Dictionary(TokenInfo),
  /** The data that the token or the connect proxy attached to the connection. Clients do not see it. */
  meta: Wire.absent(Wire.JsonReply)
}

/**
 * The state that the server keeps for a connection.
 *
 * @since 0.1.0
 */
export interface ConnectionState extends Wire.Of<typeof connectionStateFields> {}

const connectionState: Schema.Schema<ConnectionState> = Schema.Struct(connectionStateFields)

const connectionFields = {
  /** The name that the client reports. */
  appName: Wire.Text,
  /** The version that the client reports. */
  appVersion: Wire.Text,
  /** The transport, such as `"websocket"`. */
  transport: Wire.Text,
  /** The protocol: `"json"` or `"protobuf"`. */
  protocol: Wire.Text,
  /** The user ID; `""` for an anonymous connection. */
  user: Wire.Text,
  /** The state of the connection, if the server returns it. */
  state: Wire.absent(connectionState),
  /** When the connection was opened, in Unix milliseconds. */
  connectedAtMs: Wire.absent(Wire.SafeInteger),
  /** The last round-trip time in milliseconds; -1 if it was not measured. */
  pingPongLatencyMs: Wire.withDefault(Wire.SafeInteger, () => 0),
  /** The connection's labels by name. */
  labels: Wire.Dictionary(Schema.String)
}

/**
 * An open connection.
 *
 * @since 0.1.0
 */
export interface Connection extends Wire.Of<typeof connectionFields> {}

/**
 * Schema of a `Connection`.
 *
 * @since 0.1.0
 */
export const Connection: Schema.Schema<Connection> = Schema.Struct(connectionFields)

const connectionsSpec = {
  ...pro.method,
  payload: {
    /** Only connections of this user. Default: of all users. */
    user: Schema.optional(Schema.String),
    /** Only connections for which this CEL expression is true. Default: all. */
    expression: Schema.optional(Schema.String),
    /** Only connections whose labels match. Default: all. */
    labelFilter: Schema.optional(LabelFilter)
  },
  result: {
    /** The connections by client ID; empty if none matches. */
    connections: Wire.Dictionary(Connection)
  },
  repeat: "read"
} as const

/**
 * The payload of `connections`.
 *
 * @since 0.1.0
 */
export interface ConnectionsPayload extends ApiMethod.PayloadOf<typeof connectionsSpec> {}

/**
 * The result of `connections`.
 *
 * @since 0.1.0
 */
export interface ConnectionsResult extends ApiMethod.ResultOf<typeof connectionsSpec> {}

/**
 * Every error of `connections`.
 *
 * @since 0.1.0
 */
export type ConnectionsError = ApiMethod.ErrorOf<typeof connectionsSpec>

/**
 * Returns open connections of the cluster by client ID: those of a user, those that match an expression, or those that
 * match a label filter. The server's work grows with the number of connections on each node.
 *
 * For Centrifugo PRO. Fails with `NotFoundError` on other servers.
 *
 * Documentation: centrifugal.dev, PRO, "Connections API".
 *
 * @since 0.1.0
 */
export const connections: ApiMethod.ApiMethod<
  "connections",
  ConnectionsPayload,
  ConnectionsResult,
  ConnectionsError
> = ApiMethod.make("connections", {
  ...connectionsSpec,
  check: ({ expression = "", labelFilter, user = "" }) =>
    user === "" && expression === "" && labelFilter === undefined
      ? { path: [], detail: "expected a user, an expression or a labelFilter" }
      : undefined
})
