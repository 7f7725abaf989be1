/** The service of the test kit, and its constructor. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { ConfigError, type UnknownChannelError } from "@effect-centrifugo/core/CentrifugoError"
import type { methods, proMethods } from "@effect-centrifugo/core/CentrifugoApi"
import type * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"
import { type Backend, make as makeBackend, type ServerProxy } from "./backend.js"
import { connect as openConnection, type Connection, type ConnectOptions } from "./connect.js"
import { type ConnectionClosedError, UsageError } from "./errors.js"
import { type Fault, type Leftover, problemOf } from "./faults.js"
import type { ErrorMode, HttpOutcome, HttpRequest } from "./http.js"
import { type Handler, Kit, respond } from "./Kit.js"
import * as proxied from "./proxied.js"
import { type Call, type Log, toCall } from "./records.js"
import type { ChannelConfig } from "./server/ChannelConfig.js"
import { make as checkChannels, permissive } from "./server/Channels.js"
import { type Publication, toPublication } from "./server/Message.js"
import * as directTransport from "./transport.js"

/**
 * Options of the test server.
 *
 * @since 0.1.0
 */
export interface ServerOptions {
  /**
   * The `channel` section of the server's configuration, in the form of the configuration file. Options that do
   * not affect server API responses are ignored. Default: every namespace exists, with history (100
   * publications, five minutes) and presence.
   */
  readonly channel?: ChannelConfig
  /** `http_api.key`. Default `"test-key"`. */
  readonly apiKey?: string
  /** `http_api.error_mode`. Default `"default"`. */
  readonly errorMode?: ErrorMode
  /** `http_api.handler_prefix`. Default `"/api"`. */
  readonly prefix?: string
  /**
   * Custom responses by wire method name, used instead of the server's own. For PRO methods, for `rpc`, and for
   * your own methods.
   */
  readonly answers?: { readonly [method: string]: Handler }
  /**
   * The number of recent calls, and of recent publications, to keep for `calls`, `published` and `publications`.
   * 0 keeps none. Default 100,000.
   */
  readonly keep?: number
  /**
   * The total size limit of the kept calls, in characters of their bodies, and of the kept publications, in
   * characters of their data. The oldest are dropped first. Default 64 Mi (67,108,864).
   */
  readonly keepSize?: number
  /** The app of proxy handlers that the server calls for the connections of `connectProxied`. Default: none. */
  readonly proxy?: ServerProxy
}

/**
 * A method name on the wire, such as `"presence_stats"`. Your own methods can have any name.
 *
 * @since 0.1.0
 */
export type MethodName =
  | (typeof methods)[keyof typeof methods]["method"]
  | (typeof proMethods)[keyof typeof proMethods]["method"]
  | "batch"
  | (string & {})

/**
 * Controls and inspects the server from a test. The functions of this module do the same for the server in the
 * context.
 *
 * @since 0.1.0
 */
