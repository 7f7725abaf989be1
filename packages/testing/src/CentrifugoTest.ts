/**
 * An in-memory Centrifugo for tests of programs that use this client. It answers as the open-source server
 * does, follows the fiber's clock and opens no socket. `docs/testing.md` lists the deliberate differences.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as TypedChannel from "@effect-centrifugo/core/TypedChannel"
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import type { ConfigError, EncodeError, UnknownChannelError } from "@effect-centrifugo/core/CentrifugoError"
import * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"
import type { Connection, ConnectOptions } from "./internal/connect.js"
import type { ConnectionClosedError, UsageError } from "./internal/errors.js"
import type { Fault } from "./internal/faults.js"
import * as app from "./internal/httpApp.js"
import type { Handler } from "./internal/Kit.js"
import * as Leftovers from "./internal/leftover.js"
import type * as proxied from "./internal/proxied.js"
import * as proxyCalls from "./internal/proxy.js"
import type { Call } from "./internal/records.js"
import type { Publication } from "./internal/server/Message.js"
import * as service from "./internal/Service.js"
import type { MethodName, ServerOptions, Service } from "./internal/Service.js"

export type {
  ClientSubscribeOptions,
  Connection,
  ConnectOptions,
  Disconnected,
  Event
} from "./internal/connect.js"
export { ConnectionClosedError, UsageError } from "./internal/errors.js"
export type { Fault, Leftover } from "./internal/faults.js"
export type { ErrorMode, HttpOutcome, HttpRequest, HttpResponse } from "./internal/http.js"
export type { Handler } from "./internal/Kit.js"
export type { ServerProxy } from "./internal/backend.js"
export type { ConnectProxiedOptions, ProxiedConnection } from "./internal/proxied.js"
export { RefusedError } from "./internal/proxied.js"
export type { ProxyAnswer, ProxyCalls, ProxyOptions } from "./internal/proxy.js"
export type { Call } from "./internal/records.js"
export type { ChannelConfig, ChannelOptions, MapOptions, Namespace } from "./internal/server/ChannelConfig.js"
export type { ClientInfo, Publication } from "./internal/server/Message.js"
export type { MethodName, ServerOptions, Service } from "./internal/Service.js"

/**
 * Options of the test server and of the client that calls it.
 *
 * @since 0.1.0
 */
export interface Options extends ServerOptions {
  /** The policies of the client. */
  readonly client?: Centrifugo.Policies
}

/**
 * The context tag of the test server.
 *
 * @since 0.1.0
 */
export class CentrifugoTest extends Context.Tag("@effect-centrifugo/testing/CentrifugoTest")<
  CentrifugoTest,
  Service
>() {}

/**
 * Makes a standalone server for you to expose. No scope ends it, so it does not report unused faults: read
 * `faultsLeft`.
 *
 * @since 0.1.0
 */
export const make = (options: ServerOptions = {}): Effect.Effect<Service, ConfigError> =>
  service.make(options)

/**
 * Provides a server and the transport to it, for clients with their own policies or methods. When the layer
 * closes with unused faults, it dies with a defect that names them, unless the test has already failed.
 *
 * @since 0.1.0
 */
export const layerTransport = (
  options?: ServerOptions
): Layer.Layer<CentrifugoTest | CentrifugoTransport.CentrifugoTransport, ConfigError> =>
  Layer.provideMerge(
    Layer.effect(
      CentrifugoTransport.CentrifugoTransport,
      Effect.map(CentrifugoTest, ({ transport }) => transport)
    ),
    Layer.scoped(
      CentrifugoTest,
      Effect.tap(make(options), ({ faultsLeft }) => Leftovers.report(faultsLeft))
    )
  )

