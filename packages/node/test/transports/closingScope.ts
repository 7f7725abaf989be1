/** The behavior that the transports over undici and over fetch share when their scope closes. */
import type { CentrifugoError, CentrifugoTransport } from "@effect-centrifugo/core"
import { assert, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Queue, type Scope } from "effect"
import { call, good, silent } from "../undici/transport.js"
import { undisturbed } from "./machine.js"
import * as Stub from "./stub.js"

const reply = ({ socket }: Stub.Received) => socket.write(Stub.format({ status: 200, body: Stub.published }))

export const assertClosed = (error: CentrifugoError.TransportError, phase: CentrifugoError.Phase) => {
  assert(error._tag === "CentrifugoNetworkError")
  assert.strictEqual(error.phase, phase)
  assert.include(error.detail, "scope")
  // Retry policies do not repeat a call with this code.
  assert.strictEqual(error.code, "ERR_CLOSED")
}

/** By the system's clock, which TestClock does not replace. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(effect, (value) => ({ value, elapsed: performance.now() - start }))
  })

interface Options {
  readonly maxConnections?: number
  readonly shutdownTimeout?: Duration.DurationInput
}

interface Closable {
  readonly transport: CentrifugoTransport.Service
  readonly close: Effect.Effect<void>
}

/** Tests a transport that `closable` opens. `fetch` does not close an idle socket with the scope. */
export const closesItsScope = (
  closable: (
    url: string,
    options?: Options
  ) => Effect.Effect<Closable, CentrifugoError.ConfigError, Scope.Scope>,
  { closesIdleSockets }: { readonly closesIdleSockets: boolean }
) => {
  const closedSocket = ({ closed }: Stub.Stub) => (closesIdleSockets ? Queue.take(closed) : Effect.void)

  it.scoped("a new call fails at once, and nothing is sent", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const { close, transport } = yield* closable(stub.url)
      yield* transport.send(call("1"))
      yield* close
      assertClosed(yield* Effect.flip(transport.send(call("2"))), "queued")
      assert.strictEqual(stub.requests.length, 1)
      yield* closedSocket(stub)
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
      yield* closedSocket(stub)
      assert.deepStrictEqual(
        stub.requests.map(({ body }) => body),
        ["1", "2", "3"]
      )
    })
  )

  it.scoped(
    "after shutdownTimeout of real time the rest fails, each with its phase, and the socket closes",
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
}
