/**
 * A Centrifugo in memory, for tests of programs that use this client: it answers as the open-source
 * server does, by the fiber's own clock, without a socket. Where it differs on purpose is listed in
 * `docs/testing.md`.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as TypedChannel from "@effect-centrifugo/core/TypedChannel"
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import {
  ConfigError,
  type EncodeError,
  type UnknownChannelError
} from "@effect-centrifugo/core/CentrifugoError"
import type { methods, proMethods } from "@effect-centrifugo/core/CentrifugoApi"
import type * as ClientSettings from "@effect-centrifugo/core/Settings"
import * as Transport from "@effect-centrifugo/core/CentrifugoTransport"
import { connect as openConnection, type Connection, type ConnectOptions } from "./internal/connect.js"
import { type ConnectionClosedError, UsageError } from "./internal/errors.js"
import { type Fault, type Leftover, problemOf } from "./internal/faults.js"
import { type ErrorMode, type HttpOutcome, type HttpRequest } from "./internal/http.js"
import * as app from "./internal/httpApp.js"
import { type Handler, Kit, respond } from "./internal/Kit.js"
import * as Leftovers from "./internal/leftover.js"
import * as proxied from "./internal/proxied.js"
import * as proxyCalls from "./internal/proxy.js"
import { type Call, type Log, toCall } from "./internal/records.js"
import { type ChannelConfig } from "./internal/server/ChannelConfig.js"
import { make as checkChannels, permissive } from "./internal/server/Channels.js"
import { type Publication, toPublication } from "./internal/server/Message.js"
import * as straight from "./internal/transport.js"

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
export type { ConnectThroughOptions, ProxiedConnection } from "./internal/proxied.js"
export { RefusedError } from "./internal/proxied.js"
export type { ProxyAnswer, ProxyCalls, ProxyOptions } from "./internal/proxy.js"
export type { Call } from "./internal/records.js"
export type { ChannelConfig, ChannelOptions, MapOptions, Namespace } from "./internal/server/ChannelConfig.js"
export type { ClientInfo, Publication } from "./internal/server/Message.js"

/**
 * How the server is configured.
 *
 * @since 0.1.0
 */
export interface ServerOptions {
  /**
   * The `channel` section of the server's configuration, as it stands in its file; options that
   * change no answer of the server API are passed over. Default: channels of any namespace are known,
   * with history (100 publications, five minutes) and presence.
   */
  readonly channel?: ChannelConfig
  /** `http_api.key`. Default `"test-key"`. */
  readonly apiKey?: string
  /** `http_api.error_mode`. Default `"default"`. */
  readonly errorMode?: ErrorMode
  /** `http_api.handler_prefix`. Default `"/api"`. */
  readonly prefix?: string
  /**
   * Answers to methods by their wire names, in the server's place: for those that only PRO servers
   * have, for `rpc`, and for your own.
   */
  readonly answers?: { readonly [method: string]: Handler }
  /**
   * How many calls, and how many publications, are remembered for `calls`, `published` and `publications`:
   * the newest. 0 for none. Default 100,000.
   */
  readonly keep?: number
  /**
   * How large the remembered calls may be together, in characters of their bodies, and the remembered
   * publications, in characters of their data. The oldest are forgotten first. Default 64 Mi (67,108,864).
   */
  readonly keepSize?: number
}

/**
 * How the server and the client in front of it are configured.
 *
 * @since 0.1.0
 */
export interface Options extends ServerOptions {
  /** The policies of the client. */
  readonly client?: ClientSettings.Options
}

/**
 * The name of a method on the wire: `"presence_stats"`. A method of your own can have any.
 *
 * @since 0.1.0
 */
export type MethodName =
  | (typeof methods)[keyof typeof methods]["method"]
  | (typeof proMethods)[keyof typeof proMethods]["method"]
  | "batch"
  | (string & {})

/**
 * What a test does with the server besides calling it. The functions of this module are the same, for
 * the server in the context.
 *
 * @since 0.1.0
 */