/**
 * Provides a server and the client that calls it: everything the program under test needs from Centrifugo. When
 * the layer closes with unused faults, it dies with a defect that names them, unless the test has already
 * failed.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   yield* centrifugo.publish({ channel: "user:42", data: { kind: "placed", order: 42 } })
 * })
 *
 * const test = Effect.gen(function* () {
 *   yield* program
 *   return yield* CentrifugoTest.published("user:42") // [{ kind: "placed", order: 42 }]
 * }).pipe(Effect.provide(CentrifugoTest.layer()))
 * ```
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<Centrifugo.Centrifugo | CentrifugoTest, ConfigError> =>
  Layer.provideMerge(Centrifugo.layerTransport(options.client), layerTransport(options))

/**
 * The server as an `HttpApp` of `@effect/platform`, to mount in your own HTTP server. Its paths begin with the
 * `prefix` option. A fault that breaks the connection does so after the response has begun.
 *
 * @example
 * ```ts
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { HttpApp } from "@effect/platform"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const kit = yield* CentrifugoTest.make()
 *   const app = Effect.provideService(CentrifugoTest.httpApp, CentrifugoTest.CentrifugoTest, kit)
 *   return HttpApp.toWebHandler(app) // (request: Request) => Promise<Response>
 * })
 * ```
 * @since 0.1.0
 */
export const httpApp: HttpApp.Default<never, CentrifugoTest> = app.make((request) =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.respond(request))
)

/**
 * The data of everything published to a channel, oldest first, by the server API or by clients. Publications
 * that the server dropped (a repeated idempotency key, an outdated version) are not included. With a Schema,
 * the data is decoded. For a typed channel, pass its parameters: `published(Chat, { room: 42 })`.
 *
 * @since 0.1.0
 */
export const published = (<A, I>(channel: string | Described<A, I>, ...args: ReadonlyArray<unknown>) =>
  Effect.flatMap(
    CentrifugoTest,
    (kit): Effect.Effect<ReadonlyArray<unknown>, ParseResult.ParseError | EncodeError, unknown> => {
      if (typeof channel === "string") {
        const [schema] = args as [schema?: Schema.Schema<A, I>]
        return schema === undefined ? kit.published(channel) : kit.published(channel, schema)
      }
      return Effect.flatMap(channel.name(...args), (name) => kit.published(name, channel.data))
    }
  )) as {
  (channel: string): Effect.Effect<ReadonlyArray<unknown>, never, CentrifugoTest>
  <A, I, R>(
    channel: string,
    schema: Schema.Schema<A, I, R>
  ): Effect.Effect<ReadonlyArray<A>, ParseResult.ParseError, CentrifugoTest | R>
  <P, D, I>(
    channel: TypedChannel.TypedChannel<P, D, I>,
    ...params: TypedChannel.Arguments<P, []>
  ): Effect.Effect<ReadonlyArray<D>, ParseResult.ParseError | EncodeError, CentrifugoTest>
}

/** The parts of a typed channel that are needed to find its publications. */
interface Described<D, I> {
  readonly name: (...args: ReadonlyArray<unknown>) => Either.Either<string, EncodeError>
  readonly data: Schema.Schema<D, I>
}

/**
 * The publications to one channel, or to all channels, with tags, position and key.
 *
 * @since 0.1.0
 */
export const publications = (
  channel?: string
): Effect.Effect<ReadonlyArray<Publication>, never, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.publications(channel))

/**
 * The received calls, oldest first. Without a method: every request as received, a batch as one call. With a
 * wire method name such as `"presence_stats"`: the calls of that method, including those inside batches.
 *
 * @since 0.1.0
 */
export const calls = (method?: MethodName): Effect.Effect<ReadonlyArray<Call>, UsageError, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.calls(method))

/**
 * Opens a client connection. It appears in presence, receives the publications of its channels, and can be
 * disconnected. Fails if a channel's namespace is not configured.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const test = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const alice = yield* CentrifugoTest.connect({ user: "alice", channels: ["news"] })
 *   yield* centrifugo.publish({ channel: "news", data: "hello" })
 *   const [publication] = yield* alice.take(1)
 *   yield* centrifugo.disconnect({ user: "alice" })
 *   const { code } = yield* alice.disconnected // 3503
 *   return [publication?.data, code]
 * })
 * ```
 * @since 0.1.0
 */
export const connect = (
  options?: ConnectOptions
): Effect.Effect<Connection, UnknownChannelError | ConnectionClosedError | UsageError, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.connect(options))

