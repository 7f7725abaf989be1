/** Calls that wait for a socket, or end while they wait: a call that was given up is never sent. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Queue, TestClock } from "effect"
import type { ConnectionOptions } from "node:tls"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Pool } from "undici"
import { undisturbed } from "../transports/machine.js"
import * as Stub from "../transports/stub.js"
import * as certificate from "../transports/certificate.js"
import { call, delayed, good, mute, open, silent } from "./transport.js"

const bodies = (stub: Stub.Stub) => stub.requests.map(({ body }) => body)
const release = ({ socket }: Stub.Received) =>
  socket.write(Stub.format({ status: 200, body: Stub.published }))
/** The test releases the first answer; the others come at once. */
const holdFirst: Stub.Answer = (request, count) => (count === 1 ? undefined : good(request, count))

describe("queued calls", () => {
  it.scoped("an interrupted call is never sent, and blocks no other", () =>
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
      assert.strictEqual(stub.opened(), 1)
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
      assert.strictEqual(error.timeout, 200)
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
      assert.strictEqual(stub.opened(), 1)
    })
  )

  it.scopedLive("1,000 concurrent calls with a limit of 16 -> all answered over at most 16 sockets", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { maxConnections: 16 })
      const calls = Array.from({ length: 1000 }, (_, i) => call(String(i)))
      yield* Effect.forEach(calls, transport.send, { concurrency: "unbounded" })
      assert.isAtMost(stub.opened(), 16)
      assert.strictEqual(new Set(bodies(stub)).size, 1000)
    })
  )

  it.scoped("a call that was given up is not retained by its transport", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(holdFirst)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const first = yield* Effect.fork(transport.send(call("1")))
      const request = yield* stub.received
      const held: Array<WeakRef<object>> = []
      const send = Effect.suspend(() => {
        const waiting = call("2".repeat(1000))
        held.push(new WeakRef(waiting))
        return transport.send(waiting)
      })
      const others = yield* Effect.fork(Effect.replicateEffect(send, 1000, { concurrency: "unbounded" }))
      while (held.length < 1000) yield* Effect.yieldNow()
      yield* Fiber.interrupt(others)
      setFlagsFromString("--expose-gc")
      const gc = runInNewContext("gc") as () => void
      const alive = Effect.promise(() => new Promise((resolve) => setImmediate(resolve))).pipe(
        Effect.map(() => {
          gc()
          return held.filter((reference) => reference.deref() !== undefined).length
        })
      )
      // Fibers interrupted last can stay on the stack for some turns.
      assert.isAtMost(yield* Effect.repeat(alive, { until: (count) => count <= 1, times: 20 }), 1)
      release(request)
      yield* Fiber.join(first)
      assert.deepStrictEqual(bodies(stub), ["1"])
    })
  )
})

