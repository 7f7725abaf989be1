/**
 * Handles Centrifugo's proxy requests: the server asks your backend whether clients may connect, subscribe and publish,
 * and forwards RPC calls. Handlers are Effects. The app mounts in any HTTP server of `@effect/platform`.
 *
 * This module is not in the package's index: import it as `@effect-centrifugo/core/ProxyApp`.
 *
 * @example
 * ```ts
 * import { HttpRouter } from "@effect/platform"
 * import { TypedChannel } from "@effect-centrifugo/core"
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { Effect, Schema } from "effect"
 *
 * const Chat = TypedChannel.make("chat:{room}", { data: Schema.Struct({ text: Schema.String }) })
 *
 * const handlers = {
 *   connect: (_, call) =>
 *     call.cookies["session"] === undefined
 *       ? ProxyApp.disconnect({ code: 4501, reason: "log in first" })
 *       : Effect.succeed({ user: "42", expireAt: "10 minutes" }),
 *   publish: [
 *     Chat.onPublish(({ room }, { text }) =>
 *       text.includes("spam")
 *         ? ProxyApp.deny({ code: 403, message: `not in ${room}` })
 *         : Effect.succeed({ data: { text: text.trim() } })
 *     )
 *   ]
 * } satisfies ProxyApp.Handlers
 *
 * const router = HttpRouter.empty.pipe(HttpRouter.mountApp("/centrifugo", ProxyApp.make(handlers)))
 *
 * const config = ProxyApp.config(handlers, { endpoint: "http://127.0.0.1:3000/centrifugo" }).yaml()
 * ```
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as app from "./internal/proxy/app.js"
import * as serverConfig from "./internal/proxy/config.js"
import type {
  Call,
  Handler,
  Handlers,
  Known,
  Refusals,
  Requirements,
  Results
} from "./internal/proxy/model.js"
import type { Options } from "./internal/proxy/options.js"
import * as refusals from "./internal/proxy/refusals.js"
import * as rpcs from "./internal/proxy/rpc.js"
import * as typing from "./internal/proxy/typed.js"
import type { Event, Request } from "./ProxyProtocol.js"

export type { ConfigOptions, Namespace, ServerConfig } from "./internal/proxy/config.js"
export type {
  Call,
  ChannelEvent,
  ChannelHandler,
  ConnectResult,
  Handler,
  HandlerOf,
  Handlers,
  HeaderName,
  MapPublishResult,
  MapRemoveResult,
  PublishResult,
  RefreshResult,
  Refusals,
  Requirements,
  Results,
  RpcHandlers,
  RpcResult,
  ServerSubscription,
  SharedPollRefreshResult,
  SubRefreshResult,
  SubscribeResult
} from "./internal/proxy/model.js"
export type { Options } from "./internal/proxy/options.js"
export { Denied, Disconnected, Expired } from "./internal/proxy/refusals.js"
export type { DenyCode, DisconnectCode } from "./internal/proxy/refusals.js"
export type { AnyRpc, Implementations, Rpc, RpcGroup } from "./internal/proxy/rpc.js"
export type { Schemas, TypedRequest } from "./internal/proxy/typed.js"
export { anonymous } from "./internal/token/model.js"

/**
 * Makes the app. It handles `POST` requests whose path ends with the event: `/connect`, `/sub_refresh`, and so on. You
 * can mount it at any path.
 *
 * - A defect or an invalid result gives status 500, an unreadable request status 400. Both are logged with the cause. The
 *   server then allows nothing: the client gets error 100 and tries again.
 * - A handler that exceeds its timeout is interrupted. The app responds with status 504 before the server's timeout.
 * - Channels and RPC methods without a handler are denied.
 *
 * Throws a `TypeError` for invalid handlers or options.
 *
 * @example
 * ```ts
 * import { HttpApp } from "@effect/platform"
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { Effect, Redacted } from "effect"
 *
 * const app = ProxyApp.make(
 *   { connect: () => Effect.succeed({ user: "42" }) },
 *   { secret: Redacted.make("6f2e0c5d4b7a4901"), timeout: "2 seconds" }
 * )
 *
 * // Workers, Bun, Deno: (request: Request) => Promise<Response>
 * const handler = HttpApp.toWebHandler(app)
 * ```
 * @since 0.1.0
 */
export const make = <const H extends Handlers>(
  handlers: H & Known<H>,
  options: Options = {}
): HttpApp.Default<never, Requirements<H>> =>
  // The type of the handlers contains their environments.
  app.make(handlers, options) as HttpApp.Default<never, Requirements<H>>

/**
 * Generates the server's configuration for these handlers: each proxy's endpoint, timeout, headers and secret, and the
 * namespaces that enable it.
 *
 * Throws a `TypeError` for invalid options, and for a handler that no channel reaches.
 *
 * @example
 * ```ts
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { Effect } from "effect"
 *
 * const handlers = { subscribe: () => Effect.void } satisfies ProxyApp.Handlers
 *
 * const config = ProxyApp.config(handlers, {
 *   endpoint: "http://backend:3000/centrifugo",
 *   namespaces: [{ name: "chat", history_size: 10, history_ttl: "1h" }]
 * })
 * config.json() // config.json
 * config.yaml() // config.yaml
 * config.env() // { CENTRIFUGO_CHANNEL_PROXY_SUBSCRIBE_ENDPOINT: ..., ... }
 * ```
 * @since 0.1.0
 */
