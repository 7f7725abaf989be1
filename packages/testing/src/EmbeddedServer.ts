/**
 * The server of `CentrifugoTest` on a real port: for tests of other programs, for demos and for
 * development without a Centrifugo. It has the server API alone, and not what clients connect to.
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
  /** The port to listen at, 0 for any that is free. Default 0. */
  readonly port?: number
  /**
   * The address to listen at, or a name that leads to it. Default `"127.0.0.1"`. Any other than those of the
   * loopback lets other machines in.
   */
  readonly host?: string
  /**
   * How large a request's body may be, in bytes; a larger one gets status 413. All that are being read may be
   * four times as large together; beyond that it is status 503. Default 64 MiB (67,108,864).
   */
  readonly maxBodySize?: number
  /**
   * Names of this server that requests may have in their `Host` header, such as `"centrifugo"` in a network of
   * containers; `"*"` for any. IP addresses, `localhost` and `host` are allowed anyway. Any other name gets
   * status 403, because a web page can make its own name lead to this machine. Default: none.
   */
  readonly allowedHosts?: ReadonlyArray<string>
  /**
   * Origins of web pages whose requests are taken, such as `"http://localhost:5173"`; `"*"` for any. Requests
   * of all other pages get status 403. Default: none.
   */
  readonly allowedOrigins?: ReadonlyArray<string>
}

/**
 * A server that listens, and everything that `CentrifugoTest` does with one.
 *
 * @since 0.1.0
 */
export interface Service extends CentrifugoTest.Service {
  /** The port it listens at. */
  readonly port: number
  /** What clients take as `url`: `http://127.0.0.1:PORT/api` */
  readonly apiUrl: string
  /** What clients take as `apiKey`. */
  readonly apiKey: Redacted.Redacted
}

/**
 * The server in the context.
 *
 * @since 0.1.0
 */
export class EmbeddedServer extends Context.Tag("@effect-centrifugo/testing/EmbeddedServer")<
  EmbeddedServer,
  Service
>() {}

/**
 * Starts a server, which ends with the scope, at once and with all its connections. Its time is that
 * of the fiber's clock. It fails with a `ConfigError` if an option can't work, and with a `ListenError` if
 * the port can't be had.
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
    yield* Leftovers.tell(kit.faultsLeft)
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
