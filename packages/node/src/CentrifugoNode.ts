/**
 * The client on Node.js, over undici. It keeps sockets open and limits their number.
 *
 * @since 0.1.0
 */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import * as CentrifugoConfig from "@effect-centrifugo/core/CentrifugoConfig"
import type { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as UndiciTransport from "./UndiciTransport.js"

/**
 * Options of `make` and `layer`: the server's URL and key, policies, and sockets.
 *
 * @since 0.1.0
 */
export interface Options extends UndiciTransport.Options, Centrifugo.Policies {}

/**
 * Makes a client whose sockets close with the scope. Use it for several clusters in one program, each under
 * its own Tag.
 *
 * @example
 * ```ts
 * import type { Centrifugo } from "@effect-centrifugo/core"
 * import { CentrifugoNode } from "@effect-centrifugo/node"
 * import { Context, Layer, Redacted } from "effect"
 *
 * class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
 *
 * const EuLive = Layer.scoped(
 *   Eu,
 *   CentrifugoNode.make({ url: "https://eu.example.com/api", apiKey: Redacted.make("api_key") })
 * )
 * ```
 * @since 0.1.0
 */
export const make = (options: Options): Effect.Effect<Centrifugo.Service, ConfigError, Scope.Scope> =>
  Effect.map(Layer.build(layer(options)), Context.get(Centrifugo.Centrifugo))

/**
 * Makes a client with its URL and key from `Config`, as `layerConfig` does. Use it for several clusters whose
 * addresses are in the environment, each client under its own Tag.
 *
 * Fails with Effect's `ConfigError` (tag `ConfigError`) if a variable is missing, and with this library's
 * `ConfigError` (tag `CentrifugoConfigError`) if a value is invalid.
 *
 * @example
 * ```ts
 * import type { Centrifugo } from "@effect-centrifugo/core"
 * import { CentrifugoNode } from "@effect-centrifugo/node"
 * import { Config, Context, Layer } from "effect"
 *
 * class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
 *
 * const EuLive = Layer.scoped(
 *   Eu,
 *   CentrifugoNode.makeConfig({
 *     name: "eu",
 *     url: Config.string("EU_API_URL"),
 *     apiKey: Config.redacted("EU_API_KEY")
 *   })
 * )
 * ```
 * @since 0.1.0
 */
export const makeConfig = (
  options: CentrifugoConfig.FromConfig<Options> = {}
): Effect.Effect<Centrifugo.Service, ConfigError | MissingConfig, Scope.Scope> =>
  Effect.flatMap(CentrifugoConfig.read(options), make)

/**
 * The client as a layer. An invalid option fails with a `ConfigError` when the layer is built. It does not
 * connect: an unreachable server fails the first call.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { CentrifugoNode } from "@effect-centrifugo/node"
 * import { Effect, Redacted } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   return yield* centrifugo.publish({ channel: "news", data: { text: "hello" } })
 * })
 *
 * const runnable = program.pipe(
 *   Effect.provide(CentrifugoNode.layer({ url: "http://localhost:8000/api", apiKey: Redacted.make("api_key") }))
 * )
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Centrifugo.Centrifugo, ConfigError> =>
  Layer.provide(Centrifugo.layerTransport(options), UndiciTransport.layer(options))

/**
 * The client with its URL and key from `Config`. Defaults: `CENTRIFUGO_API_URL` and `CENTRIFUGO_API_KEY`.
 *
 * @example
 * ```ts
 * import { CentrifugoNode } from "@effect-centrifugo/node"
 * import { Config } from "effect"
 *
 * const fromEnvironment = CentrifugoNode.layerConfig()
 * const named = CentrifugoNode.layerConfig({ url: Config.string("PUSH_URL"), apiKey: Config.redacted("PUSH_KEY") })
 * ```
 * @since 0.1.0
 */
export const layerConfig = (
  options: CentrifugoConfig.FromConfig<Options> = {}
): Layer.Layer<Centrifugo.Centrifugo, ConfigError | MissingConfig> =>
  Layer.unwrapEffect(Effect.map(CentrifugoConfig.read(options), layer))
