import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect, Fiber, Schedule, TestClock } from "effect"
import { CallOptions, CentrifugoError, CentrifugoTransport, RetryPolicy } from "../../src/index.js"
import * as Script from "./support/Script.js"
import { client, together } from "./support/setup.js"

const refused = new CentrifugoError.NetworkError({
  method: "batch",
  phase: "connect",
  code: "ECONNREFUSED",
  detail: "refused"
})
const lost = new CentrifugoError.NetworkError({
  method: "batch",
  phase: "unknown",
  code: "ECONNRESET",
  detail: "reset"
})
const status = (status: number, retryAfter?: number) =>
  new CentrifugoError.StatusError({
    method: "batch",
    status,
    body: "",
    ...(retryAfter === undefined ? {} : { retryAfter })
  })

const slowly = (request: Script.Request) => Effect.delay(Script.ok(request), "10 millis")

/** Lets calls start, batches be sent and answers arrive, without time passing. */
const settle = Effect.repeatN(Effect.yieldNow(), 20)

const policy = (maxAttempts: number) => RetryPolicy.make({ maxAttempts, baseDelay: "100 millis" })

describe("the order within a channel", () => {
  it.scoped("a channel has one batch in flight, and other channels do not wait for it", () =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const { publish } = yield* client(script)
      const send = (channel: string, data: string) => Effect.fork(publish({ channel, data }))
      yield* send("a", "a1")
      yield* settle
      yield* send("a", "a2")
      yield* send("b", "b1")
      yield* settle
      yield* send("a", "a3")
      yield* settle
      assert.deepStrictEqual(script.data(), [["a1"], ["b1"]])
      yield* TestClock.adjust("10 millis")
      yield* settle
      assert.deepStrictEqual(script.data(), [["a1"], ["b1"], ["a2", "a3"]])
    })
  )

  it.scoped.each([
    [1, [["a1"], ["a2"], ["a3"], ["a4"]]],
    [2, [["a1", "a2"], ["a3"], ["a4"]]]
  ] as const)("a channel has at most one batch in flight (maxSize: %s)", ([maxSize, sent]) =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const { publish } = yield* client(script, { batching: { maxSize } })
      const send = (data: string) => Effect.fork(publish({ channel: "a", data }))
      yield* Effect.forEach(["a1", "a2"], send)
      yield* settle
      yield* send("a3")
      yield* settle
      yield* TestClock.adjust("10 millis")
      yield* send("a4")
      for (const [i] of sent.entries()) {
        yield* settle
        assert.deepStrictEqual(script.data(), sent.slice(0, Math.max(i + 1, 2)))
        if (i > 0) yield* TestClock.adjust("10 millis")
      }
      assert.strictEqual(script.inFlight(), 0)
    })
  )

  it.scoped("no call overtakes a call that was too large for the previous batch", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        request.commands[0]!.payload["data"] === "x" ? Effect.never : slowly(request)
      )
      const { publish } = yield* client(script, { batching: { concurrency: 2, maxBytes: 500 } })
      const large = "3".repeat(500)
      for (const data of ["a1", "a2", large, "x", "a4"]) {
        yield* Effect.fork(publish({ channel: data === "x" ? "x" : "a", data }))
        yield* settle
      }
      yield* TestClock.adjust("10 millis")
      yield* settle
      assert.deepStrictEqual(script.data(), [["a1"], ["x"], ["a2"]])
      yield* TestClock.adjust("10 millis")
      yield* settle
      assert.deepStrictEqual(script.data().slice(3), [[large]])
    })
  )

  it.scoped("a channel whose waiting calls have all given up does not block later calls", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        Effect.delay(Script.ok(request), request.commands[0]!.payload["data"] === "x" ? 25 : 10)
      )
      const { publish } = yield* client(script, { batching: { maxSize: 2, concurrency: 2 } })
      const send = (data: string) => Effect.fork(publish({ channel: data[0]!, data }))
      yield* Effect.forEach(["a1", "b1"], send)
      yield* settle
      yield* Effect.forEach(["a2", "a3"], send)
      const waiting = yield* send("b2")
      yield* settle
      yield* send("x")
      yield* settle
      // Now a2 and a3 fit, and b2 does not.
      yield* TestClock.adjust("10 millis")
      yield* Fiber.interrupt(waiting)
      yield* send("b3")
      yield* TestClock.adjust("10 millis")
      yield* settle
      assert.deepStrictEqual(script.data(), [["a1", "b1"], ["x"], ["a2", "a3"], ["b3"]])
      yield* send("b4")
      yield* TestClock.adjust("5 millis")
      yield* settle
      assert.lengthOf(script.requests, 4)
      yield* TestClock.adjust("5 millis")
      yield* settle
      assert.deepStrictEqual(script.data().at(-1), ["b4"])
    })
  )

  it.scoped("a broadcast waits for all its channels, and later calls on them wait for it", () =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const { broadcast, publish } = yield* client(script, { batching: { maxSize: 1 } })
      yield* Effect.fork(publish({ channel: "a", data: "a1" }))
      yield* settle
      yield* Effect.fork(broadcast({ channels: ["a", "b"], data: "ab2" }))
      yield* Effect.fork(publish({ channel: "b", data: "b3" }))
      yield* Effect.fork(publish({ channel: "c", data: "c4" }))
      for (const sent of [
        ["a1", "c4"],
        ["a1", "c4", "ab2"],
        ["a1", "c4", "ab2", "b3"]
      ]) {
        yield* settle
        assert.deepStrictEqual(script.data().flat(), sent)
        yield* TestClock.adjust("10 millis")
      }
    })
  )

  it.scoped("calls without a channel do not wait", () =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const { channels, info } = yield* client(script, { batching: { maxSize: 1 } })
      yield* Effect.fork(together([info(), channels(), info()]))
      yield* settle
      assert.strictEqual(script.requests.length, 3)
    })
  )

  it.scoped("a call that waited for its channel goes before later calls", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) =>
        Effect.delay(Script.ok(request), i === 0 ? "10 millis" : "20 millis")
      )
      const { publish } = yield* client(script, { batching: { maxSize: 1, concurrency: 2 } })
      for (const data of ["a1", "a2", "b3", "c4", "d5"]) {
        yield* Effect.fork(publish({ channel: data[0]!, data }))
        yield* settle
      }
      assert.deepStrictEqual(script.data().flat(), ["a1", "b3"])
      yield* TestClock.adjust("10 millis")
      yield* settle
      assert.deepStrictEqual(script.data().flat(), ["a1", "b3", "a2"])
    })
  )

  it.scoped("a channel with constant new calls does not starve the others", () =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const { publish } = yield* client(script, { batching: { maxSize: 2, concurrency: 1 } })
      yield* Effect.fork(together([1, 2, 3, 4, 5, 6].map((data) => publish({ channel: "a", data }))))
      yield* settle
      yield* Effect.fork(publish({ channel: "b", data: "b" }))
      yield* settle
      yield* Effect.fork(together([7, 8].map((data) => publish({ channel: "a", data }))))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(script.data().flat(), [1, 2, 3, 4, 5, 6, "b", 7, 8])
    })
  )
})

