import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { median, rotated, summarize } from "../src/stats.js"

describe("median", () => {
  it("is the one in the middle", () => {
    assert.strictEqual(median([7]), 7)
    assert.strictEqual(median([9, 1, 5]), 5)
    assert.strictEqual(median([100, 1, 2, 3, 4]), 3)
  })

  it("is the mean of the two in the middle where there are two", () => {
    assert.strictEqual(median([4, 1]), 2.5)
    assert.strictEqual(median([10, 2, 4, 3]), 3.5)
  })

  it("orders numbers as numbers, not as text", () => {
    assert.strictEqual(median([10, 9, 100]), 10)
  })

  it("leaves the samples as they were", () => {
    const samples = [3, 1, 2]
    median(samples)
    assert.deepStrictEqual(samples, [3, 1, 2])
  })

  it("does not exist for nothing", () => {
    assert.throws(() => median([]), RangeError)
  })

  it.prop(
    "half of the samples lie on each side, whatever their order",
    [Schema.NonEmptyArray(Schema.Int)],
    ([samples]) => {
      const middle = median(samples)
      const half = samples.length / 2
      return (
        samples.filter((sample) => sample <= middle).length >= half &&
        samples.filter((sample) => sample >= middle).length >= half
      )
    }
  )
})

describe("summarize", () => {
  it("keeps the samples in the order of the rounds", () => {
    assert.deepStrictEqual(summarize([3, 1, 2]), {
      median: 2,
      min: 1,
      max: 3,
      rounds: 3,
      samples: [3, 1, 2]
    })
  })
})

describe("rotated", () => {
  it("starts one further in each round, and leaves nobody out", () => {
    const rounds = [0, 1, 2, 3].map((round) => rotated(["a", "b", "c"], round).join(""))
    assert.deepStrictEqual(rounds, ["abc", "bca", "cab", "abc"])
  })

  it("of nothing is nothing", () => {
    assert.deepStrictEqual(rotated([], 3), [])
  })
})