/**
 * Injects a fault into the next call of a method (by its wire name), or into the next `times` calls. Faults
 * happen in the order in which they were injected. Only faults with a `code` apply to calls inside a batch. All
 * others apply to whole requests: with batching on, inject them for `"batch"`. `times` is a whole number, or
 * `Infinity` for every call from now on. Fails with a `UsageError` if the method or the fault is invalid.
 *
 * @example
 * ```ts
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const trouble = Effect.all([
 *   CentrifugoTest.failNext("publish", { code: 100 }),
 *   // The server carries out the call, but the response is lost.
 *   CentrifugoTest.failNext("publish", { reset: true, carriedOut: true }, 3),
 *   CentrifugoTest.failNext("history", { delay: "30 seconds" }),
 *   CentrifugoTest.failNext("info", { status: 502, body: "<html>bad gateway</html>" })
 * ])
 * ```
 * @since 0.1.0
 */
export const failNext = (
  method: MethodName,
  fault: Fault,
  times?: number
): Effect.Effect<void, UsageError, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.failNext(method, fault, times))

/**
 * Answers a method with the handler from now on, instead of the server.
 *
 * @example
 * ```ts
 * import { CentrifugoTransport } from "@effect-centrifugo/core"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 *
 * const online = CentrifugoTest.answer("connections", () => CentrifugoTransport.result({ connections: {} }))
 * ```
 * @since 0.1.0
 */
export const answer = (
  method: MethodName,
  handler: Handler
): Effect.Effect<void, UsageError, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.answer(method, handler))

/**
 * Restarts the server. Connections end with code 3001. Histories, maps and idempotency keys are lost, and every
 * stream begins again with a new epoch. Recorded calls and injected faults stay.
 *
 * @since 0.1.0
 */
export const restart: Effect.Effect<void, never, CentrifugoTest> = Effect.flatMap(
  CentrifugoTest,
  (kit) => kit.restart
)

/**
 * Calls an app of `ProxyApp.make` as the server does: posts requests of each kind, in memory. Pass the fields that
 * matter to the test. The others have sample values.
 *
 * @example
 * ```ts
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const app = ProxyApp.make({
 *   subscribe: ({ channel }) =>
 *     channel === "news" ? Effect.void : ProxyApp.deny({ code: 403, message: "not a member" })
 * })
 *
 * const test = Effect.gen(function* () {
 *   const server = CentrifugoTest.proxy(app)
 *   yield* server.subscribe({ channel: "news" }) // { status: 200 }
 *   return yield* server.subscribe({ channel: "staff" }) // { status: 200, error: { code: 403, message: "not a member" } }
 * })
 * ```
 * @since 0.1.0
 */
export const proxy: <E, R>(
  app: HttpApp.Default<E, R>,
  options?: proxyCalls.ProxyOptions
) => proxyCalls.ProxyCalls<E, R> = proxyCalls.make

/**
 * Opens a client connection that goes through the server's `proxy`. The server calls the app when the client
 * connects, subscribes, publishes or calls a method, and when the connection or a subscription expires. It skips
 * events without a handler. The connection closes with the scope. `EmbeddedServer` supports it too.
 *
 * Fails with `RefusedError` if the app refuses the client, and with `UsageError` without the `proxy` option.
 *
 * @example
 * ```ts
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const app = ProxyApp.make({
 *   connect: (_, { cookies }) => Effect.succeed({ user: cookies["user"] ?? ProxyApp.anonymous }),
 *   publish: ({ user }) => Effect.succeed({ data: `${user} says hello` })
 * })
 *
 * const test = Effect.gen(function* () {
 *   const alice = yield* CentrifugoTest.connectProxied({ headers: { cookie: "user=alice" } })
 *   yield* alice.subscribe("news")
 *   yield* alice.publish("news", "hello")
 *   return yield* alice.take(1) // [{ data: "alice says hello", ... }]
 * }).pipe(Effect.scoped, Effect.provide(CentrifugoTest.layer({ proxy: { app } })))
 * ```
 * @since 0.1.0
 */
export const connectProxied = (
  options?: proxied.ConnectProxiedOptions
): Effect.Effect<
  proxied.ProxiedConnection,
  proxied.RefusedError | UnknownChannelError | ConnectionClosedError | UsageError,
  CentrifugoTest | Scope.Scope
> => Effect.flatMap(CentrifugoTest, (kit) => kit.connectProxied(options))
