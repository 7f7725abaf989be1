import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, TestClock } from "effect"
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