describe("a batch that failed", () => {
  it.scoped("is sent again before newer calls on its channels, with the repeatable calls", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) => (i === 0 ? Effect.fail(lost) : Script.ok(request)))
      const { info, publish } = yield* client(script, { retry: RetryPolicy.transient })
      const once = publish({ channel: "b", data: "b1" }).pipe(
        CallOptions.with({ retry: RetryPolicy.none }),
        Effect.flip
      )
      const first = yield* Effect.fork(
        together([publish({ channel: "a", data: "a1" }), once, info(), publish({ channel: "a", data: "a2" })])
      )
      yield* settle
      yield* Effect.fork(publish({ channel: "a", data: "a3" }))
      // The channel of the call that has its error is free.
      yield* Effect.fork(publish({ channel: "b", data: "b2" }))
      yield* settle
      assert.deepStrictEqual(script.data(), [["a1", "b1", undefined, "a2"], ["b2"]])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(script.data().slice(2), [["a1", undefined, "a2"], ["a3"]])
      const [, error] = yield* first
      assert.deepInclude(error, { _tag: "CentrifugoNetworkError", method: "publish", attempts: 1 })
    })
  )

  it.scoped("releases the channels that the next attempt does not need, once", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) => {
        if (i === 0) return Effect.fail(refused)
        return request.commands[0]!.payload["data"] === "b2" ? Effect.never : Script.ok(request)
      })
      const { publish } = yield* client(script)
      const once = Effect.flip(publish({ channel: "b", data: "b1" })).pipe(
        CallOptions.with({ retry: RetryPolicy.none })
      )
      const first = yield* Effect.fork(together([publish({ channel: "a", data: "a1" }), once]))
      yield* settle
      yield* Effect.fork(publish({ channel: "b", data: "b2" }))
      yield* TestClock.adjust("1 second")
      yield* first
      yield* Effect.fork(publish({ channel: "b", data: "b3" }))
      yield* settle
      assert.deepStrictEqual(script.data(), [["a1", "b1"], ["b2"], ["a1"]])
    })
  )

  it.scoped("keeps the idempotency keys, one for each call", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) => (i === 0 ? Effect.fail(lost) : Script.ok(request)))
      const { publish } = yield* client(script, { retry: RetryPolicy.transient })
      yield* Effect.fork(together([1, 2].map((data) => publish({ channel: "a", data }))))
      yield* TestClock.adjust("1 second")
      const keys = script.requests.map(({ commands }) =>
        commands.map(({ payload }) => payload["idempotency_key"])
      )
      assert.strictEqual(new Set(keys[0]).size, 2)
      assert.deepStrictEqual(keys[0], keys[1])
    })
  )

  it.scoped("gives each caller its own error, with its own number of attempts", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.fail(refused))
      const { publish } = yield* client(script)
      const failing = (channel: string, attempts: number) =>
        Effect.flip(publish({ channel, data: 1 })).pipe(CallOptions.with({ retry: policy(attempts) }))
      const fiber = yield* Effect.fork(together([failing("a", 1), failing("b", 3), failing("c", 2)]))
      yield* TestClock.adjust("10 seconds")
      const errors = yield* fiber
      assert.deepStrictEqual(
        errors.map(({ attempts }) => attempts),
        [1, 3, 2]
      )
      for (const error of errors) {
        assert.deepInclude(error, { _tag: "CentrifugoNetworkError", method: "publish", phase: "connect" })
      }
      assert.strictEqual(new Set(errors).size, 3)
      assert.deepStrictEqual(
        script.requests.map(({ commands }) => commands.length),
        [3, 2, 1]
      )
    })
  )

  it.scoped("that was possibly carried out keeps phase unknown if the next attempt can't connect", () =>
    Effect.gen(function* () {
      const script = Script.make((_, i) => Effect.fail(i === 0 ? lost : refused))
      const { info } = yield* client(script, { retry: policy(2) })
      const fiber = yield* Effect.fork(together([Effect.flip(info()), Effect.flip(info())]))
      yield* TestClock.adjust("1 second")
      for (const error of yield* fiber) assert.deepInclude(error, { phase: "unknown", attempts: 2 })
    })
  )

  it.scoped("waits for the longest delay of its calls, without blocking other channels", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) =>
        i === 0 ? Effect.fail(status(503, 3000)) : Script.ok(request)
      )
      const { publish } = yield* client(script, {
        retry: RetryPolicy.transient,
        batching: { concurrency: 1 }
      })
      yield* Effect.fork(together([1, 2].map((data) => publish({ channel: "a", data }))))
      yield* TestClock.adjust("2999 millis")
      yield* publish({ channel: "b", data: "b" })
      assert.deepStrictEqual(script.data(), [[1, 2], ["b"]])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(script.data().at(-1), [1, 2])
    })
  )

  it.scoped("waits for the longest delay, whichever call has it", () =>
    Effect.gen(function* () {
      for (const delays of [
        ["3 seconds", "1 second"],
        ["1 second", "3 seconds"]
      ] as const) {
        const script = Script.make((request, i) => (i === 0 ? Effect.fail(refused) : Script.ok(request)))
        const { info } = yield* client(script)
        const retry = (delay: Duration.DurationInput) =>
          RetryPolicy.make({ schedule: Schedule.spaced(delay) })
        yield* Effect.fork(together(delays.map((delay) => CallOptions.with(info(), { retry: retry(delay) }))))
        yield* TestClock.adjust("2999 millis")
        assert.lengthOf(script.requests, 1)
        yield* TestClock.adjust("1 millis")
        assert.lengthOf(script.requests, 2)
      }
    })
  )

  it.scoped("is not repeated by the retry policy of the transport below", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { info } = yield* client(script, { retry: RetryPolicy.transient })
      yield* together([info(), info()])
      const [{ call }] = script.requests as [Script.Request]
      assert.deepInclude(call, { batchable: false, channels: [] })
    })
  )

  it.scoped("with a defect is a defect of every call", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.dieMessage("a bug"))
      const { info } = yield* client(script)
      const exits = yield* together([Effect.exit(info()), Effect.exit(info())])
      for (const exit of exits) assert.match(String(exit), /a bug/)
    })
  )

  it.scoped("fails with the defect of a retry policy, and is not sent again", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.fail(refused))
      const schedule = Schedule.mapEffect(Schedule.forever, () => Effect.dieMessage("a bug"))
      const { info } = yield* client(script, { retry: RetryPolicy.make({ schedule }) })
      const exits = yield* together([Effect.exit(info()), Effect.exit(info())])
      for (const exit of exits) assert.match(String(exit), /a bug/)
      assert.lengthOf(script.requests, 1)
    })
  )

  it.scoped("code 100 of one call is repeated by its caller, after the rest of its batch", () =>
    Effect.gen(function* () {
      const error = { code: 100, message: "internal server error" }
      const script = Script.make((request, i) =>
        i === 0
          ? Effect.succeed(CentrifugoTransport.result({ replies: [{ error }, { publish: {} }] }))
          : Script.ok(request)
      )
      const { publish } = yield* client(script, { retry: RetryPolicy.transient })
      const fiber = yield* Effect.fork(together(["a1", "a2"].map((data) => publish({ channel: "a", data }))))
      yield* TestClock.adjust("1 second")
      yield* fiber
      assert.deepStrictEqual(script.data(), [["a1", "a2"], ["a1"]])
    })
  )
})