describe("connecting calls", () => {
  it.scoped("an interrupted call is never sent, and its socket serves the next", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const first = yield* Effect.fork(transport.send(call("1")))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* transport.send(call("2"))
      yield* transport.send(call("3"))
      assert.deepStrictEqual(bodies(stub), ["2", "3"])
      assert.strictEqual(stub.opened(), 1)
    })
  )

  it.scoped("a timed-out call is never sent, its error says so, and its socket serves the next", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good, { tls: certificate })
      const slow = yield* delayed(stub.port)
      const pool = yield* Effect.acquireRelease(
        Effect.sync(
          () =>
            new Pool(slow.origin, {
              connections: 1,
              connect: { ca: certificate.cert } satisfies ConnectionOptions
            })
        ),
        (pool) => Effect.promise(() => pool.close())
      )
      const transport = yield* open(`${slow.origin}/api`, { maxConnections: 1, dispatcher: pool })
      const first = yield* Effect.fork(Effect.flip(transport.send(call("1", { timeout: 200 }))))
      yield* slow.opened
      yield* TestClock.adjust("200 millis")
      const error = yield* Fiber.join(first)
      assert(error._tag === "CentrifugoTimeoutError")
      assert.strictEqual(error.phase, "connect")
      const second = yield* Effect.fork(transport.send(call("2")))
      yield* slow.letThrough
      yield* Fiber.join(second)
      assert.deepStrictEqual(bodies(stub), ["2"])
      assert.strictEqual(yield* Queue.size(slow.opened), 0)
    })
  )

  it.scoped("a call that was given up keeps its slot until undici releases it, so the limit holds", () =>
    Effect.gen(function* () {
      const server = yield* mute
      const transport = yield* open(server.url, { maxConnections: 2 })
      const calls = yield* Effect.fork(
        Effect.forEach([1, 2, 3], () => Effect.flip(transport.send(call("", { timeout: 200 }))), {
          concurrency: "unbounded"
        })
      )
      yield* Queue.takeN(server.opened, 2)
      yield* TestClock.adjust("200 millis")
      const phases = (yield* Fiber.join(calls)).map((error) => "phase" in error && error.phase)
      assert.deepStrictEqual(phases, ["connect", "connect", "queued"])
      const fourth = yield* Effect.fork(Effect.flip(transport.send(call("", { timeout: 200 }))))
      yield* TestClock.adjust("200 millis")
      const error = yield* Fiber.join(fourth)
      assert.isTrue("phase" in error && error.phase === "queued")
      assert.strictEqual(yield* Queue.size(server.opened), 0)
    })
  )
})

describe("calls in flight", () => {
  it.scopedLive(
    "1,000 interrupted -> the server sees 1,000 closes, and the transport still works",
    () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start((request, count) => (count > 1000 ? good(request, count) : undefined))
        const transport = yield* open(stub.url, { maxConnections: 1000 })
        const calls = yield* Effect.fork(
          Effect.replicateEffect(transport.send(call()), 1000, { concurrency: "unbounded" })
        )
        yield* Queue.takeN(stub.received, 1000)
        yield* Fiber.interrupt(calls)
        yield* Queue.takeN(stub.closed, 1000)
        yield* transport.send(call("next"))
        assert.strictEqual(stub.requests.length, 1001)
      }),
    60_000
  )

  it.scopedLive("interrupted calls free their slots for queued ones", () =>
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

  it.scoped(
    "the socket of a timed-out call closes, and its phase is unknown",
    () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(silent)
        const transport = yield* open(stub.url)
        const fiber = yield* Effect.fork(Effect.flip(transport.send(call("", { timeout: 200 }))))
        yield* stub.received
        yield* TestClock.adjust("200 millis")
        const error = yield* Fiber.join(fiber)
        assert.isTrue("phase" in error && error.phase === "unknown")
        const start = performance.now()
        yield* stub.closed
        assert.isBelow(performance.now() - start, 1000)
      }),
    undisturbed
  )

  it.scopedLive("an interruption before the call starts leaves nothing behind", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const transport = yield* open(stub.url, { maxConnections: 1 })
      const exit = yield* Effect.exit(Effect.zipRight(Effect.interrupt, transport.send(call("1"))))
      assert.isTrue(Exit.isInterrupted(exit))
      const late = yield* Effect.fork(
        Effect.uninterruptible(
          Effect.zipRight(
            Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))),
            Effect.interruptible(transport.send(call("2")))
          )
        )
      )
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(late)))
      yield* transport.send(call("3"))
      assert.deepStrictEqual(bodies(stub), ["3"])
    })
  )

  it.scopedLive("finalizers around an interrupted call run once, and the interruption continues", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(silent)
      const transport = yield* open(stub.url)
      const seen: Array<string> = []
      const fiber = yield* transport.send(call()).pipe(
        Effect.onInterrupt(() => Effect.sync(() => seen.push("interrupted"))),
        Effect.onError(() => Effect.sync(() => seen.push("failed"))),
        Effect.zipRight(Effect.sync(() => seen.push("went on"))),
        Effect.fork
      )
      yield* stub.received
      yield* Fiber.interrupt(fiber)
      yield* stub.closed
      assert.deepStrictEqual(seen, ["interrupted", "failed"])
    })
  )
})
