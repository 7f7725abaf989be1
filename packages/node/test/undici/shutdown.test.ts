/** Closing the scope: accepted calls can finish, every caller gets an outcome, and nothing stays open. */
import { UndiciTransport } from "@effect-centrifugo/node"
import { type CentrifugoError, CentrifugoTransport } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, ManagedRuntime, Queue, Redacted } from "effect"
import { handles, noMoreThan, undisturbed } from "../transports/machine.js"
import * as Stub from "../transports/stub.js"
import { call, closable, good, mute, open, silent } from "./transport.js"

const reply = ({ socket }: Stub.Received) => socket.write(Stub.format({ status: 200, body: Stub.published }))

const assertClosed = (error: CentrifugoError.TransportError, phase: CentrifugoError.Phase) => {
  assert(error._tag === "CentrifugoNetworkError")
  assert.strictEqual(error.phase, phase)
  assert.include(error.detail, "scope")
  // The code by which a retry policy knows that repeating is useless.
  assert.strictEqual(error.code, "ERR_CLOSED")
}

/** By the system's clock, which TestClock does not replace. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(effect, (value) => ({ value, elapsed: performance.now() - start }))
  })

describe("closing the scope", () => {
  it.scoped("a new call fails at once", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const { close, transport } = yield* closable(stub.url)
      yield* transport.send(call("1"))
      yield* close
      assertClosed(yield* Effect.flip(transport.send(call("2"))), "queued")
      assert.strictEqual(stub.requests.length, 1)
      yield* stub.closed
    })
  )

  it.scoped("accepted calls finish, also queued ones, and new ones are refused meanwhile", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(silent)
      const { close, transport } = yield* closable(stub.url, {
        maxConnections: 1,
        shutdownTimeout: "1 minute"
      })
      const calls = yield* Effect.fork(
        Effect.forEach(["1", "2", "3"], (body) => transport.send(call(body)), { concurrency: "unbounded" })
      )
      const first = yield* stub.received
      const closing = yield* Effect.fork(close)
      yield* Effect.yieldNow()
      assertClosed(yield* Effect.flip(transport.send(call("4"))), "queued")
      assert.isNull(closing.unsafePoll())
      reply(first)
      reply(yield* stub.received)
      reply(yield* stub.received)
      assert.strictEqual((yield* Fiber.join(calls)).length, 3)
      yield* Fiber.join(closing)
      yield* stub.closed
      assert.deepStrictEqual(
        stub.requests.map(({ body }) => body),
        ["1", "2", "3"]
      )
    })
  )

  it.scoped(
    "after shutdownTimeout of real time the rest fails, each with its phase",
    () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(silent)
        const { close, transport } = yield* closable(stub.url, { maxConnections: 1, shutdownTimeout: 100 })
        const first = yield* Effect.fork(Effect.flip(transport.send(call("1"))))
        yield* stub.received
        const second = yield* Effect.fork(Effect.flip(transport.send(call("2"))))
        yield* Effect.yieldNow()
        const { elapsed } = yield* timed(close)
        assert.isAtLeast(elapsed, 95)
        assert.isBelow(elapsed, 1000)
        assertClosed(yield* Fiber.join(first), "unknown")
        assertClosed(yield* Fiber.join(second), "queued")
        yield* stub.closed
        assert.strictEqual(stub.requests.length, 1)
      }),
    undisturbed
  )

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
