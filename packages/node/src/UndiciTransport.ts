/**
 * The transport for Node.js. It uses undici's dispatcher directly, without a fiber or a stream per call.
 *
 * @since 0.1.0
 */
import { type CentrifugoConfig, headersOf, keyOf } from "@effect-centrifugo/core/CentrifugoConfig"
import { ConfigError, TimeoutError, type TransportError } from "@effect-centrifugo/core/CentrifugoError"
import type { Reply } from "@effect-centrifugo/core/CentrifugoTransport"
import * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"
import * as Endpoints from "@effect-centrifugo/core/Endpoints"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Dispatcher } from "undici"
import { closedError, Exchange } from "./internal/exchange.js"
import { Gate } from "./internal/gate.js"
import * as Sockets from "./internal/sockets.js"
import { clearTimeout, setTimeout } from "./internal/timers.js"

/**
 * Options of the sockets.
 *
 * @since 0.1.0
 */
export interface UndiciOptions {
  /** The maximum number of open sockets, and so of calls in flight. Further calls are queued. Default 64. */
  readonly maxConnections?: number
  /**
   * How long an idle socket stays open. Default 20 seconds. It must be less than the 30 seconds after which the
   * server closes idle sockets; otherwise calls would fail on sockets that are being closed. A shorter time
   * announced by the server takes precedence.
   */
  readonly keepAlive?: Duration.DurationInput
  /**
   * The time limit for connecting, including DNS lookup and TLS, by the system clock. Default 5 seconds: less
   * than the default `timeout`, so that the error names the address that did not respond. If a host name has
   * several addresses, they are tried in parallel, each 250 milliseconds after the previous one. The limit covers
   * all of them together.
   */
  readonly connectTimeout?: Duration.DurationInput
  /**
   * How long accepted calls may continue after the scope has closed, by the system clock. Calls still in flight
   * then fail. Default 500 milliseconds.
   */
  readonly shutdownTimeout?: Duration.DurationInput
  /**
   * A dispatcher of undici 7 or newer, instead of this transport's sockets: for a proxy, certificates, or a
   * Unix socket. Any other value, such as an `Agent` of `node:http` or of undici 6, fails with a `ConfigError`.
   * The transport never closes the dispatcher. The dispatcher manages its own sockets, so you can't set
   * `keepAlive` and `connectTimeout` beside it. It gets at most `maxConnections` calls at a time. A dispatcher
   * that follows redirects also forwards the API key.
   *
   * @example
   * ```ts
   * import { CentrifugoNode } from "@effect-centrifugo/node"
   * import { Redacted } from "effect"
   * import { ProxyAgent } from "undici"
   *
   * const CentrifugoLive = CentrifugoNode.layer({
   *   url: "https://push.example.com/api",
   *   apiKey: Redacted.make("api_key"),
   *   dispatcher: new ProxyAgent("http://proxy.example.com:3128")
   * })
   * ```
   */
  readonly dispatcher?: Dispatcher
}

interface Checked {
  readonly maxConnections: number
  readonly keepAlive: number
  readonly connectTimeout: number
  readonly shutdownTimeout: number
  readonly dispatcher: Dispatcher | undefined
}

/** The longest delay of a Node timer, in milliseconds. */
const longest = 2_147_483_647

const millis = (
  option: keyof UndiciOptions,
  input: Duration.DurationInput,
  isValid: (millis: number) => boolean,
  expected: string
): Effect.Effect<number, ConfigError> => {
  const duration = Duration.decodeUnknown(input)
  const value = duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
  return isValid(value) ? Effect.succeed(value) : new ConfigError({ option, detail: `expected ${expected}` })
}