export interface Service {
  /** Leads straight into the server. */
  readonly transport: Transport.Service
  /** Answers an HTTP request, always: with status 500, and the cause in the log, if something throws inside. */
  readonly respond: (request: HttpRequest) => Effect.Effect<HttpOutcome>
  /** The data published to a channel, oldest first; with a Schema, read by it. */
  readonly published: {
    (channel: string): Effect.Effect<ReadonlyArray<unknown>>
    <A, I, R>(
      channel: string,
      schema: Schema.Schema<A, I, R>
    ): Effect.Effect<ReadonlyArray<A>, ParseResult.ParseError, R>
  }
  /** The publications to a channel, or to all of them, oldest first. */
  readonly publications: (channel?: string) => Effect.Effect<ReadonlyArray<Publication>>
  /** The calls that arrived, of one method or of all, oldest first. */
  readonly calls: (method?: MethodName) => Effect.Effect<ReadonlyArray<Call>, UsageError>
  /** Opens a connection; fails where a channel to subscribe to is unknown. */
  readonly connect: (
    options?: ConnectOptions
  ) => Effect.Effect<Connection, UnknownChannelError | ConnectionClosedError | UsageError>
  /** Opens a connection about which the server asks an app of proxy handlers. */
  readonly connectThrough: <E>(
    app: HttpApp.Default<E>,
    options?: proxied.ConnectThroughOptions
  ) => Effect.Effect<
    proxied.ProxiedConnection<E>,
    E | proxied.RefusedError | UnknownChannelError | ConnectionClosedError | UsageError
  >
  /** Lets the next call of a method fail so, or the next `times` calls. */
  readonly failNext: (method: MethodName, fault: Fault, times?: number) => Effect.Effect<void, UsageError>
  /** Answers a method from now on, in the server's place. */
  readonly answer: (method: MethodName, handler: Handler) => Effect.Effect<void, UsageError>
  /** The faults that were ordered and have not come; those that come for ever are not among them. */
  readonly faultsLeft: Effect.Effect<ReadonlyArray<Leftover>>
  /** What the server had in memory is gone, as after a restart. */
  readonly restart: Effect.Effect<void>
}

/**
 * The server in the context.
 *
 * @since 0.1.0
 */
export class CentrifugoTest extends Context.Tag("@effect-centrifugo/testing/CentrifugoTest")<
  CentrifugoTest,
  Service
>() {}

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

const check = (options: ServerOptions) =>
  Effect.gen(function* () {
    const { answers = {}, apiKey = "test-key", errorMode = "default", prefix = "/api" } = options
    const { keep = 100_000, keepSize = 64 * 1024 * 1024 } = options
    // What comes from an unset variable or from JavaScript may be anything.
    if (typeof apiKey !== "string" || !/^[\x21-\x7e]+$/.test(apiKey)) {
      return yield* fail("apiKey", "expected ASCII characters without spaces, at least one")
    }
    if (errorMode !== "default" && errorMode !== "transport") {
      return yield* fail("errorMode", 'expected "default" or "transport"')
    }
    if (typeof prefix !== "string" || !/^(\/[-\w.~]+)*\/?$/.test(prefix)) {
      return yield* fail("prefix", 'expected a path that begins with a slash, such as "/api"')
    }
    for (const [option, value] of Object.entries({ keep, keepSize })) {
      if (!Number.isSafeInteger(value) || value < 0) {
        return yield* fail(option, "expected a whole number that is not negative")
      }
    }
    if (Object.values(answers).some((handler) => typeof handler !== "function")) {
      return yield* fail("answers", "expected a function for each method")
    }
    const lookup = yield* options.channel === undefined ? permissive : checkChannels(options.channel)
    return { answers, apiKey, errorMode, keep, keepSize, lookup, prefix: prefix.replace(/\/+$/, "") }
  })

const usageError = (operation: string, detail: string) => new UsageError({ operation, detail })

/** A test that looks at what was forgotten would find less than there was. */
const warnOfForgotten = <A>(log: Log<A>, what: string) =>
  log.forgotten === 0
    ? Effect.void
    : Effect.logWarning(
        `CentrifugoTest has forgotten the oldest ${log.forgotten} ${what}: its options keep and keepSize are the limits`
      )

