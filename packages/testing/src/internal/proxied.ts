/** Connections that go through the proxy app, as in a real server with proxies. */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { BadRequestError, UnknownChannelError } from "@effect-centrifugo/core/CentrifugoError"
import type { Request } from "@effect-centrifugo/core/ProxyProtocol"
import {
  type Backend,
  expiryOf,
  payloadOf,
  publishOptionsOf,
  type Result,
  subscribeOptionsOf,
  type Verdict
} from "./backend.js"
import { type Connection, disconnect, handleOf, opened, publish, subscribe } from "./connect.js"
import type { ConnectionClosedError, UsageError } from "./errors.js"
import type { Kit } from "./Kit.js"
import { type Due, type Identity, renew } from "./renew.js"
import { disconnects } from "./server/Hub.js"

/**
 * The server refused an operation of the client, usually because the proxy app refused it.
 *
 * @since 0.1.0
 */
export class RefusedError extends Data.TaggedError("CentrifugoTestRefusedError")<{
  /** The operation of the client: `"connect"`, `"subscribe"`, `"publish"` or `"rpc"`. */
  readonly operation: string
  /** The code that a real client sees: 100 if the app failed. */
  readonly code: number
  /** The text that a real client sees. */
  readonly reason: string
}> {
  override get message(): string {
    return `CentrifugoTest, ${this.operation}: the server refused it (${this.code} ${this.reason}).`
  }
}

/**
 * Options of `connectProxied`.
 *
 * @since 0.1.0
 */
export interface ConnectProxiedOptions {
  /** The data that the client sends with the connect command. Default: none. */
  readonly data?: {} | null
  /** Headers of the client that the server forwards with every request. Default: none. */
  readonly headers?: { readonly [name: string]: string }
  /** The user of the client's token. With a token, the server does not call `connect`. Default: no token. */
  readonly user?: string
}

/**
 * A connection that goes through the proxy app.
 *
 * @since 0.1.0
 */
export interface ProxiedConnection extends Omit<Connection, "subscribe" | "publish"> {
  /** The data of the connect reply; `undefined` for none. */
  readonly data: unknown
  /** Subscribes, if the app accepts it. `data` is sent with the subscribe command. */
  readonly subscribe: (
    channel: string,
    options?: { readonly data?: {} | null }
  ) => Effect.Effect<void, RefusedError | UnknownChannelError | ConnectionClosedError | UsageError>
  /** Publishes the data. The app can replace it. */
  readonly publish: (
    channel: string,
    data: {} | null
  ) => Effect.Effect<
    void,
    RefusedError | UnknownChannelError | BadRequestError | ConnectionClosedError | UsageError
  >
  /** Calls a method of the app, and returns its answer. */
  readonly rpc: (method: string, data?: {} | null) => Effect.Effect<unknown, RefusedError | UsageError>
}

const refused = (operation: string, code: number, reason: string) =>
  new RefusedError({ operation, code, reason })

/** The result of an accepted request; empty if the app returned none. */
const accepted = (operation: string, verdict: Verdict): Effect.Effect<Result, RefusedError> => {
  switch (verdict._tag) {
    case "Accepted":
      return Effect.succeed(verdict.result ?? {})
    case "Failed":
      return refused(operation, 100, "internal server error")
    default:
      return refused(operation, verdict.code, verdict.reason)
  }
}

/** The server refuses an expiry in the past. */
const inFuture = (operation: string, result: Result) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const expiry = expiryOf(result)
    return expiry > 0 && expiry * 1000 <= now ? refused(operation, 110, "expired") : Effect.void
  })

/** Returns the user of the token, or calls `connect`. */
const whoConnects = (backend: Backend, client: string, options: ConnectProxiedOptions) =>
  Effect.gen(function* () {
    const { data, headers = {}, user } = options
    if (user !== undefined) return { user }
    const unknown = refused("connect", 3501, "bad request")
    if (!backend.handles.has("connect")) return yield* unknown
    const request = { client, ...(data === undefined ? {} : { data }) }
    const result = yield* Effect.flatMap(backend.ask("connect", request, headers), (verdict) =>
      accepted("connect", verdict)
    )
    if (Object.keys(result).length === 0) return yield* unknown
    yield* inFuture("connect", result)
    return result
  })