describe("a batch that was refused before it was read", () => {
  const tooLarge = (limit: number) => (request: Script.Request) =>
    request.call.body.length > limit ? Effect.fail(status(413)) : slowly(request)

  it.scoped("is split in halves, in order, before newer calls; no attempt is counted", () =>
    Effect.gen(function* () {
      const script = Script.make(tooLarge(250))
      const { publish } = yield* client(script, { retry: RetryPolicy.none, batching: { concurrency: 1 } })
      const all = Array.from({ length: 9 }, (_, i) => i)
      const fiber = yield* Effect.fork(together(all.map((data) => publish({ channel: "a", data }))))
      yield* settle
      yield* Effect.fork(publish({ channel: "a", data: "later" }))
      yield* TestClock.adjust("1 second")
      yield* fiber
      const carriedOut = script.requests.filter(({ call }) => call.body.length <= 250)
      assert.deepStrictEqual(
        carriedOut.flatMap(({ commands }) => commands.map(({ payload }) => payload["data"])),
        [...all, "later"]
      )
    })
  )

  it.scoped("split in halves, a call with several channels stays behind earlier calls on each of them", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        request.commands.length > 1 ? Effect.fail(status(400)) : Script.ok(request)
      )
      const { broadcast, publish } = yield* client(script)
      yield* together([
        publish({ channel: "b", data: "b1" }),
        publish({ channel: "c", data: "c1" }),
        Effect.either(broadcast({ channels: ["b", "c", "d"], data: "bcd" }))
      ])
      const alone = script
        .data()
        .filter((data) => data.length === 1)
        .flat()
      assert.strictEqual(alone.at(-1), "bcd")
      assert.lengthOf(alone, 3)
    })
  )

  it.scoped("a single call that is too large gets its own error, and the others do not", () =>
    Effect.gen(function* () {
      const script = Script.make(tooLarge(500))
      const { publish } = yield* client(script, { retry: RetryPolicy.transient })
      const fiber = yield* Effect.fork(
        together(
          ["1", "2", "x".repeat(600), "4"].map((data) => Effect.either(publish({ channel: "a", data })))
        )
      )
      yield* TestClock.adjust("1 second")
      const outcomes = yield* fiber
      assert.deepStrictEqual(
        outcomes.map(({ _tag }) => _tag),
        ["Right", "Right", "Left", "Right"]
      )
      assert.deepNestedInclude(outcomes[2], {
        "left._tag": "CentrifugoStatusError",
        "left.status": 413,
        "left.method": "publish",
        "left.attempts": 1
      })
    })
  )

  it.scoped("a call that the server can't read does not fail the calls beside it", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        request.commands.some(({ payload }) => payload["data"] === "bad")
          ? Effect.fail(status(400))
          : Script.ok(request)
      )
      const { publish } = yield* client(script)
      const outcomes = yield* together(
        ["1", "bad", "3", "4"].map((data) => Effect.either(publish({ channel: "a", data })))
      )
      assert.deepStrictEqual(
        outcomes.map(({ _tag }) => _tag),
        ["Right", "Left", "Right", "Right"]
      )
    })
  )
})

