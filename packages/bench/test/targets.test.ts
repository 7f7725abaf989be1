import { assert, describe, it } from "@effect/vitest"
import type { ClientId, Result, ScenarioId } from "../src/model.js"
import { judge, verdictWord } from "../src/report/targets.js"

const result = (scenario: ScenarioId, client: ClientId, median: number, peakRssMiB?: number): Result => ({
  scenario,
  client,
  median,
  unit: "ms",
  rounds: 5,
  min: median,
  max: median,
  samples: [median],
  ...(peakRssMiB === undefined ? {} : { peakRssMiB })
})

const find = (results: ReadonlyArray<Result>, limit: string) =>
  judge(results).find((verdict) => verdict.limit.includes(limit))!

describe("targets", () => {
  it("are met at the limit, and missed beyond", () => {
    const at = (ours: number) => [
      result("sequential", "effect-centrifugo", ours),
      result("sequential", "raw-undici", 100)
    ]
    assert.isTrue(find(at(110), "1.10 x raw undici").met)
    assert.isFalse(find(at(111), "1.10 x raw undici").met)
  })

  it("compare throughput the other way round", () => {
    const at = (ours: number) => [
      result("bulk-1m", "effect-centrifugo", ours),
      result("bulk-1m", "raw-undici", 80)
    ]
    const throughput = (ours: number) =>
      judge(at(ours)).find(({ target }) => target === "bulk-1m, throughput")?.met
    assert.isTrue(throughput(100))
    assert.isFalse(throughput(101))
  })

  it("sum the lower bound of the fibers", () => {
    const verdict = find(
      [
        result("fibers-10k", "effect-centrifugo", 240),
        result("fibers-floor", "effect-centrifugo", 150),
        result("batches-10", "raw-undici", 50)
      ],
      "fibers without I/O"
    )
    assert.strictEqual(verdict.value, "1.20 x")
    assert.isTrue(verdict.met)
  })

  it("take the difference of peak memory", () => {
    const verdict = find(
      [result("bulk-100k", "effect-centrifugo", 1, 150), result("bulk-1m", "effect-centrifugo", 1, 214)],
      "64 MiB"
    )
    assert.strictEqual(verdict.value, "64 MiB")
    assert.isTrue(verdict.met)
  })

  it("are not judged if a part is missing", () => {
    const verdicts = judge([result("sequential", "effect-centrifugo", 100)])
    assert.isTrue(verdicts.every((verdict) => verdict.met === undefined && verdict.value === undefined))
    assert.isTrue(verdicts.every((verdict) => verdictWord(verdict) === "not measured"))
  })
})
