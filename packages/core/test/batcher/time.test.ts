import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schedule, TestClock } from "effect"
import { CallOptions, CentrifugoError, RetryPolicy } from "../../src/index.js"
import * as Script from "./support/Script.js"
import { client, together } from "./support/setup.js"

const settle = Effect.repeatN(Effect.yieldNow(), 20)

/** Answers after so many milliseconds, within the time that the request has. */
const after = (millis: number) => (request: Script.Request) =>
  Effect.delay(Script.ok(request), millis).pipe(
    Effect.timeoutFail({
      duration: request.call.timeout,
      onTimeout: () =>
        new CentrifugoError.TimeoutError({
          method: request.call.method,
          phase: "unknown",
          timeout: request.call.timeout
        })
    })
  )

/** The outcome of a call, and at which millisecond it came. */
const timed = <A, E>(call: Effect.Effect<A, E>) =>
  Effect.all({ outcome: Effect.either(call), at: Clock.currentTimeMillis })

describe("the timeout of a call in a batch", () => {
  it.scoped("begins when it is sent, not while it waits", () =>
    Effect.gen(function* () {
      const script = Script.make(after(300))
      const { publish } = yield* client(script, { timeout: "400 millis" })
      const fibers = yield* Effect.forEach([1, 2, 3], (data) =>
        Effect.zipLeft(Effect.fork(publish({ channel: "a", data })), settle)
      )
      for (let i = 0; i < 10; i++) yield* TestClock.adjust("100 millis")
      yield* Fiber.joinAll(fibers)
      assert.deepStrictEqual(script.data(), [[1], [2, 3]])
    })
  )

  it.scoped("is its own: the batch goes on for those who have longer", () =>
    Effect.gen(function* () {
      const script = Script.make(after(300))
      const { info } = yield* client(script, { retry: RetryPolicy.none })
      const within = (timeout: number) => timed(info()).pipe(CallOptions.with({ timeout }))
      const fiber = yield* Effect.fork(together([within(100), within(1000), within(200), within(100)]))
      for (let i = 0; i < 10; i++) yield* TestClock.adjust("100 millis")
      const [first, second, third, fourth] = yield* fiber
      assert.deepNestedInclude(first, {
        at: 100,
        "outcome.left._tag": "CentrifugoTimeoutError",
        "outcome.left.method": "info",
        "outcome.left.phase": "unknown",
        "outcome.left.timeout": 100
      })
      assert.deepNestedInclude(second, { at: 300, "outcome._tag": "Right" })
      assert.deepNestedInclude(third, { at: 200, "outcome.left.timeout": 200 })
      assert.deepNestedInclude(fourth, { at: 100, "outcome.left.timeout": 100 })
      assert.strictEqual(script.requests.length, 1)
      assert.strictEqual(script.requests[0]!.call.timeout, 1000)
    })
  )

  it.scoped("is not ended with that of another call that gives up", () =>
    Effect.gen(function* () {
      const script = Script.make(after(300))
      const { info } = yield* client(script, { retry: RetryPolicy.none })
      const within = (timeout: number) => Effect.fork(timed(info())).pipe(CallOptions.with({ timeout }))
      const first = yield* within(100)
      const second = yield* within(100)
      yield* within(1000)
      yield* settle
      yield* TestClock.adjust("50 millis")
      yield* Fiber.interrupt(first)
      for (let i = 0; i < 10; i++) yield* TestClock.adjust("50 millis")
      assert.deepNestedInclude(yield* second, { at: 100, "outcome.left.timeout": 100 })
    })
  )

  it.scoped("that passes ends the request where it is the longest", () =>
    Effect.gen(function* () {
      const script = Script.make(after(300))
      const { info } = yield* client(script, { timeout: "200 millis", retry: RetryPolicy.none })
      const fiber = yield* Effect.fork(together([timed(info()), timed(info())]))
      for (let i = 0; i < 3; i++) yield* TestClock.adjust("100 millis")
      for (const outcome of yield* fiber) {
        assert.deepNestedInclude(outcome, {
          at: 200,
          "outcome.left.timeout": 200,
          "outcome.left.method": "info"
        })
      }
      assert.strictEqual(script.underWay(), 0)
    })
  )

  it.scoped("is by the caller's own clock, also where the batch is timed by another one", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { info } = yield* client(script, { timeout: "20 millis", retry: RetryPolicy.none })
      yield* Effect.fork(info())
      const real = yield* info().pipe(Effect.flip, Effect.withClock(Clock.make()), Effect.fork)
      assert.deepInclude(yield* real, { _tag: "CentrifugoTimeoutError", timeout: 20 })
      assert.lengthOf(script.requests, 1)
    })
  )

  it.scoped("sets no timer but the one of the request, and one for all that share a shorter one", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { info } = yield* client(script, { timeout: "10 seconds" })
      const calls = (count: number) => Effect.replicateEffect(Effect.fork(info()), count)
      yield* calls(100)
      yield* settle
      assert.lengthOf([...(yield* TestClock.sleeps())], 0)
      yield* CallOptions.with(calls(100), { timeout: "1 second" })
      yield* calls(1)
      yield* settle
      assert.lengthOf([...(yield* TestClock.sleeps())], 1)
    })
  )

  it.scoped("allows further attempts while the batch is under way, all of them for the same answer", () =>
    Effect.gen(function* () {
      const script = Script.make(after(350))
      const { info } = yield* client(script)
      const retry = (maxAttempts: number) => RetryPolicy.make({ maxAttempts, baseDelay: "1 millis" })
      const impatient = (attempts: number) =>
        timed(info()).pipe(CallOptions.with({ timeout: "100 millis", retry: retry(attempts) }))
      const fiber = yield* Effect.fork(together([impatient(2), info(), impatient(5)]))
      for (let i = 0; i < 50; i++) yield* TestClock.adjust("10 millis")
      const [gaveUp, , waited] = yield* fiber
      assert.deepNestedInclude(gaveUp, { "outcome.left.attempts": 2, "outcome.left.phase": "unknown" })
      assert.isAtLeast(gaveUp.at, 200)
      assert.isBelow(gaveUp.at, 350)
      assert.deepNestedInclude(waited, { "outcome._tag": "Right", at: 350 })
      assert.strictEqual(script.requests.length, 1)
    })
  )

  it.scoped("counts an attempt that outlived its time once, should the batch fail later", () =>
    Effect.gen(function* () {
      const refused = new CentrifugoError.NetworkError({
        method: "batch",
        phase: "connect",
        detail: "refused"
      })
      const script = Script.make((request, i) =>
        i === 0 ? Effect.delay(Effect.fail(refused), "150 millis") : Script.ok(request)
      )
      const { info } = yield* client(script, {
        retry: RetryPolicy.make({ maxAttempts: 2, baseDelay: "1 millis" })
      })
      const impatient = CallOptions.with(info(), { timeout: "100 millis" })
      const fiber = yield* Effect.fork(together([impatient, info()]))
      for (let i = 0; i < 30; i++) yield* TestClock.adjust("10 millis")
      yield* fiber
      assert.deepStrictEqual(
        script.requests.map(({ commands }) => commands.length),
        [2, 2]
      )
    })
  )

  it.scoped("is followed at once by a defect of the call's own policy, if it has one", () =>
    Effect.gen(function* () {
      const script = Script.make(after(300))
      const { info } = yield* client(script)
      const broken = RetryPolicy.make({
        schedule: Schedule.mapEffect(Schedule.forever, () => Effect.dieMessage("a bug"))
      })
      const impatient = CallOptions.with(info(), { timeout: "100 millis", retry: broken })
      const fiber = yield* Effect.fork(impatient)
      const other = yield* Effect.fork(info())
      yield* settle
      yield* TestClock.adjust("100 millis")
      yield* settle
      assert.match(String(fiber.unsafePoll()), /a bug/)
      yield* TestClock.adjust("200 millis")
      yield* other
    })
  )
})