describe("interruption", () => {
  it.scoped("of a queued call removes it, and it is never sent", () =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const { publish } = yield* client(script)
      yield* Effect.fork(publish({ channel: "a", data: 1 }))
      yield* settle
      const waiting = yield* Effect.fork(publish({ channel: "a", data: 2 }))
      yield* Effect.fork(publish({ channel: "a", data: 3 }))
      yield* settle
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(script.data(), [[1], [3]])
    })
  )

  it.scoped("of a call when it is made sends nothing", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { publish } = yield* client(script)
      const fiber = yield* Effect.fork(publish({ channel: "a", data: 1 }))
      yield* Fiber.interrupt(fiber)
      yield* settle
      assert.deepStrictEqual(script.data(), [])
    })
  )

  it.scoped("of some calls of a batch ignores their answers; of all calls ends the request", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { publish } = yield* client(script)
      const fibers = yield* Effect.forEach([1, 2, 3], (data) => Effect.fork(publish({ channel: "a", data })))
      yield* settle
      yield* Fiber.interrupt(fibers[1]!)
      yield* Fiber.interrupt(fibers[0]!)
      assert.strictEqual(script.inFlight(), 1)
      yield* Fiber.interrupt(fibers[2]!)
      assert.strictEqual(script.inFlight(), 0)
      yield* Effect.fork(publish({ channel: "a", data: 4 }))
      yield* settle
      assert.deepStrictEqual(script.data(), [[1, 2, 3], [4]])
    })
  )

  it.scoped.each([0, 1])("of a whole batch releases its channel once (sent again: %s)", (failures) =>
    Effect.gen(function* () {
      const script = Script.make((_, i) => (i < failures ? Effect.fail(refused) : Effect.never))
      const { publish } = yield* client(script)
      const send = (data: number) => Effect.fork(publish({ channel: "a", data }))
      const fibers = yield* Effect.forEach([1, 2], send)
      yield* TestClock.adjust("1 second")
      yield* send(3)
      yield* settle
      yield* Fiber.interruptAll(fibers)
      yield* settle
      yield* send(4)
      yield* settle
      assert.deepStrictEqual(script.data().slice(failures), [[1, 2], [3]])
    })
  )

  it.scoped("of a call that is sent alone releases the calls behind it", () =>
    Effect.gen(function* () {
      const script = Script.make((request) => {
        const data = request.commands.map(({ payload }) => payload["data"] as number)
        if (data.length > 1 && data.includes(0)) return Effect.fail(status(413))
        return data.length > 1 ? slowly(request) : Effect.never
      })
      const { publish } = yield* client(script)
      const fibers = yield* Effect.forEach([0, 1, 2, 3], (data) =>
        Effect.fork(publish({ channel: "a", data }))
      )
      yield* settle
      yield* Fiber.interrupt(fibers[0]!)
      yield* settle
      yield* Fiber.interrupt(fibers[1]!)
      assert.deepStrictEqual(script.data().slice(2), [[0], [1], [2, 3]])
      yield* TestClock.adjust("10 millis")
      yield* Fiber.joinAll([fibers[2]!, fibers[3]!])
    })
  )

  it.scoped("of one half after the other ends the request of each", () =>
    Effect.gen(function* () {
      const script = Script.make(({ commands }) =>
        commands.some(({ payload }) => payload["data"] === 0) && commands.length > 1
          ? Effect.fail(status(413))
          : Effect.never
      )
      const { publish } = yield* client(script)
      const fibers = yield* Effect.forEach([0, 1, 2, 3], (data) =>
        Effect.fork(publish({ channel: "a", data }))
      )
      yield* settle
      for (const fiber of fibers) {
        assert.strictEqual(script.inFlight(), 1)
        yield* Fiber.interrupt(fiber)
        yield* settle
      }
      assert.strictEqual(script.inFlight(), 0)
      assert.deepStrictEqual(script.data().slice(2), [[0], [1], [2, 3]])
    })
  )

  it.scoped("of a call that waits for a retry releases the calls behind it", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) => (i === 0 ? Effect.fail(refused) : Script.ok(request)))
      const { publish } = yield* client(script)
      const [first, second] = yield* Effect.forEach([1, 2], (data) =>
        Effect.fork(publish({ channel: "a", data }))
      )
      yield* settle
      yield* Effect.fork(publish({ channel: "a", data: 3 }))
      yield* Fiber.interrupt(first!)
      yield* Fiber.interrupt(second!)
      yield* settle
      assert.deepStrictEqual(script.data(), [[1, 2], [3]])
    })
  )
})
