/**
 * The transport for Node.js: straight over undici's dispatcher, without a fiber or a stream per call.
 *
 * @since 0.1.0
 */
import type { CentrifugoConfig } from "@effect-centrifugo/core/CentrifugoConfig"
import { ConfigError, NetworkError, type TransportError } from "@effect-centrifugo/core/CentrifugoError"
import type { Reply } from "@effect-centrifugo/core/Reply"
import * as Transport from "@effect-centrifugo/core/Transport"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Pool } from "undici"
import { Exchange } from "./internal/exchange.js"
import { Gate } from "./internal/gate.js"

/**
 * How sockets are used.
 *
 * @since 0.1.0
 */
export interface UndiciOptions {
  /** How many sockets may be open, and so how many calls may be on their way; others wait. Default 64. */
  readonly maxConnections?: number
  /**
   * How long a socket without a call is kept open. Default 20 seconds. It has to be less than the
   * 30 seconds after which the server closes such a socket, or calls would be lost on sockets that are
   * being closed; a server that announces a shorter time of its own is heeded.
   */
  readonly keepAlive?: Duration.DurationInput
  /**
   * How long connecting may take, TLS included. Default 5 seconds: less than the default `timeout`, so
   * that the error names the address which did not answer. It is kept to within a second, by the
   * system's clock.
   */
  readonly connectTimeout?: Duration.DurationInput
  /**
   * How long calls that were accepted may go on after the scope has been closed; what is not done
   * then fails. By the system's clock. Default 500 milliseconds.
   */
  readonly shutdownTimeout?: Duration.DurationInput
}

interface Checked {
  readonly maxConnections: number
  readonly keepAlive: number
  readonly connectTimeout: number
  readonly shutdownTimeout: number
}

/** What a timer of Node can hold. */
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
    return {
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

const closed = "the scope of the transport is closed"

/**
 * A transport over sockets of its own, which live as long as the scope. Closing the scope refuses new
 * calls, lets those under way end within `shutdownTimeout`, and fails the rest: none is left waiting.
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
 *   return Centrifugo.fromTransport(transport)
 * })
 * ```
 * @since 0.1.0
 */
export const make = (
  config: CentrifugoConfig,
  options: UndiciOptions = {}
): Effect.Effect<Transport.Service, ConfigError, Scope.Scope> =>
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
 * The same as a layer, for policies and clients that take their transport from the context.
 *
 * @since 0.1.0
 */
export const layer = (
  config: CentrifugoConfig,
  options?: UndiciOptions
): Layer.Layer<Transport.Transport, ConfigError> => Layer.scoped(Transport.Transport, make(config, options))

interface Opened extends Transport.Service {
  readonly close: Effect.Effect<void>
}

const open = (config: CentrifugoConfig, options: Checked): Opened => {
  let isOpen = true
  const sockets = new AbortController()
  const pool = new Pool(config.origin, {
    connections: options.maxConnections,
    pipelining: 1,
    keepAliveTimeout: options.keepAlive,
    keepAliveMaxTimeout: options.keepAlive,
    // The call's own deadline covers the whole of it.
    headersTimeout: 0,
    bodyTimeout: 0,
    // The pool forgets a socket that is still connecting when it is destroyed; the signal does not.
    connect: { timeout: options.connectTimeout, signal: sockets.signal }
  })
  const headersOf = makeHeaders(config)

  const gate: Gate<Exchange> = new Gate(options.maxConnections, (exchange) => {
    const call = exchange.take()
    if (call === undefined) return gate.leave(exchange)
    const { body, headers, method } = call
    try {
      pool.dispatch(
        { method: "POST", path: `${config.path}/${method}`, headers: headersOf(headers), body },
        exchange
      )
    } catch (error) {
      exchange.onResponseError(undefined, error instanceof Error ? error : new Error(String(error)))
    }
  })

  const send = (call: Transport.Call): Effect.Effect<Reply, TransportError> =>
    Effect.withFiberRuntime((fiber) =>
      isOpen
        ? Effect.async((resume) => {
            const exchange = new Exchange(call, gate, config, resume)
            exchange.start(fiber)
            return Effect.sync(() => exchange.interrupt())
          })
        : new NetworkError({ method: call.method, phase: "queued", detail: closed })
    )

  const close = Effect.suspend(() => {
    isOpen = false
    return Effect.zipRight(
      idle(gate, options.shutdownTimeout),
      Effect.promise(async () => {
        for (const exchange of gate.entries()) exchange.abandon(closed)
        const destroyed = pool.destroy()
        sockets.abort()
        await destroyed
      })
    )
  })

  return { send, close }
}

/** The header array of a call. The key is in no object, so that nothing printed can show it. */
const makeHeaders = (config: CentrifugoConfig) => {
  const common = {
    "content-type": "application/json",
    "x-api-key": Redacted.value(config.apiKey),
    ...config.headers
  }
  const flat = Object.entries(common).flat()
  return (headers: Transport.Call["headers"]): Array<string> => {
    const own = Object.entries(headers)
    if (own.length === 0) return flat
    return Object.entries({
      ...common,
      ...Object.fromEntries(own.map(([name, value]) => [name.toLowerCase(), value]))
    }).flat()
  }
}

/** Waits until every caller has its outcome, for so many milliseconds at most. */
const idle = (gate: Gate<Exchange>, millis: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    gate.onIdle(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
  })
