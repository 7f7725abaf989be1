/**
 * Acting on the open connections of users, and, with Centrifugo PRO, listing them
 * (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import * as pro from "./pro.js"

/**
 * A condition on the labels of a connection: either a comparison (`key`, `cmp` and `val` or `vals`)
 * or a combination (`op` and `nodes`).
 *
 * @since 0.1.0
 */
export interface LabelFilter {
  /** How `nodes` are combined; absent in a comparison. `not` takes one node. */
  readonly op?: "and" | "or" | "not" | undefined
  /** The label's name. */
  readonly key?: string | undefined
  /**
   * Equal, among `vals`, present (`ex`), starting or ending with (`sw`, `ew`), containing (`ct`), or
   * compared as a number, with the opposites `neq`, `nin` and `nex`.
   */
  readonly cmp?: (typeof comparisons)[number] | undefined
  /** What the label is compared with, except for `in`, `nin`, `ex` and `nex`. */
  readonly val?: string | undefined
  /** For `in` and `nin`. */
  readonly vals?: ReadonlyArray<string> | undefined
  /** The conditions that are combined. */
  readonly nodes?: ReadonlyArray<LabelFilter> | undefined
}

const comparisons = [
  "eq",
  "neq",
  "in",
  "nin",
  "ex",
  "nex",
  "sw",
  "ew",
  "ct",
  "gt",
  "gte",
  "lt",
  "lte"
] as const

/**
 * A Schema of such conditions.
 *
 * @since 0.1.0
 */
export const LabelFilter: Schema.Schema<LabelFilter> = Schema.Struct({
  op: Schema.optional(Schema.Literal("and", "or", "not")),
  key: Schema.optional(Schema.String),
  cmp: Schema.optional(Schema.Literal(...comparisons)),
  val: Schema.optional(Schema.String),
  vals: Schema.optional(Schema.Array(Schema.String)),
  nodes: Schema.optional(Schema.Array(Schema.suspend((): Schema.Schema<LabelFilter> => LabelFilter)))
})

/**
 * Whose open connections a call concerns. All fields but `user` narrow it down within that user's
 * connections, so none of them finds anything without the right `user`.
 *
 * @since 0.1.0
 */
export const audience = {
  /** `""` is that of anonymous connections. */
  user: Schema.String,
  /** Only this connection, by client ID. */
  client: Schema.optional(Wire.nonEmpty("a client ID")),
  /** Only the connection of this session. */
  session: Schema.optional(Wire.nonEmpty("a session ID")),
  /**
   * Only connections with such labels. For Centrifugo PRO: the open-source server knows no labels and
   * **leaves the filter out of account**.
   */
  labelFilter: Schema.optional(LabelFilter),
  /**
   * With `user: ""`, all connections of the cluster instead of the anonymous ones. For Centrifugo PRO:
   * the open-source server leaves it out of account. Default `false`.
   */
  allUsers: Schema.optional(Schema.Boolean)
}

/**
 * Refuses an audience that the server would understand otherwise than it reads.
 *
 * @since 0.1.0
 */
export const checkAudience = ({
  allUsers,
  user
}: Pick<Wire.Of<typeof audience>, "allUsers" | "user">): ApiMethod.Problem | undefined =>
  allUsers === true && user !== ""
    ? { path: ["allUsers"], detail: `the server heeds it only beside user: ""` }
    : undefined

const isCode = (code: number) => code >= 3000 && code <= 4999

/** The UTF-8 length that a WebSocket close frame has room for. */
const fitsCloseFrame = (reason: string) => new TextEncoder().encode(reason).length <= 123

/**
 * Why a client is disconnected, as it will see it. Clients reconnect after 3000-3499 and 4000-4499,
 * and don't after 3500-3999 and 4500-4999; 4000-4999 are for applications. `reason` has at most 123
 * bytes. The server takes any, and breaks the close frame (`protocol.md` trap 19).
 *
 * @since 0.1.0
 */
export const Disconnect = Schema.Struct({
  /** From 3000 to 4999. */
  code: Wire.where(Wire.Uint32, isCode, "expected a disconnect code from 3000 to 4999").annotations({
    arbitrary: () => (fc) => fc.integer({ min: 3000, max: 4999 })
  }),
  /** A text of at most 123 bytes in UTF-8. */
  reason: Wire.where(Schema.String, fitsCloseFrame, "expected a reason of at most 123 bytes")
})

/**
 * Closes the open connections of a user; succeeds also where there are none. It is no ban: clients may
 * connect again, and with a code under 3500 or from 4000 to 4499 do so by themselves.
 *
 * Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Disconnect`.
 *
 * @since 0.1.0
 */
export const disconnect = ApiMethod.make("disconnect", {
  payload: {
    ...audience,
    /** Client IDs to leave alone. */
    whitelist: Schema.optional(Schema.Array(Schema.String)),
    /** Default: 3503, after which clients don't reconnect. */
    disconnect: Schema.optional(Disconnect)
  },
  result: {},
  codes: [100],
  // A second time finds the connections closed, or closes those that have come back since.
  repeat: "natural",
  check: checkAudience
})

