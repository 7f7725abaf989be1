/** Closing the scope: accepted calls can finish, every caller gets an outcome, and nothing stays open. */
import { UndiciTransport } from "@effect-centrifugo/node"
import { CentrifugoTransport } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, ManagedRuntime, Queue, Redacted } from "effect"
import { assertClosed, closesItsScope, timed } from "../transports/closingScope.js"
import { handles, noMoreThan, undisturbed } from "../transports/machine.js"
import * as Stub from "../transports/stub.js"
import { call, closable, good, mute, open, silent } from "./transport.js"

describe("closing the scope", () => {
  closesItsScope(closable, { closesIdleSockets: true })

  it.scoped("a call that is still connecting fails as not sent, and its socket closes", () =>
    Effect.gen(function* () {
      const server = yield* mute
      const { close, transport } = yield* closable(server.url, {
        shutdownTimeout: 0,
        connectTimeout: "1 minute"
      })
      const fiber = yield* Effect.fork(Effect.flip(transport.send(call())))
      yield* server.opened
      yield* close
      assertClosed(yield* Fiber.join(fiber), "connect")
      yield* server.closed
    })
  )

  it.scoped("calls that were given up, connecting or not, do not delay closing", () =>
    Effect.gen(function* () {
      const server = yield* mute
      const { close, transport } = yield* closable(server.url, {
        shutdownTimeout: "1 minute",
        maxConnections: 1
      })
      const calls = yield* Effect.fork(
        Effect.replicateEffect(transport.send(call()), 3, { concurrency: "unbounded" })
      )
      yield* server.opened
      const closing = yield* Effect.fork(close)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(calls)
      yield* Fiber.join(closing)
      yield* server.closed
    })
  )

  it.scopedLive("500 calls at every stage: each caller has its outcome when the scope is closed", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start((request, count) => (count % 3 === 0 ? undefined : good(request, count)))
      const { close, transport } = yield* closable(stub.url, { maxConnections: 8, shutdownTimeout: 20 })
      const fibers = yield* Effect.forEach(Array.from({ length: 500 }), () =>
        Effect.fork(Effect.either(transport.send(call())))
      )
      yield* Queue.takeN(stub.received, 8)
      yield* close
      yield* Effect.forEach(fibers, Fiber.join)
    })
  )

  it.scopedLive(
    "disposing a ManagedRuntime with a call in flight takes less than a second",
    () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(silent)
        const runtime = ManagedRuntime.make(
          UndiciTransport.layer({ url: stub.url, apiKey: Redacted.make("key") })
        )
        const lost = runtime.runPromiseExit(
          Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) => transport.send(call()))
        )
        yield* stub.received
        const { elapsed } = yield* timed(Effect.promise(() => runtime.dispose()))
        assert.isBelow(elapsed, 1000)
        assert.strictEqual((yield* Effect.promise(() => lost))._tag, "Failure")
        yield* stub.closed
      }),
    undisturbed
  )

  it.scopedLive(
    "500 layers, built, used and dropped -> no socket and no timer is left",
    () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(good)
        const options = { url: stub.url, apiKey: Redacted.make("key") }
        const send = Effect.flatMap(CentrifugoTransport.CentrifugoTransport, (transport) =>
          transport.send(call())
        )
        const use = Effect.provide(send, Layer.fresh(UndiciTransport.layer(options)))
        yield* use
        yield* stub.closed
        const before = handles()
        yield* Effect.replicateEffect(use, 500)
        yield* Queue.takeN(stub.closed, 500)
        assert.strictEqual(stub.opened(), 501)
        yield* noMoreThan(before)
      }),
    60_000
  )

  it.scopedLive("unused layers open nothing", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      yield* Effect.replicateEffect(Effect.scoped(open(stub.url)), 100)
      assert.strictEqual(stub.opened(), 0)
    })
  )
})
