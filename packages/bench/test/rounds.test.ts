import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Answer } from "../src/clients/protocol.js"
import type { ClientId } from "../src/model.js"
import { race, type Contestant, type Rules } from "../src/scenarios/rounds.js"

const answer = (millis: number): Answer => ({
  millis,
  cpuMillis: 0,
  peakRssMiB: 0,
  succeeded: 1,
  failed: 0
})

/** Contestants that record their calls; each returns the number of the round. */
const recorded = (ids: ReadonlyArray<ClientId>) => {
  const calls: Array<string> = []
  const contestants = ids.map((id): Contestant<ClientId, string> => ({
    who: id,
    name: id,
    warmUp: Effect.sync(() => calls.push(`${id} warm-up`)),
    measure: (round) =>
      Effect.sync(() => {
        calls.push(`${id} ${round}`)
        return answer(round)
      })
  }))
  return { calls, contestants }
}

const rules = (rounds: number): Rules => ({ rounds, before: 0, restAfter: 10, progress: () => Effect.void })

describe("race", () => {
  it.effect("interleaves: every client runs once per round, in a rotating order", () =>
    Effect.gen(function* () {
      const { calls, contestants } = recorded(["gocent", "pycent"])
      const { dropped, sampled } = yield* race(contestants, rules(2))
      assert.deepStrictEqual(calls, [
        "gocent warm-up",
        "pycent warm-up",
        "gocent 0",
        "pycent 0",
        "pycent 1",
        "gocent 1"
      ])
      assert.deepStrictEqual(dropped, [])
      for (const { answers } of sampled) {
        assert.deepStrictEqual(
          answers.map(({ millis }) => millis),
          [0, 1]
        )
      }
    })
  )

  it.effect("continues without a client that fails, which gets no result", () =>
    Effect.gen(function* () {
      const { calls, contestants } = recorded(["gocent", "pycent", "cent.js"])
      const failing = contestants.map((contestant): Contestant<ClientId, string> => {
        if (contestant.who === "pycent") {
          return { ...contestant, measure: (round) => Effect.fail(`broke in round ${round}`) }
        }
        return contestant.who === "cent.js"
          ? { ...contestant, warmUp: Effect.fail("cannot start") }
          : contestant
      })
      const { dropped, sampled } = yield* race(failing, rules(3))
      assert.deepStrictEqual(dropped, [
        { who: "cent.js", error: "cannot start" },
        { who: "pycent", error: "broke in round 0" }
      ])
      assert.deepStrictEqual(
        sampled.map(({ answers, who }) => [who, answers.length]),
        [["gocent", 3]]
      )
      assert.isFalse(calls.includes("cent.js 0"))
    })
  )

  it.effect("continues the order of the previous series, so that two clients that skip rounds swap", () =>
    Effect.gen(function* () {
      const { calls, contestants } = recorded(["gocent", "pycent"])
      yield* race(contestants, { ...rules(3), before: 5, restAfter: -1 })
      assert.deepStrictEqual(calls.slice(2), ["pycent 0", "gocent 0", "pycent 2", "gocent 2"])
    })
  )

  it.effect("lets slow clients skip every other round", () =>
    Effect.gen(function* () {
      const { calls, contestants } = recorded(["gocent", "pycent"])
      const [quick, slow] = contestants as [Contestant<ClientId, string>, Contestant<ClientId, string>]
      const late = { ...slow, measure: (round: number) => Effect.as(slow.measure(round), answer(11)) }
      const { sampled } = yield* race([quick, late], rules(5))
      assert.deepStrictEqual(
        sampled.map(({ answers, who }) => [who, answers.length]),
        [
          ["gocent", 5],
          ["pycent", 3]
        ]
      )
      assert.deepStrictEqual(
        calls.filter((call) => call.startsWith("pycent")),
        ["pycent warm-up", "pycent 0", "pycent 2", "pycent 4"]
      )
    })
  )
})