/**
 * When connections end: a Unix time in whole seconds, or `"never"`.
 *
 * @since 0.1.0
 */
export const Expiry: Schema.Schema<number | "never"> = Wire.mapped(
  Schema.declare((u): u is number | "never" => u === "never" || Wire.isUnixSeconds(u), {
    identifier: "Expiry",
    [Wire.ProtoTypeId]: "int64",
    message: () => `expected a Unix time in whole seconds, not milliseconds, or "never"`,
    arbitrary: () => (fc) =>
      fc.oneof(fc.integer({ min: 1, max: 4_000_000_000 }), fc.constant("never" as const))
  }),
  { toWire: (value) => (value === "never" ? 0 : value), fromWire: (wire) => (wire === 0 ? "never" : wire) }
)

const anyRefresh = ApiMethod.make("refresh", {
  payload: {
    ...audience,
    /** Ends the connections now, with code 3005, after which clients reconnect. */
    expired: Schema.optional(Schema.Boolean),
    /** When the connections are to end: one in the past ends them now (3005). */
    expireAt: Schema.optional(Expiry),
    /** About the connection, from now on: any JSON value. Only together with a time in `expireAt`. */
    info: Schema.optional(Wire.Json)
  },
  result: {},
  codes: [100],
  // A second time sets the same expiry.
  repeat: "natural",
  check: (payload) => {
    const { expireAt, expired, info } = payload
    if (expired === true) {
      return expireAt === undefined && info === undefined
        ? checkAudience(payload)
        : { path: ["expired"], detail: "the server heeds neither expireAt nor info beside it" }
    }
    if (expireAt === undefined) {
      const detail = `without it the connections would never expire; if that is meant, pass "never"`
      return { path: ["expireAt"], detail }
    }
    return expireAt === "never" && info !== undefined
      ? { path: ["info"], detail: "the server heeds it only beside a time in expireAt" }
      : checkAudience(payload)
  }
})

type AnyRefresh = Parameters<typeof anyRefresh>[0]

/**
 * What `refresh` takes: either `expired: true`, or when the connections are to end.
 *
 * @since 0.1.0
 */
export type Refresh = Omit<AnyRefresh, "expireAt" | "expired" | "info"> &
  (
    | { readonly expired: true; readonly expireAt?: undefined; readonly info?: undefined }
    | {
        readonly expired?: false | undefined
        readonly expireAt: number
        readonly info?: AnyRefresh["info"]
      }
    | { readonly expired?: false | undefined; readonly expireAt: "never"; readonly info?: undefined }
  )

/**
 * Sets when the open connections of a user end, or ends them; succeeds also where there are none.
 * Connections without a bound must be asked for: the server takes a call without `expireAt` for one
 * (`protocol.md` trap 18), so `"never"` has to be said.
 *
 * Fails with `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Refresh`.
 *
 * @since 0.1.0
 */
export const refresh = ApiMethod.narrow<Refresh>()(anyRefresh)

/**
 * Which token a connection or subscription was made with.
 *
 * @since 0.1.0
 */
export const TokenInfo = Schema.Struct({
  /** The token's `jti`. */
  uid: Wire.Text,
  /** The token's `iat`: Unix seconds. */
  issuedAt: Wire.absent(Wire.SafeInteger)
})

/**
 * An open connection.
 *
 * @since 0.1.0
 */
export const Connection = Schema.Struct({
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
  state: Wire.absent(
    Schema.Struct({
      /**
       * Its subscriptions by channel, and where each came from: 1 connection token, 2 connect proxy,
       * 3 subscription token, 4 subscribe proxy, 5 user-limited channel, 6 allowed by the namespace,
       * 7 insecure mode, 8 unidirectional connect, 9 personal channel, 10 server API, 11 capability,
       * 12 expression, 13 stream proxy, 0 unknown.
       */
      channels: Wire.Dictionary(
        Schema.Struct({
          /** Where it came from: a number of the list above. */
          source: Wire.Count
        })
      ),
      /** The token of the connection, where it came with one. */
      connectionToken: Wire.absent(TokenInfo),
      /** By channel. */
      subscriptionTokens: Wire.Dictionary(TokenInfo),
      /** What the token or the connect proxy attached to the connection, unseen by the client. */
      meta: Wire.absent(Wire.JsonReply)
    })
  ),
  /** Unix milliseconds. */
  connectedAtMs: Wire.absent(Wire.SafeInteger),
  /** The last round trip, in milliseconds; -1 where it was not measured. */
  pingPongLatencyMs: Wire.withDefault(Wire.SafeInteger, () => 0),
  /** The connection's labels by name. */
  labels: Wire.Dictionary(Schema.String)
})

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
export const connections = ApiMethod.make("connections", {
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
  repeat: "read",
  check: ({ expression = "", labelFilter, user = "" }) =>
    user === "" && expression === "" && labelFilter === undefined
      ? { path: [], detail: "the server wants a user, an expression or a labelFilter" }
      : undefined
})
