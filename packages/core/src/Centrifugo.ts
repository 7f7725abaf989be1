/**
 * The client for the server API of Centrifugo.
 *
 * @since 0.1.0
 */
import type { HttpClient } from "@effect/platform/HttpClient"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ConfigError, EncodeError } from "./CentrifugoError.js"
import { type Methods, methods } from "./internal/api/Api.js"
import * as FetchTransport from "./FetchTransport.js"
import * as Settings from "./internal/call/Settings.js"
import * as CentrifugoConfig from "./CentrifugoConfig.js"
import * as HttpTransport from "./HttpTransport.js"
import * as CentrifugoTransport from "./CentrifugoTransport.js"
import type { BroadcastPayload } from "./internal/api/Publishing.js"
import { inParts, type PartsOptions, type PartsOutcome } from "./internal/client/inParts.js"
import { derive, type Functions, type Sending } from "./internal/client/derive.js"

/**
 * The client: a function per method of the open-source server, and functions that send requests.
 *
 * @since 0.1.0
 */
export interface Service extends Functions<Methods>, Sending {}

/**
 * The context tag of the client.
 *
 * @since 0.1.0
 */
export class Centrifugo extends Context.Tag("@effect-centrifugo/core/Centrifugo")<Centrifugo, Service>() {}

/**
 * Makes a client over any transport. The options are its policies. The client lives as long as the scope, which must
 * close before the transport's scope.
 *
 * @since 0.1.0
 */
export const fromTransport: (
  transport: CentrifugoTransport.Service,
  options?: Settings.Options
) => Effect.Effect<Service, ConfigError, Scope.Scope> = derive(methods)

/**
 * Provides the client over the transport in the context, with the policies in the context: `Timeouts.layer`,
 * `RetryPolicy.layer` and `Batcher.layer`, in any order. The options set the policies of this client alone.
 *
 * @example
 * ```ts
 * import { Batcher, Centrifugo, HttpTransport, RetryPolicy, Timeouts } from "@effect-centrifugo/core"
 * import { FetchHttpClient } from "@effect/platform"
 * import { Layer, Redacted } from "effect"
 *
 * const live = Centrifugo.layerTransport().pipe(
 *   Layer.provide(Batcher.layer({ maxSize: 1000, concurrency: 4 })),
 *   Layer.provide(RetryPolicy.layer(RetryPolicy.transient)),
 *   Layer.provide(Timeouts.layer({ timeout: "2 seconds", deadline: "10 seconds" })),
 *   Layer.provide(HttpTransport.layer({ url: "http://localhost:8000/api", apiKey: Redacted.make("api_key") })),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 * @since 0.1.0
 */
export const layerTransport = (
  options: Settings.Options = {}
): Layer.Layer<Centrifugo, ConfigError, CentrifugoTransport.CentrifugoTransport> =>
  // Fresh: a program may use one client layer for the transports of two clusters.
  Layer.fresh(
    Layer.scoped(
      Centrifugo,
      Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) => fromTransport(transport))
    ).pipe(Layer.provide(Settings.layer(options)))
  )

/**
 * The options of `make` and `layer`: the server's address and API key, and the policies.
 *
 * @since 0.1.0
 */
export interface Options extends HttpTransport.Options, Settings.Options {}

/**
 * Makes a client over the `HttpClient` in the context. Use it for several clusters in one program, each client under its
 * own Tag.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Context, Layer, Redacted } from "effect"
 *
 * class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
 *
 * const EuLive = Layer.scoped(
 *   Eu,
 *   Centrifugo.make({ url: "https://eu.example.com/api", apiKey: Redacted.make("api_key") })
 * )
 * ```
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<Service, ConfigError, HttpClient | Scope.Scope> =>
  Effect.map(Layer.build(layer(options)), Context.get(Centrifugo))

/**
 * Makes a client with its URL and key from `Config`, as `layerConfig` does. Use it for several clusters whose
 * addresses are in the environment, each client under its own Tag.
 *
 * Fails with Effect's `ConfigError` (tag `ConfigError`) if a variable is missing, and with this library's
 * `ConfigError` (tag `CentrifugoConfigError`) if a value cannot work.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Config } from "effect"
 *
 * const eu = Centrifugo.makeConfig({
 *   name: "eu",
 *   url: Config.string("EU_API_URL"),
 *   apiKey: Config.redacted("EU_API_KEY")
 * })
 * ```
 * @since 0.1.0
 */
