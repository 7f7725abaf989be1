/** Serves the test server on a local port, over `node:http` (decisions/0046). */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { Buffer } from "node:buffer"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type HttpOutcome, type HttpRequest, plain } from "../http.js"
import * as Body from "./Body.js"
import { type Checked, refusalOf } from "./options.js"

/**
 * The server cannot listen on the port.
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

type Respond = (request: HttpRequest) => Effect.Effect<HttpOutcome>

/**
 * Timeouts in milliseconds. The first three are those of the real server. It has none for idle sockets, so Go
 * applies the second.
 */
const times = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 1_000
}
/** How long a client can leave its response unread, in milliseconds. */
const writeTimeout = 30_000

/** Listens until the scope ends. */
export const listen = (
  options: Checked,
  respond: Respond
): Effect.Effect<{ readonly port: number }, ListenError, Scope.Scope> =>
  Effect.gen(function* () {
    const run = Runtime.runFork(yield* Effect.runtime<never>())
    const budget = new Body.Budget(4 * options.maxBodySize)
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      const answering = run(handle(request, response, options, budget, respond))
      // The client disconnected or has its response: interrupt the handler.
      response.on("close", () => answering.unsafeInterruptAsFork(answering.id()))
    }
    const server = yield* Effect.acquireRelease(open(options, answer), close)
    // For example too many open files. The server and the program continue.
    server.on("error", (error) =>
      run(Effect.logError("The embedded server can't accept a connection", Cause.fail(error)))
    )
    return { port: (server.address() as AddressInfo).port }
  })

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const open = ({ host, port }: Checked, answer: Answer): Effect.Effect<Server, ListenError> =>
  Effect.async((resume) => {
    const server = createServer(times, answer)
    const fail = (cause: Error) => resume(new ListenError({ host, port, cause }))
    server.once("error", fail)
    server.listen(port, host, () => {
      server.off("error", fail)
      resume(Effect.succeed(server))
    })
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.async((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const handle = (
  request: IncomingMessage,
  response: ServerResponse,
  options: Checked,
  budget: Body.Budget,
  respond: Respond
): Effect.Effect<void> => {
  const { maxBodySize } = options
  const refusal = refusalOf(request.headers, options)
  const outcome: Effect.Effect<HttpOutcome> =
    refusal === undefined
      ? respond(toRequest(request, Body.read(request, maxBodySize, budget)))
      : Effect.succeed({ _tag: "Response", response: plain(403, `${refusal}\n`) })
  return Effect.flatMap(outcome, (outcome) =>
    Effect.sync(() => {
      send(outcome, response)
      Body.discard(request, maxBodySize)
    })
  ).pipe(
    Effect.catchAllCause((cause) =>
      Effect.zipRight(
        Effect.logError("The embedded server failed to send an answer", cause),
        Effect.sync(() => response.destroy())
      )
    )
  )
}

const toRequest = (request: IncomingMessage, body: HttpRequest["body"]): HttpRequest => {
  // A client that uses this server as a proxy sends the whole URL.
  const target = (request.url ?? "").replace(/^https?:\/\/[^/?]*/i, "")
  const [path = "", query] = target.split(/\?(.*)/s)
  return {
    method: request.method ?? "",
    path,
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

const send = (outcome: HttpOutcome, response: ServerResponse): void => {
  const { socket } = response
  if (socket === null) return
  // Destroys the socket if the client reads nothing for that long.
  response.setTimeout(writeTimeout)
  if (outcome.response === undefined) return void socket.resetAndDestroy()
  const { body, headers, status } = outcome.response
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) })
  if (outcome._tag === "Response") response.end(body)
  else response.write(Buffer.from(body).subarray(0, outcome.bytes), () => socket.destroy())
}
