/** Measures connecting with a connect proxy: a real server, real sockets, and a trivial handler. */
import { HttpApp } from "@effect/platform"
import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as ConnectLoad from "@effect-centrifugo/tools/ConnectLoad"
import { Array, Effect, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { ClientId, Result } from "../model.js"
import { arranged, percentile, summarize } from "../stats.js"
import type { Context, Session } from "./Scenario.js"

const scenario = "proxy-connect"
const connections = 1000
/** The number of concurrent connection attempts. */
const concurrency = 20

type Answer = (path: string, body: string) => Promise<string>

const handlers = { connect: () => Effect.succeed({ user: "42" }) } satisfies ProxyApp.Handlers

const byApp = (): Answer => {
  const handler = HttpApp.toWebHandler(ProxyApp.make(handlers))
  return async (path, body) =>
    (await handler(new Request(`http://backend${path}`, { method: "POST", body }))).text()
}

const byHand = (): Answer => (_, body) => {
  const { client } = JSON.parse(body) as { readonly client: string }
  return Promise.resolve(JSON.stringify({ result: { user: client === "" ? "" : "42" } }))
}

const answers: Partial<Record<ClientId, () => Answer>> = { "effect-centrifugo": byApp, baseline: byHand }

const serve = (answer: Answer): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        void answer(request.url ?? "", Buffer.concat(chunks).toString("utf8")).then((body) => {
          response.writeHead(200, { "content-type": "application/json" })
          response.end(body)
        })
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

/** Opens the connections and keeps all of them until the last one is open. */
const oneSeries = (answer: Answer, count: number) =>
  Effect.gen(function* () {
    const config = ProxyApp.config(handlers, { endpoint: yield* serve(answer) })
    const { wsUrl } = yield* CentrifugoServer.start({ env: config.env() })
    const connect = Effect.either(ConnectLoad.connect(wsUrl))
    // Warm-up: a new process compiles its code first.
    yield* Effect.replicateEffect(connect, Math.min(50, count), { discard: true })
    const outcomes = yield* Effect.forEach(Array.range(1, count), () => connect, { concurrency })
    const [errors, times] = Array.separate(outcomes)
    if (times.length === 0) return yield* errors[0]!
    return { errors: errors.length, times }
  }).pipe(Effect.scoped)

const run = ({ effort, progress }: Context) =>
  Effect.gen(function* () {
    const { series, share } = effort.long
    const clients = Object.entries(answers) as ReadonlyArray<[ClientId, () => Answer]>
    const rows = clients.map(([client, make]) => ({
      client,
      make,
      errors: 0,
      series: [] as Array<Array<number>>
    }))
    const count = Math.max(20, Math.round(connections * share))
    for (let n = 0; n < series; n++) {
      yield* progress(`series ${n + 1} of ${series}`)
      for (const row of arranged(rows, n)) {
        const { errors, times } = yield* oneSeries(row.make(), count)
        row.errors += errors
        row.series.push(times)
      }
    }
    const results = rows.map(({ client, errors, series }): Result => {
      return {
        scenario,
        client,
        unit: "ms",
        ...summarize(series.map((times) => percentile(times, 0.5))),
        count,
        p99: percentile(series.flat(), 0.99),
        errors
      }
    })
    return { results, missing: [] }
  })

export const proxy: Session = {
  scenarios: [
    {
      id: scenario,
      title: `${connections.toLocaleString("en-US")} connections with a connect proxy, ${concurrency} at a time; and the same with a handler by hand`,
      clients: ["effect-centrifugo", "baseline"]
    }
  ],
  run
}
