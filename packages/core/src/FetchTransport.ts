/**
 * The transport over the global `fetch`: for Bun, Deno, Cloudflare Workers, edge functions and other runtimes that have
 * one.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { ConfigError, TimeoutError, type TransportError } from "./CentrifugoError.js"
import type { Reply } from "./internal/codec/Reply.js"
import { type CentrifugoConfig, headersOf, keyOf } from "./CentrifugoConfig.js"
import { abortController } from "./internal/http/abortController.js"
import { Exchange, type Fetch } from "./internal/http/fetchExchange.js"
import { withDeadline } from "./internal/http/deadline.js"
import { checkedShutdown } from "./internal/http/duration.js"
import { Gate } from "./internal/http/gate.js"
import { closedError, networkError } from "./internal/http/HttpFailure.js"
import * as Endpoints from "./Endpoints.js"
import * as CentrifugoTransport from "./CentrifugoTransport.js"

/**
 * How the transport uses `fetch`.
 *
 * @since 0.1.0
 */
export interface FetchOptions {
  /**
   * The `fetch` to call. Default: the global one, looked up for each call. It must honor `signal` and `redirect`. A
   * `fetch` that follows redirects also forwards the API key.
   */
  readonly fetch?: Fetch
  /** The maximum number of calls in flight. Other calls are queued. Default 64. */
  readonly maxConnections?: number
  /**
   * How long accepted calls may continue after the scope has closed, by the system clock. Calls still in flight then
   * fail with a `NetworkError`. Default 500 milliseconds.
   */
  readonly shutdownTimeout?: Duration.DurationInput
}

/**
 * The options of `layer`: where the server is, its API key, and how `fetch` is used.
 *
 * @since 0.1.0
 */
export interface Options extends Endpoints.Options, FetchOptions {}

export type {
  /**
   * A `fetch` function: the global one, undici's, or that of a Workers service binding.
   *
   * @since 0.1.0
   */
  Fetch,
  /**
   * The second argument that the transport passes to `fetch`.
   *
   * @since 0.1.0
   */
  FetchInit,
  /**
   * The part of a `Response` that the transport reads.
   *
   * @since 0.1.0
   */
  FetchResponse
} from "./internal/http/fetchExchange.js"

interface Checked {
  readonly fetch: Fetch | undefined
  readonly maxConnections: number
  readonly shutdownTimeout: number
}

const check = (options: FetchOptions): Effect.Effect<Checked, ConfigError> => {
  const fail = (option: keyof FetchOptions, detail: string) => new ConfigError({ option, detail })
  const { fetch, maxConnections = 64 } = options
  if (typeof (fetch ?? globalThis.fetch) !== "function") {
    return fail("fetch", fetch === undefined ? "this runtime has no fetch; pass one" : "expected a function")
  }
  if (!(maxConnections === Infinity || Number.isSafeInteger(maxConnections)) || maxConnections < 1) {
    return fail("maxConnections", "expected a whole number above zero, or Infinity")
  }
  return Effect.map(checkedShutdown(options.shutdownTimeout), (shutdownTimeout) => {
    return { fetch, maxConnections, shutdownTimeout }
  })
}

/**
 * Makes a transport over `fetch`. A call, including the response's body, ends at its timeout. Interrupting the caller
 * aborts the fetch. Redirects are refused. Closing the scope refuses new calls, lets calls in flight finish within
 * `shutdownTimeout`, and fails the rest.
 *
 * The runtime manages the sockets: it decides how many it opens up to `maxConnections`, and how long it keeps them.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoConfig, FetchTransport } from "@effect-centrifugo/core"
 * import { Effect, Redacted } from "effect"
 *
 * const client = Effect.gen(function* () {
 *   const config = yield* CentrifugoConfig.make({
 *     url: "http://localhost:8000/api",
 *     apiKey: Redacted.make("api_key")
 *   })
 *   const transport = yield* FetchTransport.make(config, { maxConnections: 16 })
 *   return yield* Centrifugo.fromTransport(transport)
 * })
 * ```
 * @since 0.1.0
 */
export const make = (
  config: CentrifugoConfig,
  options: FetchOptions = {}
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
 * Provides the transport for a server or a cluster.
 *
 * @example
 * ```ts
 * import { Centrifugo, FetchTransport } from "@effect-centrifugo/core"
 * import { Layer, Redacted } from "effect"
 *
 * const CentrifugoLive = Centrifugo.layerTransport().pipe(
 *   Layer.provide(FetchTransport.layer({ url: "http://localhost:8000/api", apiKey: Redacted.make("api_key") }))
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

const open = (config: CentrifugoConfig, { fetch, maxConnections, shutdownTimeout }: Checked): Opened => {
  const closed = Deferred.unsafeMake<void>(FiberId.none)
  let isOpen = true
  const gate = new Gate<Exchange>(maxConnections, (exchange) => exchange.admit())
  const shared = { config, fetch, AbortController: abortController(), gate }
  const { apiKey } = config
  const givenKey = Effect.isEffect(apiKey) ? undefined : apiKey
  const commonHeaders = givenKey === undefined ? undefined : headersOf(config, givenKey)

  const sendWith = (
    call: CentrifugoTransport.Call,
    key: Redacted.Redacted
  ): Effect.Effect<Reply, TransportError> =>
    Effect.withFiberRuntime((fiber) => {
      if (!isOpen) return closedError(call.method, "queued")
      const traceparent = CentrifugoTransport.traceparent(call, config.origin, fiber)
      const headers =
        commonHeaders !== undefined && traceparent === undefined && Object.keys(call.headers).length === 0
          ? commonHeaders
          : headersOf(config, key, call.headers, traceparent)
      const exchange = new Exchange(shared, call, headers, key)
      return CentrifugoTransport.async<Reply, TransportError>((resume) => {
        exchange.start(Context.get(fiber.currentDefaultServices, Clock.Clock), resume)
        return Effect.sync(() => exchange.interrupt())
      })
    })

  /** Reading the key is part of the call: its time counts, and closing the scope ends it. */
  const sendWithRead = (call: CentrifugoTransport.Call): Effect.Effect<Reply, TransportError> =>
    Effect.suspend(() => {
      if (!isOpen) return closedError(call.method, "queued")
      const { method, timeout } = call
      const key = Effect.raceFirst(
        keyOf(config, call),
        Effect.zipRight(Deferred.await(closed), closedError(method, "queued"))
      )
      return Effect.flatMap(Clock.currentTimeMillis, (start) =>
        Effect.flatMap(
          withDeadline<Redacted.Redacted, TransportError>(key, {
            timeout,
            onTimeout: () => new TimeoutError({ method, timeout, phase: "queued" }),
            onBroken: (error) =>
              networkError(error, { method, origin: config.origin, apiKey: undefined, phase: "queued" })
          }),
          (key) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) =>
              sendWith({ ...call, timeout: Math.max(0, timeout - (now - start)) }, key)
            )
        )
      )
    })

  const send = (call: CentrifugoTransport.Call): Effect.Effect<Reply, TransportError> =>
    givenKey !== undefined && call.headers[config.auth] === undefined
      ? sendWith(call, givenKey)
      : sendWithRead(call)

  const close = Effect.suspend(() => {
    isOpen = false
    return Effect.zipRight(
      gate.idle(shutdownTimeout),
      Effect.sync(() => {
        Deferred.unsafeDone(closed, Effect.void)
        for (const exchange of gate.entries()) exchange.abandon()
      })
    )
  })

  return { send, close }
}
