/** The types of handlers: their arguments and results. */
import type * as Effect from "effect/Effect"
import type { Event, Request, SharedPollRefreshResult as PollResult } from "../../ProxyProtocol.js"
import type { Override, Subscription, Time, User } from "../token/model.js"
import type { Denied, Disconnected, Expired } from "./refusals.js"

/** Any JSON value, or bytes. */
type Payload = {} | null

/**
 * Names of headers that are often forwarded. Any other name is also allowed.
 *
 * @since 0.1.0
 */
export type HeaderName =
  | "Authorization"
  | "Cookie"
  | "Origin"
  | "User-Agent"
  | "X-Forwarded-For"
  | "X-Real-Ip"
  | "X-Request-Id"
  | (string & {})

/**
 * A request of the server, with the client's headers that it forwarded.
 *
 * @since 0.1.0
 */
export interface Call<out Request> {
  /** The request of this event. */
  readonly request: Request
  /** Returns a forwarded header: see `headers` of `ProxyApp.config`. The name is case-insensitive. */
  readonly header: (name: HeaderName) => string | undefined
  /** The cookies by name, if `Cookie` is forwarded. */
  readonly cookies: { readonly [name: string]: string | undefined }
  /**
   * The client's address, as the reverse proxy in front of Centrifugo reports it: `X-Real-Ip`, or the last entry of
   * `X-Forwarded-For`. A client that reaches Centrifugo without your reverse proxy can send any address.
   */
  readonly clientIp: string | undefined
}

interface ConnectCommon<I, O, M> {
  /** The user ID (`String(id)` for a numeric one), or `ProxyApp.anonymous`. */
  readonly user: User
  /** When the connection expires: a duration or a `DateTime`, in the future. Default: never. */
  readonly expireAt?: Time
  /** Data that others see in presence, join/leave messages and publications. Default: none. */
  readonly info?: I
  /** Data sent to the client with the connect reply. Default: none. */
  readonly data?: O
  /** JSON that the server keeps and sends with later requests. Default: none. */
  readonly meta?: M
}

/**
 * A server-side subscription of a new connection.
 *
 * @since 0.1.0
 */
export interface ServerSubscription extends Subscription {
  /** Whether to deliver the newest publication immediately, in cache recovery mode. Default `false`. */
  readonly cacheRecover?: boolean
}

/**
 * Accepts a connection.
 *
 * @since 0.1.0
 */
export type ConnectResult<I = Payload, O = Payload, M = Payload> = ConnectCommon<I, O, M> &
  (
    | { readonly channels?: ReadonlyArray<string>; readonly subs?: never }
    | { readonly subs?: { readonly [channel: string]: ServerSubscription }; readonly channels?: never }
  )

/**
 * Prolongs a connection.
 *
 * @since 0.1.0
 */
export interface RefreshResult<I = Payload, M = Payload> {
  /** When the connection expires: a duration or a `DateTime`, in the future. */
  readonly expireAt: Time
  /** Replaces the connection's info. Default: unchanged. */
  readonly info?: I
  /** Replaces the connection's meta. Default: unchanged. */
  readonly meta?: M
}

/**
 * Accepts a subscription.
 *
 * @since 0.1.0
 */
export interface SubscribeResult<I = Payload, O = Payload> {
  /** When the subscription expires: a duration or a `DateTime`, in the future. Default: never. */
  readonly expireAt?: Time
  /** Data that others see in presence and join/leave messages. Default: none. */
  readonly info?: I
  /** Data sent to the client with the subscribe reply. Default: none. */
  readonly data?: O
  /** Channel options to override for this subscription. Default: none. */
  readonly override?: Override
}

/** Options of a publication that is accepted. */
interface Publication<D> {
  /** Replaces the data that the client published. Default: unchanged. */
  readonly data?: D
  /** Tags: strings published with the data. Default: none. */
  readonly tags?: { readonly [name: string]: string }
  /** A second publication with the same key within five minutes is dropped. */
  readonly idempotencyKey?: string
  /** Whether subscribers that negotiated deltas receive only the difference. Default `false`. */
  readonly delta?: boolean
  /** A publication whose version is not above the stream's is dropped. */
  readonly version?: number | bigint
  /** The scope in which versions are compared. */
  readonly versionEpoch?: string
}

/**
 * Accepts a publication.
 *
 * @since 0.1.0
 */
export interface PublishResult<D = Payload> extends Publication<D> {
  /** Whether to deliver without adding to the channel's history. Default `false`. */
  readonly skipHistory?: boolean
}

/**
 * Prolongs a subscription.
 *
 * @since 0.1.0
 */
export interface SubRefreshResult<I = Payload> {
  /** When the subscription expires: a duration or a `DateTime`, in the future. */
  readonly expireAt: Time
  /** Replaces the subscription's info. Default: unchanged. */
  readonly info?: I
}

/**
 * The result of an RPC call.
 *
 * @since 0.1.0
 */
export interface RpcResult<O = Payload> {
  /** The returned data. Default: none. */
  readonly data?: O
}

/**
 * Accepts writing a key of a map.
 *
 * @since 0.1.0
 */
export interface MapPublishResult<D = Payload> extends Publication<D> {
  /** Replaces the key. Default: the client's. */
  readonly key?: string
  /** Write the key only if it is absent, or only if it exists. Default: always. */
  readonly keyMode?: "if_new" | "if_exists"
}

/**
 * Accepts removing a key of a map.
 *
 * @since 0.1.0
 */
