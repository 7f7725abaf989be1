import { Centrifugo, CentrifugoTransport, RetryPolicy } from "@effect-centrifugo/core"
import { UndiciTransport } from "@effect-centrifugo/node"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger, type Redacted, TestClock } from "effect"
import { circuitBreaker } from "../src/policies/circuitBreaker.js"
import { dryRun } from "../src/policies/dryRun.js"

describe("a circuit breaker", () => {
  const over = (url: string, apiKey: Redacted.Redacted) =>
    Centrifugo.layerTransport({ retry: RetryPolicy.none }).pipe(
      Layer.provide(CentrifugoTransport.wrap(circuitBreaker(2))),
      Layer.provide(UndiciTransport.layer({ url, apiKey }))
    )

  it.scoped("passes calls on, opens after failures in a row, and closes again after five seconds", () =>
    Effect.gen(function* () {
      // Closed at once, so that its port refuses connections.
      const { apiUrl, apiKey } = yield* Effect.scoped(EmbeddedServer.start())
      const { publish } = Context.get(yield* Layer.build(over(apiUrl, apiKey)), Centrifugo.Centrifugo)
      const code = Effect.map(Effect.flip(publish({ channel: "news", data: 1 })), (error) =>
        error._tag === "CentrifugoNetworkError" ? error.code : error._tag
      )
      assert.deepStrictEqual(
        [yield* code, yield* code, yield* code],
        ["ECONNREFUSED", "ECONNREFUSED", "ERR_CIRCUIT_OPEN"]
      )
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* code, "ECONNREFUSED")
    })
  )

  it.scopedLive("counts failures in a row only", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start()
      yield* Effect.gen(function* () {
        const { publish } = yield* Centrifugo.Centrifugo
        for (const data of [1, 2, 3]) yield* publish({ channel: "news", data })
      }).pipe(Effect.provide(over(server.apiUrl, server.apiKey)))
      assert.deepStrictEqual(yield* server.published("news"), [1, 2, 3])
    })
  )
})

describe("a transport that sends nothing", () => {
  it.effect("logs each call", () =>
    Effect.gen(function* () {
      const logged: Array<unknown> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => void logged.push(message))
      )
      yield* Effect.gen(function* () {
        const { publish } = yield* Centrifugo.Centrifugo
        yield* publish({ channel: "news", data: "hello" })
      }).pipe(Effect.provide(Centrifugo.layerTransport().pipe(Layer.provide(dryRun))), Effect.provide(logger))
      assert.deepStrictEqual(logged, [["publish", '{"channel":"news","data":"hello"}']])
    })
  )
})
