/**
 * Serves the `CentrifugoTest` server on a real port: for tests of other programs, for demos, and for
 * development without a Centrifugo. It serves only the server API, not the endpoints that clients connect to.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import * as CentrifugoTest from "./CentrifugoTest.js"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Leftovers from "./internal/leftover.js"
import { authorityOf, check as checkListener } from "./internal/listener/options.js"
import { listen, type ListenError } from "./internal/listener/listen.js"

export { ListenError } from "./internal/listener/listen.js"

/**
 * How the server is configured and where it listens.
 *
 * @since 0.1.0
 */
export interface Options extends CentrifugoTest.ServerOptions {
  /** The port to listen on. 0 picks a free port. Default 0. */
  readonly port?: number
  /**
   * The address or host name to listen on. Default `"127.0.0.1"`. A non-loopback address lets other machines
   * connect.
   */
  readonly host?: string
  /**
   * The largest accepted request body, in bytes; a larger one gets status 413. All bodies being read together
   * can be four times as large; beyond that, requests get status 503. Default 64 MiB (67,108,864).
   */
  readonly maxBodySize?: number
  /**
   * Names accepted in the `Host` header, such as `"centrifugo"` in a container network; `"*"` accepts any. IP
   * addresses, `localhost` and `host` are always accepted. Other names get status 403, because a web page can
   * make its own domain resolve to this machine (DNS rebinding). Default: none.
   */
  readonly allowedHosts?: ReadonlyArray<string>
  /**
   * Origins of web pages whose requests are accepted, such as `"http://localhost:5173"`; `"*"` accepts any.
   * Requests from other pages get status 403. Default: none.
   */
  readonly allowedOrigins?: ReadonlyArray<string>
}

/**
 * A listening server, with all operations of `CentrifugoTest`.
 *
 * @since 0.1.0
 */
export interface Service extends CentrifugoTest.Service {
  /** The port it listens on. */
  readonly port: number
  /** The client's `url` option: `http://127.0.0.1:PORT/api` */
  readonly apiUrl: string
  /** The client's `apiKey` option. */
  readonly apiKey: Redacted.Redacted
}

/**
 * The context tag of the embedded server.
 *
 * @since 0.1.0
 */
export class EmbeddedServer extends Context.Tag("@effect-centrifugo/testing/EmbeddedServer")<
  EmbeddedServer,
  Service
>() {}

/**
 * Starts a server. It stops when the scope closes, at once and with all its connections. It follows the fiber's
 * clock. Fails with a `ConfigError` if an option is invalid, and with a `ListenError` if it cannot listen on
 * the port.
 *
 * @example
 * ```ts
 * import { CentrifugoNode } from "@effect-centrifugo/node"
 * import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const server = yield* EmbeddedServer.start()
 *   const centrifugo = yield* CentrifugoNode.make({ url: server.apiUrl, apiKey: server.apiKey })
 *   yield* centrifugo.publish({ channel: "news", data: "hello" })
 *   return yield* server.published("news") // ["hello"]
 * }).pipe(Effect.scoped)
 * ```
 * @since 0.1.0
 */
export const start = (
  options: Options = {}
): Effect.Effect<Service, ConfigError | ListenError, Scope.Scope> =>
  Effect.gen(function* () {
    const listener = yield* checkListener(options)
    const { apiKey = "test-key", prefix = "/api" } = options
    const kit = yield* CentrifugoTest.make(options)
    yield* Leftovers.report(kit.faultsLeft)
    const { port } = yield* listen(listener, kit.respond)
    return {
      ...kit,
      port,
      apiUrl: `http://${authorityOf(listener.host)}:${port}${prefix.replace(/\/+$/, "")}`,
      apiKey: Redacted.make(apiKey)
    }
  })

/**
 * The same as a layer. The functions of `CentrifugoTest` act on this server.
 *
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<EmbeddedServer | CentrifugoTest.CentrifugoTest, ConfigError | ListenError> =>
  Layer.provideMerge(
    Layer.effect(CentrifugoTest.CentrifugoTest, EmbeddedServer),
    Layer.scoped(EmbeddedServer, start(options))
  )