/** The server-side subscriptions. The server ignores their expiries. */
const subscriptionsOf = ({ channels = [], subs = {} }: Result): ReadonlyArray<readonly [string, Result]> => [
  ...(channels as ReadonlyArray<string>).map((channel) => [channel, {}] as const),
  ...Object.entries(subs as { readonly [channel: string]: Result }).map(
    ([channel, { expire_at: _, ...sub }]) => [channel, sub] as const
  )
]

/** Opens a connection that closes with the scope. */
export const connectProxied = (
  kit: Kit,
  backend: Backend,
  options: ConnectProxiedOptions = {}
): Effect.Effect<
  ProxiedConnection,
  RefusedError | UnknownChannelError | ConnectionClosedError | UsageError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const { headers = {} } = options
    const client = kit.nextClient()
    const result = yield* whoConnects(backend, client, options)
    const user = typeof result["user"] === "string" ? result["user"] : ""
    const expireAt = expiryOf(result)
    const due = yield* Queue.unbounded<Due>()
    const open = yield* Effect.acquireRelease(
      opened(
        kit,
        { client, user, info: payloadOf(result, "info"), ...(expireAt === 0 ? {} : { expireAt }) },
        {
          ...(backend.handles.has("refresh")
            ? { connection: () => Queue.unsafeOffer(due, { _tag: "Connection" }) }
            : {}),
          ...(backend.handles.has("subRefresh")
            ? { subscription: (channel) => Queue.unsafeOffer(due, { _tag: "Subscription", channel }) }
            : {})
        }
      ),
      (open) => disconnect(kit, open, disconnects.closed)
    )
    yield* Effect.forEach(subscriptionsOf(result), ([channel, sub]) =>
      subscribe(kit, open, channel, subscribeOptionsOf(sub), true)
    )
    const identity: Identity = {
      client,
      user,
      ...("meta" in result ? { meta: result["meta"] as {} | null } : {})
    }
    const askRenewal = (item: Due) =>
      item._tag === "Connection"
        ? backend.ask("refresh", identity, headers)
        : backend.ask("subRefresh", { ...identity, channel: item.channel }, headers)
    yield* Effect.forkScoped(renew(kit, open, due, (item) => Effect.orDie(askRenewal(item)), identity))
    /** Events without a handler are accepted. */
    const ask = <E extends "subscribe" | "publish" | "rpc">(event: E, request: Partial<Request<E>>) =>
      backend.handles.has(event)
        ? Effect.flatMap(backend.ask(event, { ...identity, ...request }, headers), (verdict) =>
            Effect.zipRight(
              verdict._tag === "Disconnected" ? disconnect(kit, open, verdict) : Effect.void,
              accepted(event, verdict)
            )
          )
        : Effect.succeed<Result>({})
    return {
      ...handleOf(kit, open),
      data: payloadOf(result, "data"),
      subscribe: (channel, { data } = {}) =>
        ask("subscribe", { channel, ...(data === undefined ? {} : { data }) }).pipe(
          Effect.tap((result) => inFuture("subscribe", result)),
          Effect.flatMap((result) => subscribe(kit, open, channel, subscribeOptionsOf(result), false))
        ),
      publish: (channel, data) =>
        Effect.flatMap(ask("publish", { channel, data }), (result) => {
          const replaced = payloadOf(result, "data")
          return publish(
            kit,
            open,
            channel,
            replaced === undefined ? data : replaced,
            publishOptionsOf(result)
          )
        }),
      rpc: (method, data = null) =>
        backend.handles.has("rpc")
          ? Effect.map(ask("rpc", { method, data }), (result) => payloadOf(result, "data"))
          : refused("rpc", 108, "not available")
    }
  })