export const makeConfig = (
  options: CentrifugoConfig.FromConfig<Options> = {}
): Effect.Effect<Service, ConfigError | MissingConfig, HttpClient | Scope.Scope> =>
  Effect.flatMap(CentrifugoConfig.read(options), make)

/**
 * Provides the client over the `HttpClient` in the context: see `HttpTransport`. On Node.js, `CentrifugoNode.layer` is
 * faster and needs no `HttpClient`.
 *
 * Fails with a `ConfigError` if an option is invalid. It does not connect: use `check` to test that the server accepts
 * calls.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Layer, Redacted } from "effect"
 *
 * const CentrifugoLive = Centrifugo.layer({
 *   url: "http://localhost:8000/api",
 *   apiKey: Redacted.make("api_key")
 * }).pipe(Layer.provide(FetchHttpClient.layer))
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Centrifugo, ConfigError, HttpClient> =>
  Layer.provide(layerTransport(options), HttpTransport.layer(options))

/**
 * Provides the client with its URL and key from `Config`. Default: `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Config } from "effect"
 *
 * const fromEnvironment = Centrifugo.layerConfig()
 * const named = Centrifugo.layerConfig({ url: Config.string("PUSH_URL"), timeout: "2 seconds" })
 * ```
 * @since 0.1.0
 */
export const layerConfig = (
  options: CentrifugoConfig.FromConfig<Options> = {}
): Layer.Layer<Centrifugo, ConfigError | MissingConfig, HttpClient> =>
  Layer.unwrapEffect(Effect.map(CentrifugoConfig.read(options), layer))

/**
 * The options of `makeFetch` and `layerFetch`: the server's address and API key, the policies, and the use of `fetch`.
 *
 * @since 0.1.0
 */
export interface FetchOptions extends Options, FetchTransport.FetchOptions {}

/**
 * Makes a client over the global `fetch`. Use it for several clusters in one program, each client under its own Tag.
 * When the scope closes, calls in flight have `shutdownTimeout` to finish.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Context, Layer, Redacted } from "effect"
 *
 * class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
 *
 * const EuLive = Layer.scoped(
 *   Eu,
 *   Centrifugo.makeFetch({ url: "https://eu.example.com/api", apiKey: Redacted.make("api_key") })
 * )
 * ```
 * @since 0.1.0
 */
export const makeFetch = (options: FetchOptions): Effect.Effect<Service, ConfigError, Scope.Scope> =>
  Effect.map(Layer.build(layerFetch(options)), Context.get(Centrifugo))

/**
 * Makes a client over the global `fetch` with its URL and key from `Config`, as `layerFetchConfig` does:
 * see `makeConfig`.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Config } from "effect"
 *
 * const eu = Centrifugo.makeFetchConfig({
 *   name: "eu",
 *   url: Config.string("EU_API_URL"),
 *   apiKey: Config.redacted("EU_API_KEY")
 * })
 * ```
 * @since 0.1.0
 */
export const makeFetchConfig = (
  options: CentrifugoConfig.FromConfig<FetchOptions> = {}
): Effect.Effect<Service, ConfigError | MissingConfig, Scope.Scope> =>
  Effect.flatMap(CentrifugoConfig.read(options), makeFetch)