const serviceOf = (kit: Kit): Service => {
  const sync = <A>(f: (now: number) => A) => Effect.map(Clock.currentTimeMillis, f)
  const publications = (channel?: string) =>
    sync((now) => {
      // Time alone may have removed keys of maps.
      return kit.look(now, () => kit.messages.items(channel)).map(toPublication)
    }).pipe(Effect.zipLeft(warnOfForgotten(kit.messages, "publications")))
  const published = <A, I, R>(channel: string, schema?: Schema.Schema<A, I, R>) => {
    const data = Effect.map(publications(channel), (all) =>
      all.filter(({ removed }) => removed !== true).map((publication) => publication.data)
    )
    return schema === undefined ? data : Effect.flatMap(data, Schema.decodeUnknown(Schema.Array(schema)))
  }
  /** A misspelt method would never come, and a test that waits for it would prove nothing. */
  const named = (operation: string, method: string) =>
    kit.isKnown(method)
      ? Effect.void
      : usageError(
          operation,
          `there is no method ${JSON.stringify(method)}; it takes names on the wire, such as "presence_stats"`
        )
  const calls = (method?: string) =>
    Effect.suspend(() => {
      const recorded =
        method === undefined ? kit.calls.items().filter(({ inBatch }) => !inBatch) : kit.calls.items(method)
      return Effect.as(warnOfForgotten(kit.calls, "calls"), recorded.map(toCall))
    })
  return {
    transport: straight.make(kit),
    respond: (request) => respond(kit, request),
    published: published as Service["published"],
    publications,
    calls: (method) =>
      method === undefined ? calls() : Effect.zipRight(named("calls", method), calls(method)),
    connect: (options) => openConnection(kit, options),
    connectThrough: (app, options) => proxied.connectThrough(kit, app, options),
    failNext: (method, fault, times = 1) =>
      Effect.zipRight(
        named("failNext", method),
        Effect.suspend(() => {
          const problem = problemOf(fault, times)
          return problem === undefined
            ? Effect.sync(() => kit.faults.order(method, fault, times))
            : usageError("failNext", problem)
        })
      ),
    answer: (method, handler) =>
      typeof handler === "function"
        ? Effect.sync(() => kit.answers.set(method, handler))
        : usageError("answer", "expected a function from the request to its reply"),
    faultsLeft: Effect.sync(() => kit.faults.left),
    restart: sync((now) => kit.restart(now))
  }
}

/**
 * A server of its own, to bind yourself. It ends with nothing, so that faults left over are not told:
 * `faultsLeft` has them.
 *
 * @since 0.1.0
 */
export const make = (options: ServerOptions = {}): Effect.Effect<Service, ConfigError> =>
  Effect.gen(function* () {
    const checked = yield* check(options)
    return serviceOf(new Kit(checked, yield* Clock.currentTimeMillis))
  })

/**
 * A server, and the transport into it: for clients with policies or methods of their own. The layer's end
 * is a defect that names the faults that were ordered and have not come, unless the test has failed.
 *
 * @since 0.1.0
 */
export const layerTransport = (
  options?: ServerOptions
): Layer.Layer<CentrifugoTest | Transport.Transport, ConfigError> =>
  Layer.provideMerge(
    Layer.effect(
      Transport.Transport,
      Effect.map(CentrifugoTest, ({ transport }) => transport)
    ),
    Layer.scoped(
      CentrifugoTest,
      Effect.tap(make(options), ({ faultsLeft }) => Leftovers.tell(faultsLeft))
    )
  )

/**
 * A server, and the client that calls it: what the program under test needs of Centrifugo. The layer's end
 * is a defect that names the faults that were ordered and have not come, unless the test has failed.
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
 * The server as an `HttpApp` of `@effect/platform`, to be mounted in a program's own HTTP server: its
 * paths begin with the `prefix` option. A connection that a fault breaks has begun its answer before.
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
 * The data of everything that was published to a channel, oldest first, whoever published it and
 * however; what the server dropped (a repeated idempotency key, an old version) is not in it. With a
 * Schema it is decoded. A typed channel is asked for by its parameters: `published(Chat, { room: 42 })`.
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

/** What of a typed channel it takes to find what was published to it. */
interface Described<D, I> {
  readonly name: (...args: ReadonlyArray<unknown>) => Either.Either<string, EncodeError>
  readonly data: Schema.Schema<D, I>
}

