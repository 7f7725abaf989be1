import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { arranged, median, percentile, summarize } from "../src/stats.js"

describe("percentile", () => {
  it("is one of the samples, in any order", () => {
    const samples = Array.from({ length: 200 }, (_, i) => 200 - i)
    assert.deepStrictEqual(
      [0.5, 0.99, 1].map((share) => percentile(samples, share)),
      [100, 198, 200]
    )
    assert.throws(() => percentile([], 0.5), RangeError)
  })
})

describe("median", () => {
  it("is the middle sample", () => {
    assert.strictEqual(median([7]), 7)
    assert.strictEqual(median([9, 1, 5]), 5)
    assert.strictEqual(median([100, 1, 2, 3, 4]), 3)
  })

  it("is the mean of the two middle samples for an even count", () => {
    assert.strictEqual(median([4, 1]), 2.5)
    assert.strictEqual(median([10, 2, 4, 3]), 3.5)
  })

  it("sorts numbers numerically", () => {
    assert.strictEqual(median([10, 9, 100]), 10)
  })

  it("does not change the samples", () => {
    const samples = [3, 1, 2]
    median(samples)
    assert.deepStrictEqual(samples, [3, 1, 2])
  })

  it("is undefined without samples", () => {
    assert.throws(() => median([]), RangeError)
  })

  it.prop(
    "half of the samples are on each side, in any order",
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

describe("arranged", () => {
  const orders = (items: ReadonlyArray<string>, rounds: number) =>
    Array.from({ length: rounds }, (_, round) => arranged(items, round).join(""))

  it("starts one later in each round, with other neighbours, and omits none", () => {
    assert.deepStrictEqual(orders(["a", "b", "c"], 4), ["abc", "bac", "cab", "acb"])
    const nine = [..."abcdefghi"]
    const predecessors = orders(nine, 6).map((order) => order[(order.indexOf("a") + 8) % 9])
    assert.strictEqual(new Set(predecessors).size, 6)
    for (const order of orders(nine, 20)) assert.deepStrictEqual([...order].toSorted(), nine)
  })

  it("works for few items and for none", () => {
    assert.deepStrictEqual(orders(["a", "b"], 3), ["ab", "ba", "ab"])
    assert.deepStrictEqual(orders(["a"], 2), ["a", "a"])
    assert.deepStrictEqual(arranged([], 3), [])
  })
})
