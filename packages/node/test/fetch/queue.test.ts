/** Calls that wait for one of `maxConnections`, and the async context in which they continue. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Queue, Redacted, TestClock } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import * as Stub from "../transports/stub.js"
import { call, good, open, silent } from "./support.js"

const bodies = (stub: Stub.Stub) => stub.requests.map(({ body }) => body)
const release = ({ socket }: Stub.Received) =>
  socket.write(Stub.format({ status: 200, body: Stub.published }))
/** The test releases the first reply; later replies come at once. */
const holdFirst: Stub.Answer = (request, count) => (count === 1 ? undefined : good(request, count))

describe("FetchTransport, queued calls", () => {
  it.scoped("an interrupted call leaves the queue and is never sent", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(holdFirst)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const first = yield* Effect.fork(transport.send(call("1")))
      const request = yield* stub.received
      const second = yield* Effect.fork(transport.send(call("2")))
      const third = yield* Effect.fork(transport.send(call("3")))
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(second)))
      release(request)
      yield* Fiber.join(first)
      yield* Fiber.join(third)
      assert.deepStrictEqual(bodies(stub), ["1", "3"])
    })
  )

  it.scoped("a timed-out call is never sent, and its error says that it was queued", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(holdFirst)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const first = yield* Effect.fork(transport.send(call("1")))
      const request = yield* stub.received
      const second = yield* Effect.fork(Effect.flip(transport.send(call("2", { timeout: 200 }))))
      yield* TestClock.adjust("200 millis")
      const error = yield* Fiber.join(second)
      assert(error._tag === "CentrifugoTimeoutError")
      assert.strictEqual(error.phase, "queued")
      release(request)
      yield* Fiber.join(first)
      yield* transport.send(call("3"))
      assert.deepStrictEqual(bodies(stub), ["1", "3"])
    })
  )

  it.scopedLive("calls are sent in the order in which they were made", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const expected = Array.from({ length: 200 }, (_, i) => String(i))
      yield* Effect.forEach(expected, (body) => transport.send(call(body)), { concurrency: "unbounded" })
      assert.deepStrictEqual(bodies(stub), expected)
    })
  )

  it.scopedLive("of 200 calls at most maxConnections are in flight", () =>
    Effect.gen(function* () {
      let inFlight = 0
      let most = 0
      const stub = yield* Stub.start((request, count) => {
        most = Math.max(most, ++inFlight)
        setTimeout(() => {
          inFlight--
          good(request, count)
        }, 10)
      })
      const transport = yield* open(stub.url, { maxConnections: 16 })
      const calls = Array.from({ length: 200 }, (_, i) => call(String(i)))
      yield* Effect.forEach(calls, transport.send, { concurrency: "unbounded" })
      assert.isAtMost(most, 16)
      assert.isAtLeast(most, 2)
      assert.strictEqual(new Set(bodies(stub)).size, 200)
    })
  )

  it.scopedLive("interrupted calls in flight free their slots for queued ones", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start((request, count) => (count > 4 ? good(request, count) : undefined))
      const transport = yield* open(stub.url, { maxConnections: 4 })
      const lost = yield* Effect.fork(
        Effect.replicateEffect(transport.send(call("lost")), 4, { concurrency: "unbounded" })
      )
      yield* Queue.takeN(stub.received, 4)
      const others = yield* Effect.fork(
        Effect.replicateEffect(transport.send(call("kept")), 20, { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(lost)
      assert.strictEqual((yield* Fiber.join(others)).length, 20)
    })
  )

  it.scopedLive("a call interrupted before it starts, and an uninterruptible call, end", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const exit = yield* Effect.exit(Effect.zipRight(Effect.interrupt, transport.send(call("1"))))
      assert.isTrue(Exit.isInterrupted(exit))
      yield* Effect.uninterruptible(transport.send(call("2")))
      assert.deepStrictEqual(bodies(stub), ["2"])
    })
  )
})

describe("FetchTransport, async contexts", () => {
  const user = new AsyncLocalStorage<string>()
  const users = ["alice", "bob", "carol"]

  /** The user in each fiber after its call, and in `fetch`. */
  const seenBy = (send: (name: string) => Effect.Effect<unknown>) =>
    Effect.promise(() =>
      Promise.all(
        users.map((name) =>
          user.run(name, () =>
            Effect.runPromise(
              Effect.zipRight(
                send(name),
                Effect.sync(() => user.getStore())
              )
            )
          )
        )
      )
    )

  it.scopedLive("each caller continues in its own, and so does its fetch, queued or not", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      for (const maxConnections of [1, 64]) {
        const during: Array<unknown> = []
        const transport = yield* open(stub.url, {
          maxConnections,
          fetch: (url, init) => {
            during.push(user.getStore())
            return fetch(url, init)
          }
        })
        assert.deepStrictEqual(yield* seenBy((name) => Effect.orDie(transport.send(call(name)))), users)
        assert.deepStrictEqual(during, users)
      }
    })
  )

  it.scopedLive("also after a timeout, or when the transport closes", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(silent)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const timedOut = yield* seenBy((name) => Effect.either(transport.send(call(name, { timeout: 50 }))))
      assert.deepStrictEqual(timedOut, users)
      const closing = yield* Effect.scoped(
        Effect.gen(function* () {
          const transport = yield* open(stub.url, { maxConnections: 1, shutdownTimeout: 0 })
          const calls = yield* Effect.forkDaemon(seenBy((name) => Effect.either(transport.send(call(name)))))
          yield* Effect.sleep("50 millis")
          return calls
        })
      )
      assert.deepStrictEqual(yield* Fiber.join(closing), users)
    })
  )

  it.scopedLive("also after waiting for an API key that another caller's call reads", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const apiKey = yield* Effect.cached(Effect.delay(Effect.succeed(Redacted.make("key")), "20 millis"))
      const transport = yield* open(stub.url, { apiKey })
      assert.deepStrictEqual(yield* seenBy((name) => Effect.orDie(transport.send(call(name)))), users)
    })
  )
})
