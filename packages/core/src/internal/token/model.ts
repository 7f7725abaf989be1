/** Options of tokens. */
import type * as Brand from "effect/Brand"
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Schema from "effect/Schema"
import type * as Subscriptions from "../api/Subscriptions.js"

/**
 * A JWT to connect with. A branded string: it is not assignable to `SubscriptionToken`.
 *
 * @since 0.1.0
 */
export type ConnectionToken = string & Brand.Brand<"CentrifugoConnectionToken">

/**
 * A JWT to subscribe to one channel with. A branded string: it is not assignable to `ConnectionToken`.
 *
 * @since 0.1.0
 */
export type SubscriptionToken = string & Brand.Brand<"CentrifugoSubscriptionToken">

/**
 * The user of an anonymous connection. An empty string is refused, because it is usually a mistake.
 *
 * @since 0.1.0
 */
export const anonymous: unique symbol = Symbol.for("@effect-centrifugo/core/Token/anonymous")

/**
 * A user ID (`String(id)` for a numeric one), or `Token.anonymous`.
 *
 * @since 0.1.0
 */
export type User = string | typeof anonymous

/**
 * A duration from now (`"10 minutes"`, `Duration.hours(1)`) by the fiber's `Clock`, or a `DateTime`. Tokens
 * hold whole seconds, so times are rounded up. A plain number does not compile: it could be seconds or
 * milliseconds.
 *
 * @since 0.1.0
 */
export type Time = Duration.Duration | Extract<Duration.DurationInput, string> | DateTime.DateTime

/**
 * A time, or `"never"`. There is no default: a token without expiry must be explicit.
 *
 * @since 0.1.0
 */
export type Expiry = Time | "never"

/**
 * Channel options to override for one subscription: `presence`, `joinLeave`, `forcePushJoinLeave`,
 * `forceRecovery`, `forcePositioning`. Default of each: the namespace's.
 *
 * @since 0.1.0
 */
export interface Override extends Schema.Schema.Type<typeof Subscriptions.Override> {}

/**
 * A server-side subscription of a connection token.
 *
 * @since 0.1.0
 */
export interface Subscription {
  /** Channel info, seen by others in presence and join/leave messages: JSON or bytes. Default: none. */
  readonly info?: {} | null
  /** Sent to the client with the subscription: JSON or bytes. Default: none. */
  readonly data?: {} | null
  /** Channel options to override. Default: none. */
  readonly override?: Override
}

/** Options of both kinds of token. */
export interface Common {
  /**
   * The user ID (claim `sub`, and the signer's `userIdClaim`): `String(id)` for a numeric one,
   * `Token.anonymous` for an anonymous connection.
   */
  readonly user: User
  /**
   * When the token expires (claim `exp`). The server refuses it from then on, and closes the connection or
   * the subscription unless the client sends a new token first.
   */
  readonly expires: Expiry
  /**
   * When the connection or the subscription expires (claim `expire_at`). `"never"`: the server checks the
   * token once and never asks for a new one. Default: when the token expires.
   */
  readonly expireAt?: Expiry
  /** When the token becomes valid (claim `nbf`). The server refuses it until then. Default: immediately. */
  readonly notBefore?: Time
  /** Unique ID of the token (claim `jti`), which `CentrifugoApi.revokeToken` takes. Default: none. */
  readonly tokenId?: string
  /** Audience (claim `aud`). Default: the signer's. */
  readonly audience?: string | ReadonlyArray<string>
  /** Issuer (claim `iss`). Default: the signer's. */
  readonly issuer?: string
}

interface Info<I, IE> {
  /**
   * Info that other clients see in presence, join/leave messages and publications: JSON (claim `info`) or
   * bytes (claim `b64info`). Default: none.
   */
  readonly info?: NoInfer<I>
  /** Encodes `info`. Default: `info` is JSON already. */
  readonly infoSchema?: Schema.Schema<I, IE>
}

/**
 * Options of a connection token.
 *
 * @since 0.1.0
 */
export type ConnectionOptions<I = {} | null, IE = unknown, M = {} | null, ME = unknown> = Common &
  Info<I, IE> & {
    /**
     * JSON that the server keeps (claim `meta`), and sends with proxy requests if `include_connection_meta` is
     * set. Clients do not see it. Default: none.
     */
    readonly meta?: NoInfer<M>
    /** Encodes `meta`. Default: `meta` is JSON already. */
    readonly metaSchema?: Schema.Schema<M, ME>
    /** A connection token has no channel: see `Token.subscription`. */
    readonly channel?: never
  } & (
    | {
        /** Server-side subscriptions (claim `channels`). Default: none. */
        readonly channels?: ReadonlyArray<string>
        /** Not together with `channels`. */
        readonly subs?: never
      }
    | {
        /** Server-side subscriptions with options, by channel (claim `subs`). Default: none. */
        readonly subs?: { readonly [channel: string]: Subscription }
        /** Not together with `subs`. */
        readonly channels?: never
      }
  )

/**
 * Options of a subscription token, without its channel.
 *
 * @since 0.1.0
 */
export interface ChannelOptions<I = {} | null, IE = unknown> extends Common, Info<I, IE> {
  /** Sent to the client with the subscribe reply: JSON or bytes. Default: none. */
  readonly data?: {} | null
  /** Channel options to override. Default: none. */
  readonly override?: Override
  /** Connection tokens only. */
  readonly channels?: never
  /** Connection tokens only. */
  readonly subs?: never
  /** Connection tokens only. */
  readonly meta?: never
}

/**
 * Options of a subscription token. `user` must equal the user of the connection.
 *
 * @since 0.1.0
 */
export interface SubscriptionOptions<I = {} | null, IE = unknown> extends ChannelOptions<I, IE> {
  /** The channel. */
  readonly channel: string
}
