/** What only a socket can show. */
import { CallOptions } from "@effect-centrifugo/core"
import { CentrifugoTest } from "../src/index.js"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as EmbeddedServer from "../src/EmbeddedServer.js"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Redacted, Schedule, Scope } from "effect"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"

const connected = (options?: EmbeddedServer.Options) =>
  Effect.gen(function* () {
    const server = yield* EmbeddedServer.start(options)
    const centrifugo = yield* CentrifugoNode.make({ url: server.apiUrl, apiKey: server.apiKey })
    return { centrifugo, publish: centrifugo.publish({ channel: "a", data: 1 }), server }
  })

/** Without a client that would object to it. */
const post = (server: EmbeddedServer.Service, path: string, body: string) =>
  Effect.promise(
    () =>
      new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
        const sent = request(
          {
            host: "127.0.0.1",
            port: server.port,
            method: "POST",
            path,
            headers: { "x-api-key": Redacted.value(server.apiKey) }
          },
          (response) => {
            let text = ""
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
            response.on("end", () => resolve({ status: response.statusCode, body: text }))
          }
        )
        sent.on("error", reject)
        sent.end(body)
      })
  )

describe("faults on a socket", () => {
  it.scopedLive("a reset and a cut-off answer are network errors of which nobody knows", () =>
    Effect.gen(function* () {
      const { publish, server } = yield* connected()
      const faults: ReadonlyArray<CentrifugoTest.Fault> = [
        { reset: true },
        { reset: true, carriedOut: true },
        { cutoff: true },
        { cutoff: 0 }
      ]
      for (const fault of faults) {
        yield* server.failNext("publish", fault)
        const error = yield* Effect.flip(publish)
        assert(error._tag === "CentrifugoNetworkError", JSON.stringify(fault))
        assert.strictEqual(error.phase, "unknown")
      }
      assert.strictEqual((yield* server.published("a")).length, 3)
      assert.strictEqual((yield* publish).offset, 4)
    })
  )

  it.scopedLive("a stalled call ends by its own timeout, a late one is late", () =>
    Effect.gen(function* () {
      const { publish, server } = yield* connected()
      yield* server.failNext("publish", { stall: true })
      const error = yield* Effect.flip(publish.pipe(CallOptions.with({ timeout: "50 millis" })))
      assert.strictEqual(error._tag, "CentrifugoTimeoutError")
      yield* server.failNext("publish", { delay: "100 millis" })
      const before = Date.now()
      yield* publish
      assert.isAtLeast(Date.now() - before, 95)
    })
  )

  it.scopedLive("a status comes as it was ordered", () =>
    Effect.gen(function* () {
      const { publish, server } = yield* connected()
      yield* server.failNext("publish", { status: 429, body: "slow down", headers: { "Retry-After": "2" } })
      const error = yield* Effect.flip(publish)
      assert(error._tag === "CentrifugoStatusError")
      assert.deepInclude(error, { status: 429, body: "slow down", retryAfter: 2000 })
      yield* server.failNext("publish", { code: 100 })
      assert.strictEqual((yield* Effect.flip(publish))._tag, "CentrifugoInternalError")
    })
  )
})

describe("the port", () => {
  it.scopedLive("takes bodies up to its limit", () =>
    Effect.gen(function* () {
      const { server } = yield* connected({ maxBodySize: 100 })
      const body = (size: number) => `{"channel":"a","data":"${"x".repeat(size - 25)}"}`
      assert.strictEqual((yield* post(server, "/api/publish", body(100))).status, 200)
      assert.strictEqual((yield* post(server, "/api/publish", body(101))).status, 413)
      assert.strictEqual((yield* server.published("a")).length, 1)
    })
  )

  it.scopedLive("decodes paths and bodies", () =>
    Effect.gen(function* () {
      const { server } = yield* connected()
      const sent = yield* post(server, "/api/%70ublish", '{"channel":"ü","data":"😀"}')
      assert.strictEqual(sent.status, 200)
      assert.deepStrictEqual(yield* server.published("ü"), ["😀"])
      assert.strictEqual((yield* post(server, "/api/%zz", "{}")).status, 404)
    })
  )

  it.scopedLive("is the one that was asked for, or the layer says why not", () =>
    Effect.gen(function* () {
      const taken = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer()
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { port } = taken.address() as AddressInfo
      const error = yield* Effect.flip(EmbeddedServer.start({ port }))
      assert(error._tag === "CentrifugoListenError")
      assert.include(error.message, `127.0.0.1:${port}`)
      const wrong = yield* Effect.flip(EmbeddedServer.start({ keep: -1 }))
      assert.strictEqual(wrong._tag, "CentrifugoConfigError")
    })
  )

  it.live("ends with its scope, whatever is under way", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { publish, server } = yield* Scope.extend(connected(), scope)
      yield* server.failNext("publish", { stall: true })
      const waiting = yield* Effect.fork(Effect.flip(publish))
      yield* Effect.flatMap(server.calls("publish"), (calls) =>
        calls.length === 1 ? Effect.void : Effect.fail("not yet")
      ).pipe(Effect.retry(Schedule.spaced("5 millis")))
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "CentrifugoNetworkError")
      const refused = yield* Effect.exit(post(server, "/api/info", "{}"))
      assert.include(String(refused), "ECONNREFUSED")
    })
  )

  it.scopedLive("as a layer it is the server that the functions of CentrifugoTest act on", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.EmbeddedServer
      const centrifugo = yield* CentrifugoNode.make({ url: server.apiUrl, apiKey: server.apiKey })
      const alice = yield* CentrifugoTest.connect({ user: "alice", channels: ["a"] })
      const receiving = yield* Effect.fork(alice.take(1))
      yield* centrifugo.publish({ channel: "a", data: 1 })
      yield* Fiber.join(receiving)
      assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [1])
    }).pipe(Effect.provide(Layer.fresh(EmbeddedServer.layer())))
  )
})