export interface MapRemoveResult {
  /** Replaces the key. Default: the client's. */
  readonly key?: string
  /** Tags: strings published with the removal. Default: none. */
  readonly tags?: { readonly [name: string]: string }
  /** A second removal with the same key within five minutes is dropped. */
  readonly idempotencyKey?: string
}

/**
 * The changed keys of a shared poll.
 *
 * @since 0.1.0
 */
export interface SharedPollRefreshResult<D = Payload> {
  /** The keys that changed. Other keys keep their value. */
  readonly items: ReadonlyArray<
    Omit<(typeof PollResult)["Type"]["items"][number], "data" | "prevData"> & {
      /** The value of the key. */
      readonly data?: D
      /** The previous value, from which the server makes deltas. */
      readonly prevData?: D
    }
  >
  /** The scope in which versions are compared. */
  readonly epoch?: string
}

/**
 * The result of each event. `void` accepts the event unchanged.
 *
 * @since 0.1.0
 */
export interface Results<D = Payload, I = Payload, O = Payload, M = Payload> {
  /** Accepts a connection. */
  readonly connect: ConnectResult<I, O, M>
  /** Prolongs a connection. */
  readonly refresh: RefreshResult<I, M>
  /** Accepts a subscription. */
  readonly subscribe: SubscribeResult<I, O> | void
  /** Accepts a publication. */
  readonly publish: PublishResult<D> | void
  /** Prolongs a subscription. */
  readonly subRefresh: SubRefreshResult<I>
  /** The result of an RPC call. */
  readonly rpc: RpcResult<O> | void
  /** Accepts writing a key of a map. */
  readonly mapPublish: MapPublishResult<D> | void
  /** Accepts removing a key of a map. */
  readonly mapRemove: MapRemoveResult | void
  /** The keys of a shared poll that changed. */
  readonly sharedPollRefresh: SharedPollRefreshResult<D>
}

/**
 * The errors with which a handler can refuse each event. For `refresh`, `subRefresh` and `sharedPollRefresh` there are
 * neither `Denied` nor `Disconnected`, because the server ignores them.
 *
 * @since 0.1.0
 */
export interface Refusals {
  /** Refuses a connection. */
  readonly connect: Denied | Disconnected
  /** Ends a connection instead of prolonging it. */
  readonly refresh: Expired
  /** Refuses a subscription. */
  readonly subscribe: Denied | Disconnected
  /** Refuses a publication. */
  readonly publish: Denied | Disconnected
  /** Ends a subscription instead of prolonging it. */
  readonly subRefresh: Expired
  /** Refuses an RPC call. */
  readonly rpc: Denied | Disconnected
  /** Refuses writing a key of a map. */
  readonly mapPublish: Denied | Disconnected
  /** Refuses removing a key of a map. */
  readonly mapRemove: Denied | Disconnected
  /** A poll cannot be refused. */
  readonly sharedPollRefresh: never
}

/**
 * Handles an event. The effect can only fail with the event's `Refusals`: handle all other errors in it. After a defect,
 * the app responds with status 500, and the server allows nothing.
 *
 * @since 0.1.0
 */
export type Handler<E extends Event, R = never> = (
  request: Request<E>,
  call: Call<Request<E>>
) => Effect.Effect<Results[E], Refusals[E], R>

/**
 * Events of channels.
 *
 * @since 0.1.0
 */
export type ChannelEvent = Exclude<Event, "connect" | "refresh" | "rpc">

/**
 * Handles an event for the channels of one template. Made by a typed channel: `Chat.onPublish(...)`.
 *
 * @since 0.1.0
 */
export interface ChannelHandler<out E extends ChannelEvent, out R> {
  /** The event. */
  readonly event: E
  /** The template of the channels: `"chat:{room}"`. */
  readonly template: string
  /** Returns the handler for a channel; `undefined` if the channel does not match the template. */
  readonly handle: (
    request: never,
    call: Call<never>
  ) => Effect.Effect<Results[E], Refusals[E], R> | undefined
}

/**
 * Handles RPC methods by name. Made by `RpcGroup.handlers`.
 *
 * @since 0.1.0
 */
export interface RpcHandlers<out R> {
  /** The names of the methods. */
  readonly methods: ReadonlyArray<string>
  /** Returns the handler of a method; `undefined` if there is none. */
  readonly handle: (
    request: Request<"rpc">,
    call: Call<Request<"rpc">>
  ) => Effect.Effect<Results["rpc"], Refusals["rpc"], R> | undefined
}

/**
 * The handlers of an event: a function for all channels or methods, or a list of handlers of typed channels, or an
 * `RpcGroup`.
 *
 * @since 0.1.0
 */
export type HandlerOf<E extends Event, R> =
  | Handler<E, R>
  | (E extends ChannelEvent ? ReadonlyArray<ChannelHandler<E, R>> : never)
  | (E extends "rpc" ? RpcHandlers<R> : never)

/**
 * Handlers by event. All are optional.
 *
 * @since 0.1.0
 */
export type Handlers = { readonly [E in Event]?: HandlerOf<E, unknown> }

/** Makes an unknown event a compile error. */
export type Known<H> = { readonly [K in Exclude<keyof H, Event>]: "there is no such event" }

type RequirementsOf<T> = T extends (...args: never) => Effect.Effect<unknown, unknown, infer R>
  ? R
  : T extends ReadonlyArray<infer Item>
    ? Item extends ChannelHandler<ChannelEvent, infer R>
      ? R
      : never
    : T extends RpcHandlers<infer R>
      ? R
      : never

/**
 * The requirements of all handlers.
 *
 * @since 0.1.0
 */
export type Requirements<H> = { readonly [K in keyof H]-?: RequirementsOf<H[K]> }[keyof H]