export interface Service {
  /** A transport that calls the server directly, without a socket. */
  readonly transport: CentrifugoTransport.Service
  /**
   * Answers an HTTP request. It never fails: an unexpected exception gives status 500 and is logged with its
   * cause.
   */
  readonly respond: (request: HttpRequest) => Effect.Effect<HttpOutcome>
  /** The data published to a channel, oldest first. With a Schema, the data is decoded. */
  readonly published: {
    (channel: string): Effect.Effect<ReadonlyArray<unknown>>
    <A, I, R>(
      channel: string,
      schema: Schema.Schema<A, I, R>
    ): Effect.Effect<ReadonlyArray<A>, ParseResult.ParseError, R>
  }
  /** The publications to one channel, or to all channels, oldest first. */
  readonly publications: (channel?: string) => Effect.Effect<ReadonlyArray<Publication>>
  /** The received calls of one method, or of all methods, oldest first. */
  readonly calls: (method?: MethodName) => Effect.Effect<ReadonlyArray<Call>, UsageError>
  /** Opens a connection. Fails if the namespace of a requested channel is not configured. */
  readonly connect: (
    options?: ConnectOptions
  ) => Effect.Effect<Connection, UnknownChannelError | ConnectionClosedError | UsageError>
  /** Opens a connection that goes through the server's `proxy`. It closes with the scope. */
  readonly connectProxied: (
    options?: proxied.ConnectProxiedOptions
  ) => Effect.Effect<
    proxied.ProxiedConnection,
    proxied.RefusedError | UnknownChannelError | ConnectionClosedError | UsageError,
    Scope.Scope
  >
  /** Injects a fault into the next call of a method, or into the next `times` calls. */
  readonly failNext: (method: MethodName, fault: Fault, times?: number) => Effect.Effect<void, UsageError>
  /** Answers a method with the handler from now on, instead of the server. */
  readonly answer: (method: MethodName, handler: Handler) => Effect.Effect<void, UsageError>
  /** The injected faults that have not happened yet, without those injected with `times: Infinity`. */
  readonly faultsLeft: Effect.Effect<ReadonlyArray<Leftover>>
  /** Restarts the server: everything it held in memory is lost. */
  readonly restart: Effect.Effect<void>
}

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

const check = (options: ServerOptions) =>
  Effect.gen(function* () {
    const { answers = {}, apiKey = "test-key", errorMode = "default", prefix = "/api" } = options
    const { keep = 100_000, keepSize = 64 * 1024 * 1024 } = options
    // Environment variables and untyped JavaScript can pass any value.
    if (typeof apiKey !== "string" || !/^[\x21-\x7e]+$/.test(apiKey)) {
      return yield* fail("apiKey", "expected a non-empty string of ASCII characters without spaces")
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

/** Without this warning, a test could miss records without knowing. */
const warnOfForgotten = <A>(log: Log<A>, what: string) =>
  log.forgotten === 0
    ? Effect.void
    : Effect.logWarning(
        `CentrifugoTest dropped the oldest ${log.forgotten} ${what}; raise the options keep and keepSize to keep more`
      )

const serviceOf = (kit: Kit, backend: Backend | undefined): Service => {
  const sync = <A>(f: (now: number) => A) => Effect.map(Clock.currentTimeMillis, f)
  const publications = (channel?: string) =>
    sync((now) => {
      // Map keys can expire without a call, so read the state at the current time.
      return kit.look(now, () => kit.messages.items(channel)).map(toPublication)
    }).pipe(Effect.zipLeft(warnOfForgotten(kit.messages, "publications")))
  const published = <A, I, R>(channel: string, schema?: Schema.Schema<A, I, R>) => {
    const data = Effect.map(publications(channel), (all) =>
      all.filter(({ removed }) => removed !== true).map((publication) => publication.data)
    )
    return schema === undefined ? data : Effect.flatMap(data, Schema.decodeUnknown(Schema.Array(schema)))
  }
  /** A misspelt method is never called, so a test that relies on it would prove nothing. */
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
    transport: directTransport.make(kit),
    respond: (request) => respond(kit, request),
    published: published as Service["published"],
    publications,
    calls: (method) =>
      method === undefined ? calls() : Effect.zipRight(named("calls", method), calls(method)),
    connect: (options) => openConnection(kit, options),
    connectProxied: (options) =>
      backend === undefined
        ? usageError("connectProxied", "the server has no proxy: set the proxy option")
        : proxied.connectProxied(kit, backend, options),
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
        : usageError("answer", "expected a function that takes the request and returns its reply"),
    faultsLeft: Effect.sync(() => kit.faults.left),
    restart: sync((now) => kit.restart(now))
  }
}

export const make = (options: ServerOptions): Effect.Effect<Service, ConfigError> =>
  Effect.gen(function* () {
    const checked = yield* check(options)
    const backend = options.proxy === undefined ? undefined : yield* makeBackend(options.proxy)
    return serviceOf(new Kit(checked, yield* Clock.currentTimeMillis), backend)
  })