export const config = <const H extends Handlers>(
  handlers: H & Known<H>,
  options: serverConfig.ConfigOptions
): serverConfig.ServerConfig => serverConfig.make(handlers, options)

/**
 * Denies the client's call, which fails with this error. Fail a handler with it: `return yield* ProxyApp.deny(...)`.
 *
 * The code is from 400 to 1999, because the server uses the others. The compiler checks literal codes.
 *
 * @since 0.1.0
 */
export const deny = <const N extends number>(options: {
  /** The code that the client sees, from 400 to 1999. */
  readonly code: N & refusals.DenyCode<N>
  /** The text that the client sees. */
  readonly message: string
  /** Whether the client tries again. Default `false`. */
  readonly temporary?: boolean
}): refusals.Denied => refusals.deny(options.code, options.message, options.temporary === true)

/**
 * Disconnects the client. Fail a handler with it: `return yield* ProxyApp.disconnect(...)`.
 *
 * The client reconnects after codes 4000 to 4499, and does not after 4500 to 4999.
 *
 * @since 0.1.0
 */
export const disconnect = <const N extends number>(options: {
  /** The code that the client sees, from 4000 to 4999. */
  readonly code: N & refusals.DisconnectCode<N>
  /** The text that the client sees: 1 to 32 printable ASCII characters. */
  readonly reason: string
}): refusals.Disconnected => refusals.disconnect(options.code, options.reason)

/**
 * Ends a connection in `refresh` (code 3005), or a subscription in `subRefresh` (code 2501). Fail a handler with it:
 * `return yield* ProxyApp.expired`. The client can connect or subscribe again.
 *
 * @since 0.1.0
 */
export const expired: refusals.Expired = new refusals.Expired()

/**
 * Makes a handler whose payloads are decoded and encoded with Schemas. Client data that does not match is denied with
 * code 400. Meta that does not match and results that cannot be encoded are defects, because your program wrote them.
 *
 * @example
 * ```ts
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { Effect, Schema } from "effect"
 *
 * const Meta = Schema.Struct({ roles: Schema.Array(Schema.String), since: Schema.Date })
 * const Hello = Schema.Struct({ page: Schema.String })
 *
 * const connect = ProxyApp.typed("connect", { data: Hello, meta: Meta }, ({ data }) =>
 *   Effect.succeed({ user: "42", meta: { roles: [data.page], since: new Date(0) } })
 * )
 * const subscribe = ProxyApp.typed("subscribe", { meta: Meta }, ({ meta }) =>
 *   meta?.roles.includes("admin") === true ? Effect.void : ProxyApp.deny({ code: 403, message: "admins only" })
 * )
 * ```
 * @since 0.1.0
 */
export const typed: <
  E extends Event,
  R,
  D = unknown,
  DI = unknown,
  I extends {} | null = {} | null,
  II = unknown,
  O extends {} | null = {} | null,
  OI = unknown,
  M extends {} | null = {} | null,
  MI = unknown
>(
  event: E,
  schemas: typing.Schemas<D, DI, I, II, O, OI, M, MI>,
  handler: (
    request: typing.TypedRequest<E, D, M>,
    call: Call<Request<E>>
  ) => Effect.Effect<Results<D, I, O, M>[E], Refusals[E], R>
) => Handler<E, R> = typing.typed

/**
 * Describes an RPC method that clients call: `rpc("room:rename", { params, answer })`. The part before the first colon is
 * the namespace. Without `params`, parameters are `unknown`. Without `answer`, the method returns no data.
 *
 * @since 0.1.0
 */
export const rpc = <const Name extends string, P = unknown, PI = unknown, A = void, AI = unknown>(
  name: Name,
  schemas: {
    /** The Schema of the parameters. Default: `unknown`. */
    readonly params?: Schema.Schema<P, PI>
    /** The Schema of the returned data. Default: no data. */
    readonly answer?: Schema.Schema<A, AI>
  } = {}
): rpcs.Rpc<Name, P, A> =>
  // The encoded type does not matter to users.
  rpcs.make(name, schemas.params ?? Schema.Unknown, schemas.answer) as unknown as rpcs.Rpc<Name, P, A>

/**
 * Groups RPC methods. Its `handlers` function takes a function per method.
 *
 * @example
 * ```ts
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { Effect, Schema } from "effect"
 *
 * const Add = ProxyApp.rpc("add", {
 *   params: Schema.Struct({ a: Schema.Number, b: Schema.Number }),
 *   answer: Schema.Number
 * })
 * const Touch = ProxyApp.rpc("room:touch", { params: Schema.Struct({ room: Schema.String }) })
 * const Methods = ProxyApp.rpcGroup(Add, Touch)
 *
 * const app = ProxyApp.make({
 *   rpc: Methods.handlers({
 *     add: ({ a, b }) => Effect.succeed(a + b),
 *     "room:touch": ({ room }, { request }) => Effect.log(`${request.user} is in ${room}`)
 *   })
 * })
 * ```
 * @since 0.1.0
 */
export const rpcGroup = <const T extends ReadonlyArray<rpcs.AnyRpc>>(
  ...methods: T
): rpcs.RpcGroup<T[number]> => rpcs.group<T[number]>(methods)
