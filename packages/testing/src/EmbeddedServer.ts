/**
 * The server of `CentrifugoTest` on a real port: for tests of other programs, for demos and for
 * development without a Centrifugo. It has the server API alone, and not what clients connect to.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import * as CentrifugoTest from "./CentrifugoTest.js"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * How the server is configured and where it listens.
 *
 * @since 0.1.0
 */
export interface Options extends CentrifugoTest.ServerOptions {
  /** Default 0: any that is free. */
  readonly port?: number
  /** The address to listen at. Default `"127.0.0.1"`. */
  readonly host?: string
  /** How large a request's body may be, in bytes; a larger one gets status 413. Default 64 MiB. */
  readonly maxBodySize?: number
}

/**
 * The port can't be had.
 *
 * @since 0.1.0
 */
export class ListenError extends Data.TaggedError("CentrifugoListenError")<{
  /** The address. */
  readonly host: string
  /** The port. */
  readonly port: number
  /** The system's own error, such as `EADDRINUSE`. */
  readonly cause: Error
}> {
  override get message(): string {
    return `The embedded server can't listen at ${this.host}:${this.port}: ${this.cause.message}.`
  }
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
 * of the fiber's clock.
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
    const { apiKey = "test-key", host = "127.0.0.1", maxBodySize = 64 * 1024 * 1024, port = 0 } = options
    const kit = yield* CentrifugoTest.make({ ...options, apiKey })
    const runtime = yield* Effect.runtime<never>()
    const server = yield* Effect.acquireRelease(
      listen(host, port, (request, response) => serve(kit, runtime, maxBodySize, request, response)),
      close
    )
    const bound = (server.address() as AddressInfo).port
    const authority = host.includes(":") ? `[${host}]` : host
    const prefix = (options.prefix ?? "/api").replace(/\/+$/, "")
    return {
      ...kit,
      port: bound,
      apiUrl: `http://${authority}:${bound}${prefix}`,
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

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const listen = (host: string, port: number, handler: Handler): Effect.Effect<Server, ListenError> =>
  Effect.async((resume) => {
    // The server's own times; it has none for idle sockets, which means the second.
    const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 30_000 }
    const server = createServer(timeouts, handler)
    server.once("error", (cause) => resume(new ListenError({ host, port, cause })))
    server.listen(port, host, () => resume(Effect.succeed(server)))
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const serve = (
  kit: CentrifugoTest.Service,
  runtime: Runtime.Runtime<never>,
  maxBodySize: number,
  request: IncomingMessage,
  response: ServerResponse
): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= maxBodySize) chunks.push(chunk)
    else if (!response.headersSent) response.writeHead(413, { connection: "close" }).end()
  })
  request.on("end", () => {
    if (size > maxBodySize) return
    const body = Buffer.concat(chunks, size).toString()
    const fiber = Runtime.runFork(runtime)(
      Effect.map(kit.respond(toRequest(request, body)), (outcome) => send(outcome, response))
    )
    // Whoever left waits for no answer.
    response.on("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
  })
}

const toRequest = (request: IncomingMessage, body: string): CentrifugoTest.HttpRequest => {
  const [path = "", query] = (request.url ?? "").split(/\?(.*)/s)
  return {
    method: request.method ?? "",
    path: decode(path),
    ...(query === undefined ? {} : { query }),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : value
      ])
    ),
    body
  }
}

const decode = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const send = (outcome: CentrifugoTest.HttpOutcome, response: ServerResponse): void => {
  if (outcome._tag === "Response") {
    const { body, headers, status } = outcome.response
    response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body)
    return
  }
  const { socket } = response
  if (socket === null) return
  if (outcome.response === undefined) return void socket.resetAndDestroy()
  const { body, headers, status } = outcome.response
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  response.write(Buffer.from(body).subarray(0, outcome.bytes), () => socket.destroy())
}
