/** Closing the scope of a `FetchTransport`: accepted calls can finish, and every caller gets an outcome. */
import type { CentrifugoError } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as Stub from "../transports/stub.js"
import { call, closable, good, silent } from "./support.js"

const reply = ({ socket }: Stub.Received) => socket.write(Stub.format({ status: 200, body: Stub.published }))

const assertClosed = (error: CentrifugoError.TransportError, phase: CentrifugoError.Phase) => {
  assert(error._tag === "CentrifugoNetworkError")
  assert.strictEqual(error.phase, phase)
  assert.include(error.detail, "scope")
  assert.strictEqual(error.code, "ERR_CLOSED")
}

describe("FetchTransport, closing its scope", () => {
  it.scoped("a new call fails, and nothing is sent", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const { close, transport } = yield* closable(stub.url)
      yield* transport.send(call("1"))
      yield* close
      assertClosed(yield* Effect.flip(transport.send(call("2"))), "queued")
      assert.strictEqual(stub.requests.length, 1)
    })
  )

  it.scoped("accepted calls finish, also queued ones, while new ones are refused", () =>
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
      assert.deepStrictEqual(
        stub.requests.map(({ body }) => body),
        ["1", "2", "3"]
      )
    })
  )

  it.scoped("after shutdownTimeout the rest fails, each with its phase, and the socket closes", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(silent)
      const { close, transport } = yield* closable(stub.url, { maxConnections: 1, shutdownTimeout: 50 })
      const first = yield* Effect.fork(Effect.flip(transport.send(call("1"))))
      yield* stub.received
      const second = yield* Effect.fork(Effect.flip(transport.send(call("2"))))
      yield* Effect.yieldNow()
      yield* close
      assertClosed(yield* Fiber.join(first), "unknown")
      assertClosed(yield* Fiber.join(second), "queued")
      yield* stub.closed
      assert.strictEqual(stub.requests.length, 1)
    })
  )

  it.scoped("a call that waits for its API key fails as queued", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const { close, transport } = yield* closable(stub.url, { apiKey: Effect.never })
      const waiting = yield* Effect.fork(Effect.flip(transport.send(call("1"))))
      yield* Effect.yieldNow()
      yield* close
      assertClosed(yield* Fiber.join(waiting), "queued")
      assertClosed(yield* Effect.flip(transport.send(call("2"))), "queued")
      assert.strictEqual(stub.requests.length, 0)
    })
  )
})
