/** Measures connecting with a connect proxy: a real server, real sockets, and a trivial handler. */
import { HttpApp } from "@effect/platform"
import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as ConnectLoad from "@effect-centrifugo/tools/ConnectLoad"
import { Array, type Duration, Effect, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Load {
  readonly connections: number
  /** The number of concurrent connection attempts. */
  readonly concurrency: number
  /** The server's timeout of the proxy. */
  readonly timeout: Duration.DurationInput
}

export interface Outcome {
  readonly connections: number
  readonly errors: number
  /** The distinct errors of failed connections. */
  readonly problems: ReadonlyArray<string>
  /** Milliseconds from the connect command to its reply. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Nearest-rank percentile of sorted samples. */
export const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN

const handlers = { connect: () => Effect.succeed({ user: "42" }) } satisfies ProxyApp.Handlers

const serve = (timeout: Duration.DurationInput): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const handler = HttpApp.toWebHandler(ProxyApp.make(handlers, { timeout }))
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8")
        void handler(new Request(`http://backend${request.url}`, { method: "POST", body })).then(
          async (answer) => {
            response.writeHead(answer.status, { "content-type": "application/json" })
            response.end(await answer.text())
          }
        )
      })
    })
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
      () =>
        Effect.promise(() => {
          server.closeAllConnections()
          return new Promise((resolve) => server.close(resolve))
        })
    )
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

/** Opens the connections, and keeps all open until the last one is connected. */
export const measure = ({ concurrency, connections, timeout }: Load) =>
  Effect.gen(function* () {
    const config = ProxyApp.config(handlers, { endpoint: yield* serve(timeout), timeout })
    const { wsUrl } = yield* CentrifugoServer.start({ env: config.env() })
    const connect = Effect.either(ConnectLoad.connect(wsUrl))
    // Warm-up: a new process compiles its code first.
    yield* Effect.replicateEffect(connect, Math.min(50, connections), { discard: true })
    const outcomes = yield* Effect.forEach(Array.range(1, connections), () => connect, { concurrency })
    const [errors, times] = Array.separate(outcomes)
    const sorted = times.toSorted((a, b) => a - b)
    return {
      connections,
      errors: errors.length,
      problems: Array.dedupe(errors.map(({ message }) => message)),
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      max: percentile(sorted, 1)
    } satisfies Outcome
  }).pipe(Effect.scoped)

export const report = ({ connections, errors, max, p50, p99, problems }: Outcome): string =>
  `${connections} connections with a connect proxy: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ` +
  `max ${max.toFixed(1)} ms, ${errors} errors${problems.map((problem) => `\n${problem}`).join("")}`