/**
 * The publications to a channel, or to all of them, with everything that belongs to them: tags,
 * position, key.
 *
 * @since 0.1.0
 */
export const publications = (
  channel?: string
): Effect.Effect<ReadonlyArray<Publication>, never, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.publications(channel))

/**
 * The calls that arrived, oldest first. Without a method: every request as it came, batches as a
 * whole. With one (by its wire name, `"presence_stats"`): the calls of that method, members of
 * batches included.
 *
 * @since 0.1.0
 */
export const calls = (method?: MethodName): Effect.Effect<ReadonlyArray<Call>, UsageError, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.calls(method))

/**
 * Opens the connection of a client: it is counted in presence, receives what is published to its
 * channels, and can be disconnected. It fails where a channel's namespace is not configured.
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
 * Lets the next call of a method (by its wire name) go wrong, or the next few. What was ordered first
 * happens first. Members of a batch have faults with a `code`; all others concern whole requests, so
 * with batching on they are ordered for `"batch"`. `times` is a whole number, or `Infinity` for every call from
 * now on. It fails with a `UsageError` where the method or the fault can't be.
 *
 * @example
 * ```ts
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const trouble = Effect.all([
 *   CentrifugoTest.failNext("publish", { code: 100 }),
 *   // The server does it, but the answer is lost.
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
 * Answers a method from now on in the server's place.
 *
 * @example
 * ```ts
 * import { Reply } from "@effect-centrifugo/core"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 *
 * const online = CentrifugoTest.answer("connections", () => Reply.result({ connections: {} }))
 * ```
 * @since 0.1.0
 */
export const answer = (
  method: MethodName,
  handler: Handler
): Effect.Effect<void, UsageError, CentrifugoTest> =>
  Effect.flatMap(CentrifugoTest, (kit) => kit.answer(method, handler))

/**
 * Restarts the server: connections end with code 3001, histories, maps and idempotency keys are gone,
 * and every stream begins anew under another epoch. What was recorded and ordered stays.
 *
 * @since 0.1.0
 */
export const restart: Effect.Effect<void, never, CentrifugoTest> = Effect.flatMap(
  CentrifugoTest,
  (kit) => kit.restart
)

/**
 * Calls an app of `ProxyApp.make` as the server does: posts a request of each kind, in memory. Each call takes the
 * fields that matter to the test; the others are those of a sample.
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
 * Opens the connection of a client about which the server asks an app of `ProxyApp.make`: when it connects, subscribes,
 * publishes and calls methods. The app needs a handler for each of these that the test does. `EmbeddedServer` has it too.
 *
 * @example
 * ```ts
 * import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
 * import { CentrifugoTest } from "@effect-centrifugo/testing"
 * import { Effect } from "effect"
 *
 * const app = ProxyApp.make({
 *   connect: (_, { cookies }) => Effect.succeed({ user: cookies["user"] ?? ProxyApp.anonymous }),
 *   subscribe: () => Effect.void,
 *   publish: ({ user }) => Effect.succeed({ data: `${user} says hello` })
 * })
 *
 * const test = Effect.gen(function* () {
 *   const alice = yield* CentrifugoTest.connectThrough(app, { headers: { cookie: "user=alice" } })
 *   yield* alice.subscribe("news")
 *   yield* alice.publish("news", "hello")
 *   return yield* alice.take(1) // [{ data: "alice says hello", ... }]
 * }).pipe(Effect.provide(CentrifugoTest.layer()))
 * ```
 * @since 0.1.0
 */
export const connectThrough = <E>(
  app: HttpApp.Default<E>,
  options?: proxied.ConnectThroughOptions
): Effect.Effect<
  proxied.ProxiedConnection<E>,
  E | proxied.RefusedError | UnknownChannelError | ConnectionClosedError | UsageError,
  CentrifugoTest
> => Effect.flatMap(CentrifugoTest, (kit) => kit.connectThrough(app, options))
