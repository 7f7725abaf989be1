import { assert, describe, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Fiber, TestClock } from "effect"
import { CentrifugoTransport } from "../src/index.js"

const schedule = (millis: number, task: () => void) =>
  Effect.map(Effect.clock, (clock) => CentrifugoTransport.schedule(clock, millis, task))

describe("schedule", () => {
  it.live("on the live clock runs its task once, after the delay", () =>
    Effect.gen(function* () {
      const runs: Array<number> = []
      const start = yield* Clock.currentTimeMillis
      yield* schedule(30, () => runs.push(Date.now() - start))
      yield* Effect.sleep(10)
      assert.deepStrictEqual(runs, [])
      yield* Effect.sleep(100)
      assert.strictEqual(runs.length, 1)
      assert.isAtLeast(runs[0]!, 29)
    })
  )

  it.live("on the live clock does not run a cancelled task", () =>
    Effect.gen(function* () {
      let runs = 0
      const callOff = yield* schedule(10, () => runs++)
      callOff()
      callOff()
      yield* Effect.sleep(50)
      assert.strictEqual(runs, 0)
    })
  )

  it.effect("under TestClock runs its task when that clock reaches the time", () =>
    Effect.gen(function* () {
      let runs = 0
      yield* schedule(60_000, () => runs++)
      yield* TestClock.adjust(59_999)
      assert.strictEqual(runs, 0)
      yield* TestClock.adjust(1)
      assert.strictEqual(runs, 1)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(runs, 1)
    })
  )

  it.effect("under TestClock does not run a cancelled task", () =>
    Effect.gen(function* () {
      let runs = 0
      const callOff = yield* schedule(1000, () => runs++)
      yield* TestClock.adjust(500)
      callOff()
      callOff()
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(runs, 0)
    })
  )

  it.effect("allows cancelling after the task has run", () =>
    Effect.gen(function* () {
      let runs = 0
      const callOff = yield* schedule(1000, () => runs++)
      yield* TestClock.adjust(1000)
      callOff()
      assert.strictEqual(runs, 1)
    })
  )
})

describe("async", () => {
  /** Counts how often the canceler runs, and exposes the function that resumes the fiber. */
  const make = Effect.map(Deferred.make<void>(), (started) => {
    const state = { canceled: 0, resume: (_: Effect.Effect<number, string>) => {} }
    const waiting = CentrifugoTransport.async<number, string>((resume) => {
      state.resume = resume
      Deferred.unsafeDone(started, Effect.void)
      return Effect.sync(() => void state.canceled++)
    })
    return { state, waiting, started: Deferred.await(started) }
  })

  it.effect("runs the canceler when the fiber is interrupted, and waits for it", () =>
    Effect.gen(function* () {
      const { started, state, waiting } = yield* make
      const fiber = yield* Effect.fork(waiting)
      yield* started
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(state.canceled, 1)
    })
  )

  it.effect("does not run the canceler after a success or a failure", () =>
    Effect.gen(function* () {
      for (const outcome of [Effect.succeed(1), Effect.fail("no")]) {
        const { started, state, waiting } = yield* make
        const fiber = yield* Effect.fork(waiting)
        yield* started
        state.resume(outcome)
        assert.deepStrictEqual(yield* Fiber.await(fiber), yield* Effect.exit(outcome))
        assert.strictEqual(state.canceled, 0)
      }
    })
  )

  it.effect("waits for the outcome if the fiber is uninterruptible", () =>
    Effect.gen(function* () {
      const { started, state, waiting } = yield* make
      let value = 0
      const fiber = yield* Effect.fork(
        Effect.uninterruptible(Effect.map(waiting, (outcome) => (value = outcome)))
      )
      yield* started
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* Effect.yieldNow()
      state.resume(Effect.succeed(1))
      yield* Fiber.join(interrupting)
      assert.strictEqual(value, 1)
      assert.strictEqual(state.canceled, 0)
    })
  )

  it.effect("ignores every outcome after the first", () =>
    Effect.gen(function* () {
      const { started, state, waiting } = yield* make
      const fiber = yield* Effect.fork(waiting)
      yield* started
      state.resume(Effect.succeed(1))
      state.resume(Effect.fail("late"))
      assert.strictEqual(yield* Fiber.join(fiber), 1)
    })
  )
})
