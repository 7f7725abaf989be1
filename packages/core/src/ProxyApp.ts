/**
 * Answers Centrifugo's proxy requests: the server asks your backend about connecting, subscribing, publishing, method
 * calls and more. Handlers are Effects; the app mounts in any server of `@effect/platform`.
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
 * Makes the app. It answers `POST` requests whose path ends with the event: `/connect`, `/sub_refresh`, ... Mount it
 * anywhere.
 *
 * - A defect, a result that can't be sent, or an unreadable request is status 500 or 400, logged with the cause. The
 *   server allows nothing then: the client sees error 100 and tries again.
 * - A handler that takes too long is interrupted, and status 504 answered before the server's own timeout.
 * - Channels and methods that no handler is for are denied.
 *
 * Handlers or options that make no sense are the programmer's mistake, and throw a `TypeError` here.
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
  // The handlers' environments are those of their types.
  app.make(handlers, options) as HttpApp.Default<never, Requirements<H>>

/**
 * Writes the server's configuration for exactly the handlers that exist: each proxy's endpoint, timeout, headers and
 * secret, and the namespaces in which it is switched on.
 *
 * Options that make no sense, and a handler that no channel would reach, throw a `TypeError`.
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
 * Refuses: the client's call fails with this error. A handler fails with it: `return yield* ProxyApp.deny(...)`.
 *
 * The code is one from 400 to 1999 (others are the server's own), and is checked by the compiler where it is literal.
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
 * Disconnects the client. A handler fails with it: `return yield* ProxyApp.disconnect(...)`.
 *
 * The client reconnects after the codes 4000 to 4499, and stays away after 4500 to 4999.
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
 * Ends a connection in `refresh` (3005), or a subscription in `subRefresh` (2501). A handler fails with it:
 * `return yield* ProxyApp.expired`. The client may come back by `connect` or `subscribe`.
 *
 * @since 0.1.0
 */
export const expired: refusals.Expired = new refusals.Expired()

/**
 * Gives an event's payloads Schemas. A client whose data does not fit is denied with code 400. Meta that does not fit,
 * and a result that can't be encoded, are defects: your own program wrote them.
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
 * Describes a method that clients call: `rpc("room:rename", { params, answer })`. What stands before the first colon
 * is the namespace. Without `params` the parameters are `unknown`; without `answer` there is none.
 *
 * @since 0.1.0
 */
export const rpc = <const Name extends string, P = unknown, PI = unknown, A = void, AI = unknown>(
  name: Name,
  schemas: {
    /** The parameters. Default: `unknown`. */
    readonly params?: Schema.Schema<P, PI>
    /** The answer. Default: none. */
    readonly answer?: Schema.Schema<A, AI>
  } = {}
): rpcs.Rpc<Name, P, A> =>
  // What Schemas encode to is the wire's matter.
  rpcs.make(name, schemas.params ?? Schema.Unknown, schemas.answer) as unknown as rpcs.Rpc<Name, P, A>

/**
 * Groups methods. Its `handlers` take a function for each of them.
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