const check = (options: UndiciOptions): Effect.Effect<Checked, ConfigError> =>
  Effect.gen(function* () {
    const { connectTimeout = 5000, keepAlive = 20_000, maxConnections = 64, shutdownTimeout = 500 } = options
    if (!Number.isSafeInteger(maxConnections) || maxConnections < 1) {
      return yield* new ConfigError({
        option: "maxConnections",
        detail: "expected a whole number above zero"
      })
    }
    const { dispatcher } = options
    const problem = dispatcher === undefined ? undefined : Sockets.problemOf(dispatcher)
    if (problem !== undefined) return yield* new ConfigError({ option: "dispatcher", detail: problem })
    if (dispatcher === undefined && !Sockets.areSupported) {
      return yield* new ConfigError({
        option: "dispatcher",
        detail:
          "this runtime (Bun?) replaces undici with its own, whose pools have no dispatch; " +
          "use Centrifugo.layerFetch of @effect-centrifugo/core"
      })
    }
    const idle = (["keepAlive", "connectTimeout"] as const).find((name) => options[name] !== undefined)
    if (dispatcher !== undefined && idle !== undefined) {
      return yield* new ConfigError({
        option: idle,
        detail: "it has no effect on your own dispatcher; set it there"
      })
    }
    return {
      dispatcher,
      maxConnections,
      keepAlive: yield* millis(
        "keepAlive",
        keepAlive,
        (value) => value >= 1 && value < 30_000,
        "a duration of at least a millisecond and below 30 seconds, when the server closes idle connections"
      ),
      connectTimeout: yield* millis(
        "connectTimeout",
        connectTimeout,
        (value) => value >= 1 && value <= longest,
        'a duration of at least a millisecond and at most 24 days, such as "5 seconds"'
      ),
      shutdownTimeout: yield* millis(
        "shutdownTimeout",
        shutdownTimeout,
        (value) => value >= 0 && value <= longest,
        'a duration of at most 24 days, such as "500 millis"'
      )
    }
  })

/**
 * Makes a transport with its own sockets, which close with the scope. Closing the scope rejects new calls, lets
 * calls in flight finish within `shutdownTimeout`, and fails the rest, so that no caller waits forever.
 *
 * On Bun, which replaces undici with its own implementation, it fails with a `ConfigError` unless you pass a
 * `dispatcher`. The error names the transport to use.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoConfig } from "@effect-centrifugo/core"
 * import { UndiciTransport } from "@effect-centrifugo/node"
 * import { Effect, Redacted } from "effect"
 *
 * const client = Effect.gen(function* () {
 *   const config = yield* CentrifugoConfig.make({
 *     url: "http://localhost:8000/api",
 *     apiKey: Redacted.make("api_key")
 *   })
 *   const transport = yield* UndiciTransport.make(config, { maxConnections: 16 })
 *   return yield* Centrifugo.fromTransport(transport)
 * })
 * ```
 * @since 0.1.0
 */
export const make = (
  config: CentrifugoConfig,
  options: UndiciOptions = {}
): Effect.Effect<CentrifugoTransport.Service, ConfigError, Scope.Scope> =>
  Effect.flatMap(check(options), (checked) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => open(config, checked)),
        ({ close }) => close
      ),
      ({ send }) => ({ send })
    )
  )

/**
 * Options of `layer`: the server's URL, key and headers, and sockets.
 *
 * @since 0.1.0
 */
export interface Options extends Endpoints.Options, UndiciOptions {}

