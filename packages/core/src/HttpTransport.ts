/**
 * The transport over any `HttpClient` of `@effect/platform`: fetch, `node:http`, Bun, undici, or a custom client with a
 * proxy or certificates.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import {
  type ConfigError,
  ResponseTooLargeError,
  TimeoutError,
  type TransportError
} from "./CentrifugoError.js"
import type { Reply } from "./internal/codec/Reply.js"
import { type CentrifugoConfig, headersOf, keyOf } from "./CentrifugoConfig.js"
import { responseOf } from "./internal/http/clientErrors.js"
import { type Ending, withDeadline } from "./internal/http/deadline.js"
import { checkedShutdown } from "./internal/http/duration.js"
import { Gate } from "./internal/http/gate.js"
import { closedError, networkError } from "./internal/http/HttpFailure.js"
import * as HttpReply from "./internal/http/HttpReply.js"
import * as platform from "./internal/http/platform.js"
import { readText, tooLarge } from "./internal/http/readText.js"
import * as Endpoints from "./Endpoints.js"
import * as CentrifugoTransport from "./CentrifugoTransport.js"

export { clean, networkError, type Origin } from "./internal/http/HttpFailure.js"
export { type HttpAnswer, read as readAnswer } from "./internal/http/HttpReply.js"

/**
 * How the transport closes.
 *
 * @since 0.1.0
 */
export interface HttpOptions {
  /**
   * How long accepted calls may continue after the scope has closed, by the system clock. Calls still in flight
   * then fail with a `NetworkError`. Default 500 milliseconds.
   */
  readonly shutdownTimeout?: Duration.DurationInput
}

/**
 * The options of `layer`: where the server is, its API key, and how the transport closes.
 *
 * @since 0.1.0
 */
export interface Options extends Endpoints.Options, HttpOptions {}

/**
 * Makes a transport over the `HttpClient` in the context. The client manages the sockets. As with every transport, an
 * attempt, including the response's body, ends at its timeout; redirects are refused; and responses are read up to
 * `maxResponseSize`. Closing the scope refuses new calls, lets calls in flight finish within `shutdownTimeout`, and
 * fails the rest.
 *
 * The transport switches off the redirects of `FetchHttpClient` through its `RequestInit`. To keep a `RequestInit` of
 * your own, provide it to the layer that contains this transport, not to `FetchHttpClient.layer` alone. A client that
 * follows redirects (`HttpClient.followRedirects`) also forwards the API key.
 *
 * The client's span is switched off, because the call already has one.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoConfig, HttpTransport } from "@effect-centrifugo/core"
 * import { Effect, Redacted } from "effect"
 *
 * const client = Effect.gen(function* () {
 *   const config = yield* CentrifugoConfig.make({
 *     url: "http://localhost:8000/api",
 *     apiKey: Redacted.make("api_key")
 *   })
 *   const transport = yield* HttpTransport.make(config)
 *   return yield* Centrifugo.fromTransport(transport)
 * })
 * ```
 * @since 0.1.0
 */
export const make = (
  config: CentrifugoConfig,
  options: HttpOptions = {}
): Effect.Effect<CentrifugoTransport.Service, ConfigError, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    const shutdownTimeout = yield* checkedShutdown(options.shutdownTimeout)
    const calls = new Gate<Ending>(Infinity, () => {})
    let isOpen = true
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isOpen = false
        return Effect.map(calls.idle(shutdownTimeout), () => {
          for (const call of calls.entries()) call.abandon()
        })
      })
    )
    const post = yield* refusingRedirects(yield* platform.HttpClient)
    const send = (call: CentrifugoTransport.Call) =>
      Effect.suspend(() =>
        isOpen ? sendOver(post, config, call, calls) : Effect.fail(closedError(call.method, "queued"))
      )
    return { send }
  })

/**
 * Provides the transport for a server or a cluster. Build clients and policies on it.
 *
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<CentrifugoTransport.CentrifugoTransport, ConfigError, HttpClient.HttpClient> =>
  Layer.scoped(
    CentrifugoTransport.CentrifugoTransport,
    Endpoints.fromOptions(options, (config) => make(config, options))
  )

type Post = HttpClient.HttpClient["post"]

/** Keeps fetch from following redirects, which would forward the API key. Other clients do not follow them. */
const refusingRedirects = (client: HttpClient.HttpClient): Effect.Effect<Post> =>
  Effect.map(
    Effect.serviceOption(platform.RequestInit),
    (built) => (url, options) =>
      Effect.flatMap(Effect.serviceOption(platform.RequestInit), (local) =>
        Effect.provideService(platform.withoutSpan(client.post(url, options)), platform.RequestInit, {
          ...Option.getOrUndefined(built),
          ...Option.getOrUndefined(local),
          redirect: "manual"
        })
      )
  )

const sendOver = (
  post: Post,
  config: CentrifugoConfig,
  call: CentrifugoTransport.Call,
  calls: Gate<Ending>
): Effect.Effect<Reply, TransportError> => {
  const { method, timeout } = call
  const { maxResponseSize, origin, path } = config
  /** Set once something may have been sent. */
  let apiKey: Redacted.Redacted | undefined
  const phase = () => (apiKey === undefined ? "queued" : "unknown")
  const failed = (error: unknown) => networkError(error, { method, origin, apiKey, phase: phase() })

  const exchange = Effect.withFiberRuntime<Reply, TransportError>((fiber) =>
    Effect.flatMap(keyOf(config, call), (key) => {
      apiKey = key
      const traceparent = CentrifugoTransport.traceparent(call, origin, fiber)
      const posted = post(`${origin}${path}/${method}`, {
        headers: headersOf(config, key, call.headers, traceparent),
        body: platform.textBody(call.body, "application/json")
      })
      // A client that fails on other statuses still has the response in its error.
      const response = Effect.catchAll(posted, (error) => {
        const answer = responseOf(error)
        return answer === undefined ? Effect.fail(failed(error)) : Effect.succeed(answer)
      })
      return Effect.flatMap(response, (response) => {
        const { headers, status } = response
        return Effect.matchEffect(readText(response, headers, maxResponseSize), {
          onFailure: (error) =>
            Effect.fail(
              error === tooLarge
                ? new ResponseTooLargeError({ method, limit: maxResponseSize })
                : failed(error)
            ),
          onSuccess: (text) => {
            const answer = {
              method,
              status,
              location: headers["location"],
              retryAfter: headers["retry-after"],
              text
            }
            return HttpReply.read(answer, key)
          }
        })
      })
    })
  )
  return withDeadline(exchange, {
    timeout,
    onTimeout: () => new TimeoutError({ method, timeout, phase: phase() }),
    onBroken: failed,
    closing: { calls, onClosed: () => closedError(method, phase()) }
  })
}
