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
  /** The token's `iat`: Unix seconds. */
  issuedAt: Wire.absent(Wire.SafeInteger)
}

/**
 * Which token a connection or subscription was made with.
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
  /** Where it came from: a number of the list in `ConnectionState.channels`. */
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
   * Its subscriptions by channel, and where each came from: 1 connection token, 2 connect proxy,
   * 3 subscription token, 4 subscribe proxy, 5 user-limited channel, 6 allowed by the namespace,
   * 7 insecure mode, 8 unidirectional connect, 9 personal channel, 10 server API, 11 capability,
   * 12 expression, 13 stream proxy, 0 unknown.
   */
  channels: Wire.Dictionary(connectionSubscription),
  /** The token of the connection, where it came with one. */
  connectionToken: Wire.absent(TokenInfo),
  /** By channel. */
  subscriptionTokens: Wire.Dictionary(TokenInfo),
  /** What the token or the connect proxy attached to the connection, unseen by the client. */
  meta: Wire.absent(Wire.JsonReply)
}

/**
 * The state of a connection, as the server keeps it.
 *
 * @since 0.1.0
 */
export interface ConnectionState extends Wire.Of<typeof connectionStateFields> {}

const connectionState: Schema.Schema<ConnectionState> = Schema.Struct(connectionStateFields)

const connectionFields = {
  /** As the client names itself. */
  appName: Wire.Text,
  /** As the client states it. */
  appVersion: Wire.Text,
  /** Like `"websocket"`. */
  transport: Wire.Text,
  /** `"json"` or `"protobuf"`. */
  protocol: Wire.Text,
  /** The user ID; `""` for an anonymous connection. */
  user: Wire.Text,
  /** What is known of it beyond this, where the server gives it. */
  state: Wire.absent(connectionState),
  /** Unix milliseconds. */
  connectedAtMs: Wire.absent(Wire.SafeInteger),
  /** The last round trip, in milliseconds; -1 where it was not measured. */
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
    /** Only this user's. */
    user: Schema.optional(Schema.String),
    /** A CEL expression. */
    expression: Schema.optional(Schema.String),
    /** Only those with such labels. */
    labelFilter: Schema.optional(LabelFilter)
  },
  result: {
    /** By client ID; empty where none matches. */
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
 * The open connections of the cluster, by client ID: of a user, or those that match an expression or
 * a filter of labels, or all of these. The work grows with the number of connections on each node.
 *
 * For Centrifugo PRO; fails with `NotFoundError` elsewhere.
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
      ? { path: [], detail: "the server wants a user, an expression or a labelFilter" }
      : undefined
})
