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
import type { ConfigError } from "./CentrifugoError.js"
import type * as CentrifugoApi from "./CentrifugoApi.js"
import { type Methods, methods } from "./internal/api/Api.js"
import * as FetchTransport from "./FetchTransport.js"
import * as Settings from "./internal/call/Settings.js"
import * as CentrifugoConfig from "./CentrifugoConfig.js"
import * as HttpTransport from "./HttpTransport.js"
import * as CentrifugoTransport from "./CentrifugoTransport.js"
import { derive, type Functions, type Sending } from "./internal/client/derive.js"

/**
 * The open-source server's API, one function per method.
 *
 * @since 0.1.0
 */
export interface Service extends Functions<Methods>, Sending {
  /** Reads the publications of a channel's history, and the position of its top. */
  readonly history: {
    /**
     * Reads the publications of a channel's history, and the position of its top (`offset`, `epoch`). `schema` decodes each
     * publication's `data`.
     *
     * Fails as without a schema. Data that the schema refuses fails the call with a `DecodeError`.
     */
    <D, I>(
      payload: CentrifugoApi.TypedHistoryPayload<D, I>
    ): Effect.Effect<CentrifugoApi.TypedHistory<D>, CentrifugoApi.HistoryError>
    /**
     * Reads the publications of a channel's history, and the position of its top (`offset`, `epoch`). Without a `limit`, it
     * reads the position alone.
     *
     * Fails with `NotAvailableError` where the namespace keeps no history, `UnrecoverablePositionError` where `since.epoch`
     * is another stream's, `UnknownChannelError`, `BadRequestError` and `InternalError`.
     */
    (
      payload: CentrifugoApi.HistoryPayload
    ): Effect.Effect<CentrifugoApi.HistoryResult, CentrifugoApi.HistoryError>
  }
  /** Calls a method that the server has been extended with. */
  readonly rpc: {
    /**
     * Calls a method that the server has been extended with. `schema` decodes the answer's `data`, `paramsSchema` encodes
     * `params`.
     *
     * Fails as without schemas. Data that `schema` refuses fails the call with a `DecodeError`, params that `paramsSchema`
     * refuses with an `EncodeError`.
     */
    <P extends {} | null, PI, D, DI>(
      payload: CentrifugoApi.TypedRpcPayload<P, PI, D, DI>
    ): Effect.Effect<CentrifugoApi.TypedRpcResult<D>, CentrifugoApi.RpcError>
    /**
     * Calls a method that the server has been extended with. The open-source server has none.
     *
     * Fails with `NotFoundError` where the server has no such method, `BadRequestError`, `InternalError`, and with codes of
     * the extension's own as `UnexpectedServerError`.
     */
    (payload: CentrifugoApi.RpcPayload): Effect.Effect<CentrifugoApi.RpcResult, CentrifugoApi.RpcError>
  }
}

/**
 * The client, as programs ask for it.
 *
 * @since 0.1.0
 */
export class Centrifugo extends Context.Tag("@effect-centrifugo/core/Centrifugo")<Centrifugo, Service>() {}

/**
 * A client over any transport, with policies of its own. It lives as long as the scope, which has to be
 * closed before the transport's.
 *
 * @since 0.1.0
 */
export const fromTransport = derive(methods) as (
  transport: CentrifugoTransport.Service,
  options?: Settings.Options
  // Derived types know the last overload only, of `history` and `rpc`.
) => Effect.Effect<Service, ConfigError, Scope.Scope>

/**
 * The client over the transport in the context, under the policies of the context: those of `Timeouts.layer`,
 * `RetryPolicy.layer` and `Batcher.layer`, in any order. Options are the same policies for this client alone.
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
  // Fresh: one client layer may stand over the transports of two clusters.
  Layer.fresh(
    Layer.scoped(
      Centrifugo,
      Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) => fromTransport(transport))
    ).pipe(Layer.provide(Settings.layer(options)))
  )

/**
 * What `make` and `layer` take: where the server is, its key, and the policies.
 *
 * @since 0.1.0
 */
export interface Options extends HttpTransport.Options, Settings.Options {}

/**
 * A client over the `HttpClient` in the context: for more than one cluster in a program, each under a
 * Tag of its own.
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
 * The client for one server, over any `HttpClient` of `@effect/platform`: see `HttpTransport` for what
 * that means. On Node.js, `CentrifugoNode.layer` is faster and needs no such client.
 *
 * A URL or key that can't work fails here with a `ConfigError`; whether the server is there shows on
 * the first call, or by `check`.
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
 * The client with its URL and key from `Config`: `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`, or
 * whatever is given.
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
 * What `makeFetch` and `layerFetch` take: where the server is, its key, the policies, and how `fetch` is used.
 *
 * @since 0.1.0
 */
export interface FetchOptions extends Options, FetchTransport.FetchOptions {}

/**
 * A client over the runtime's own `fetch`: for more than one cluster in a program, each under a Tag of its
 * own. Calls in flight when the scope closes get `shutdownTimeout` to finish.
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
 * Makes a client over the runtime's own `fetch` with its URL and key from `Config`, as `layerFetchConfig` does:
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
 * The client over the runtime's own `fetch`: on Bun, Deno, Cloudflare Workers, edge functions and every other
 * runtime that has one. It needs nothing of `@effect/platform`. On Node.js, `CentrifugoNode.layer` is faster.
 *
 * A URL or key that can't work fails here with a `ConfigError`; whether the server is there shows on the
 * first call, or by `check`.
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
 * `layerFetch` with its URL and key from `Config`: `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`, or what is
 * given.
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

export {
  type Item,
  type Options as SendAllOptions,
  type Outcome,
  type SendAll,
  type Sent,
  type Source
} from "./internal/call/Bulk.js"
export { type Options as Policies } from "./internal/call/Settings.js"

export {
  /**
   * For publications that must not stop the work that they tell of: makes an effect that cannot fail,
   * and logs a warning with what went wrong instead, defects included. The log tells the method, the
   * error and what to do, and never a payload, the key, or what a server's answer said. An interruption
   * stays one.
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