describe("the deadline of a call in a batch", () => {
  it.scoped("covers its waiting, and says that nothing was sent", () =>
    Effect.gen(function* () {
      const script = Script.make(after(1000))
      const { publish } = yield* client(script)
      yield* Effect.fork(publish({ channel: "a", data: 1 }))
      yield* settle
      const waiting = yield* publish({ channel: "a", data: 2 }).pipe(
        CallOptions.with({ deadline: "200 millis" }),
        timed,
        Effect.fork
      )
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("100 millis")
      assert.deepNestedInclude(yield* waiting, {
        at: 200,
        "outcome.left._tag": "CentrifugoTimeoutError",
        "outcome.left.phase": "queued",
        "outcome.left.timeout": 200,
        "outcome.left.elapsed": 200
      })
      assert.deepStrictEqual(script.data(), [[1]])
    })
  )

  it.scoped("leaves the batch what is left of it, where it is the longest", () =>
    Effect.gen(function* () {
      const script = Script.make(after(50))
      const { publish } = yield* client(script)
      yield* TestClock.adjust("30 millis")
      yield* Effect.fork(publish({ channel: "a", data: 1 }))
      yield* settle
      yield* Effect.forEach([2, 3], (data) =>
        Effect.fork(CallOptions.with(publish({ channel: "a", data }), { deadline: "200 millis" }))
      )
      const late = publish({ channel: "a", data: 4 }).pipe(
        CallOptions.with({ deadline: "20 millis" }),
        Effect.flip
      )
      const fiber = yield* Effect.fork(late)
      yield* settle
      yield* TestClock.adjust("50 millis")
      yield* settle
      assert.deepInclude(yield* fiber, { phase: "queued", timeout: 20 })
      assert.strictEqual(script.requests[1]!.call.timeout, 150)
    })
  )

  it.scoped("covers the time it is under way, whatever attempts it may have left", () =>
    Effect.gen(function* () {
      const script = Script.make(after(1000))
      const { info } = yield* client(script, { retry: RetryPolicy.transient })
      const soon = timed(info()).pipe(CallOptions.with({ deadline: "200 millis" }))
      const fiber = yield* Effect.fork(together([soon, info(), soon]))
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("100 millis")
      const [first, , third] = yield* fiber
      for (const outcome of [first, third]) {
        assert.deepNestedInclude(outcome, {
          at: 200,
          "outcome.left.phase": "unknown",
          "outcome.left.attempts": 1
        })
      }
    })
  )

  it.scoped("covers the wait for another attempt", () =>
    Effect.gen(function* () {
      const unavailable = new CentrifugoError.StatusError({ method: "batch", status: 503, body: "" })
      const script = Script.make((request, i) => (i === 0 ? Effect.fail(unavailable) : Script.ok(request)))
      const { info } = yield* client(script)
      const call = (retry: RetryPolicy.RetryPolicy) =>
        timed(info()).pipe(CallOptions.with({ retry, deadline: "300 millis" }))
      const patient = timed(info()).pipe(
        CallOptions.with({ retry: RetryPolicy.make({ baseDelay: "1 seconds", maxAttempts: 2 }) })
      )
      const fiber = yield* Effect.fork(
        together([call(RetryPolicy.make({ baseDelay: "100 millis" })), patient])
      )
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("100 millis")
      const [soon, later] = yield* fiber
      assert.deepNestedInclude(soon, { at: 300, "outcome.left.phase": "unknown" })
      assert.deepNestedInclude(later, { "outcome._tag": "Right" })
    })
  )

  it.scoped("is by the caller's own clock", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { info } = yield* client(script)
      const deadline = CallOptions.with({ deadline: "20 millis" as const })
      const real = yield* info().pipe(deadline, Effect.flip, Effect.withClock(Clock.make()), Effect.fork)
      const test = yield* info().pipe(deadline, Effect.flip, Effect.fork)
      assert.deepInclude(yield* real, { _tag: "CentrifugoTimeoutError", phase: "unknown" })
      assert.isNull(test.unsafePoll())
      yield* TestClock.adjust("20 millis")
      assert.deepInclude(yield* test, { _tag: "CentrifugoTimeoutError", phase: "unknown" })
      assert.strictEqual(script.underWay(), 0)
    })
  )
})