/**
 * Provides the client over the global `fetch`: on Bun, Deno, Cloudflare Workers, edge functions and other runtimes that
 * have one. It does not need `@effect/platform`. On Node.js, `CentrifugoNode.layer` is faster.
 *
 * Fails with a `ConfigError` if an option is invalid. It does not connect: use `check` to test that the server accepts
 * calls.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   return yield* centrifugo.publish({ channel: "news", data: { text: "hello" } })
 * })
 *
 * const runnable = program.pipe(
 *   Effect.provide(Centrifugo.layerFetch({ url: "http://localhost:8000/api", apiKey: Redacted.make("api_key") }))
 * )
 * ```
 * @since 0.1.0
 */
export const layerFetch = (options: FetchOptions): Layer.Layer<Centrifugo, ConfigError> =>
  Layer.provide(layerTransport(options), FetchTransport.layer(options))

/**
 * Provides the client of `layerFetch` with its URL and key from `Config`. Default: `CENTRIFUGO_API_URL` and
 * `CENTRIFUGO_API_KEY`.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 *
 * const fromEnvironment = Centrifugo.layerFetchConfig()
 * const patient = Centrifugo.layerFetchConfig({ timeout: "30 seconds" })
 * ```
 * @since 0.1.0
 */
export const layerFetchConfig = (
  options: CentrifugoConfig.FromConfig<FetchOptions> = {}
): Layer.Layer<Centrifugo, ConfigError | MissingConfig> =>
  Layer.unwrapEffect(Effect.map(CentrifugoConfig.read(options), layerFetch))

/**
 * Broadcasts to any number of channels, in requests of at most `size` channels, a few at a time. One request for
 * 100,000 channels keeps the server busy for about two seconds, and everything in it fails together.
 *
 * - There is one outcome per channel, in the given order. If the request of a part fails, each of its channels has
 *   that error; the other parts are still sent. `Batch.requireAll` turns any failure into a
 *   `PartialFailureError` with all outcomes.
 * - Each part is a call with its own timeout, retries and, if the retry policy needs one, its own idempotency key. An
 *   `idempotencyKey` of yours goes with every part: the server compares keys per channel. So a second broadcast with
 *   the same key, after a partial failure, publishes only to the channels that lack it.
 *
 * Fails with an `EncodeError` for data or options that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Effect, Either } from "effect"
 *
 * const announce = (channels: ReadonlyArray<string>) =>
 *   Centrifugo.broadcastInParts({ channels, data: { kind: "sale" }, idempotencyKey: "sale-2026" }).pipe(
 *     Effect.map((outcomes) => outcomes.filter(({ outcome }) => Either.isLeft(outcome)))
 *   )
 * ```
 * @since 0.1.0
 */
export const broadcastInParts = (
  payload: BroadcastPayload,
  options: PartsOptions = {}
): Effect.Effect<Array<PartsOutcome>, EncodeError, Centrifugo> =>
  Effect.flatMap(Centrifugo, ({ broadcast }) => inParts(broadcast, payload, options))

export type { PartsOptions, PartsOutcome } from "./internal/client/inParts.js"

export {
  type Item,
  type Options as SendAllOptions,
  type Outcome,
  type SendAll,
  type Sent,
  type Source
} from "./internal/client/sendAll.js"
export { type Options as Policies } from "./internal/call/Settings.js"

export {
  /**
   * Logs failures as warnings instead of failing. Use it for publications that must not stop the work they report on.
   * Also logs defects, and failed parts of a broadcast or batch. The log contains the method, the error and what to do,
   * and never a payload, the API key or a response's body. Interruption still interrupts.
   *
   * @example
   * ```ts
   * import { Centrifugo } from "@effect-centrifugo/core"
   * import { Effect } from "effect"
   *
   * const announce = Effect.gen(function* () {
   *   const centrifugo = yield* Centrifugo.Centrifugo
   *   yield* centrifugo.publish({ channel: "news", data: { text: "hello" } }).pipe(Centrifugo.logFailure)
   * })
   * ```
   * @since 0.1.0
   */
  logFailure
} from "./internal/client/logFailure.js"