/**
 * The transport as a layer. It has the URL, the key, the headers and the sockets. Provide it to policies and
 * clients.
 *
 * @example
 * ```ts
 * import { Batcher, Centrifugo, CentrifugoPro, RetryPolicy, Timeouts } from "@effect-centrifugo/core"
 * import { UndiciTransport } from "@effect-centrifugo/node"
 * import { Layer, Redacted } from "effect"
 *
 * const live = Layer.merge(Centrifugo.layerTransport(), CentrifugoPro.layerTransport()).pipe(
 *   Layer.provide(Batcher.layer({ maxSize: 1000, concurrency: 4 })),
 *   Layer.provide(RetryPolicy.layer(RetryPolicy.transient)),
 *   Layer.provide(Timeouts.layer({ timeout: "2 seconds", deadline: "10 seconds" })),
 *   Layer.provide(UndiciTransport.layer({ url: "http://localhost:8000/api", apiKey: Redacted.make("api_key") }))
 * )
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<CentrifugoTransport.CentrifugoTransport, ConfigError> =>
  Layer.scoped(
    CentrifugoTransport.CentrifugoTransport,
    Endpoints.fromOptions(options, (config) => make(config, options))
  )

interface Opened extends CentrifugoTransport.Service {
  readonly close: Effect.Effect<void>
}

const open = (config: CentrifugoConfig, options: Checked): Opened => {
  let isOpen = true
  let close!: () => void
  const closing = new Promise<void>((resolve) => (close = resolve))
  const sockets =
    options.dispatcher === undefined ? Sockets.own(config.origin, options) : Sockets.given(options.dispatcher)
  const headersFor = makeHeaders(config)

  const gate: Gate<Exchange> = new Gate(options.maxConnections, (exchange) => {
    const call = exchange.take()
    if (call === undefined) return gate.leave(exchange)
    const { body, headers, method } = call
    try {
      sockets.dispatcher().dispatch(
        {
          origin: config.origin,
          method: "POST",
          path: `${config.path}/${method}`,
          headers: headersFor(exchange, headers),
          body,
          reset: Sockets.areUsedOnce(),
          // The call's own timeout covers the response.
          headersTimeout: 0,
          bodyTimeout: 0
        },
        exchange
      )
    } catch (error) {
      exchange.onResponseError(undefined, error)
    }
  })

  const shared = { config, gate, sockets }

  const sendWith = (
    call: CentrifugoTransport.Call,
    apiKey: Redacted.Redacted
  ): Effect.Effect<Reply, TransportError> =>
    Effect.withFiberRuntime((fiber) => {
      if (!isOpen) return closedError(call.method, "queued")
      const traceparent = CentrifugoTransport.traceparent(call, config.origin, fiber)
      const exchange = new Exchange(call, apiKey, traceparent, shared)
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      return CentrifugoTransport.async<Reply, TransportError>((resume) => {
        exchange.start(clock, resume)
        return Effect.sync(() => exchange.interrupt())
      })
    })

  const send = (call: CentrifugoTransport.Call): Effect.Effect<Reply, TransportError> =>
    isGiven(config.apiKey) && call.headers[config.auth] === undefined
      ? sendWith(call, config.apiKey)
      : Effect.flatMap(withKey(config, call, closing), ({ call, key }) => sendWith(call, key))

  const end = Effect.suspend(() => {
    isOpen = false
    close()
    return Effect.zipRight(
      idle(gate, options.shutdownTimeout),
      Effect.promise(async () => {
        for (const exchange of gate.entries()) exchange.abandon()
        await sockets.close()
      })
    )
  })

  return { send, close: end }
}

const isGiven = (key: CentrifugoConfig["apiKey"]): key is Redacted.Redacted => !Effect.isEffect(key)

/** Reading the key is part of the call and counts towards its timeout. */
const withKey = (config: CentrifugoConfig, call: CentrifugoTransport.Call, closing: Promise<void>) =>
  Effect.gen(function* () {
    const { method, timeout } = call
    const start = yield* Clock.currentTimeMillis
    const read = Effect.timeoutFail(keyOf(config, call), {
      duration: timeout,
      onTimeout: () => new TimeoutError({ method, timeout, phase: "queued" })
    })
    // A call that still waits for its key when the transport closes can no longer be sent.
    const ended = Effect.zipRight(
      Effect.promise(() => closing),
      closedError(method, "queued")
    )
    const key = yield* Effect.raceFirst(read, ended)
    const elapsed = (yield* Clock.currentTimeMillis) - start
    return { key, call: { ...call, timeout: Math.max(0, timeout - elapsed) } }
  })

/** Builds the header array of a call. No object property holds the key, so printing cannot reveal it. */
const makeHeaders = (config: CentrifugoConfig) => {
  const flatten = (key: Redacted.Redacted, own?: CentrifugoTransport.Call["headers"], traceparent?: string) =>
    Object.entries(headersOf(config, key, own, traceparent)).flat()
  const common = isGiven(config.apiKey) ? flatten(config.apiKey) : undefined
  const isTraceGiven = "traceparent" in config.headers
  return ({ apiKey, traceparent }: Exchange, own: CentrifugoTransport.Call["headers"]): Array<string> => {
    if (common === undefined || Object.keys(own).length > 0) return flatten(apiKey, own, traceparent)
    return traceparent === undefined || isTraceGiven ? common : [...common, "traceparent", traceparent]
  }
}

/** Waits until every caller has its outcome, for at most `millis` milliseconds. */
const idle = (gate: Gate<Exchange>, millis: number): Effect.Effect<void> =>
  CentrifugoTransport.async((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    gate.onIdle(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
  })
