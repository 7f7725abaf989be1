/** Runs the whole benchmark with tiny counts, and checks its output. */
import { assert, describe, it } from "@effect/vitest"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { Effect, Schema } from "effect"
import { bench } from "../src/bench.js"
import { clientIds, scenarioIds, type ClientId, type ScenarioId } from "../src/model.js"
import type { Effort } from "../src/scenarios/Scenario.js"

const clients: ReadonlySet<ClientId> = new Set(["effect-centrifugo", "raw-undici"])
const only: ReadonlyArray<ScenarioId> = ["sequential", "batches-10", "fibers-10k", "bundle"]

const effort: Effort = {
  rounds: 2,
  long: { series: 1, share: 0.001 },
  brief: { series: 2, share: 0.001 }
}

const Positive = Schema.Positive.pipe(Schema.finite())

/** The JSON file as its readers see it. */
const Report = Schema.Struct({
  machine: Schema.Struct({
    cpu: Schema.NonEmptyString,
    cores: Positive,
    memoryGiB: Positive,
    os: Schema.NonEmptyString
  }),
  versions: Schema.Record({ key: Schema.String, value: Schema.NonEmptyString }),
  results: Schema.Array(
    Schema.Struct({
      scenario: Schema.Literal(...scenarioIds),
      client: Schema.Literal(...clientIds),
      median: Positive,
      unit: Schema.Literal("ms", "us", "bytes"),
      rounds: Schema.Int.pipe(Schema.positive())
    })
  )
})

describe.skipIf(!Centrifugo.isAvailable())("the benchmark", () => {
  it.live(
    "writes a result for each scenario and client, and names the measurements",
    () =>
      Effect.gen(function* () {
        const report = yield* bench({ only, clients, effort })
        assert.deepStrictEqual(report.missing, [])
        const read = yield* Schema.decodeUnknown(Schema.parseJson(Report))(JSON.stringify(report))
        assert.deepStrictEqual(
          read.results.map(({ client, rounds, scenario, unit }) => [scenario, client, unit, rounds]),
          [
            ["sequential", "effect-centrifugo", "ms", 2],
            ["sequential", "raw-undici", "ms", 2],
            ["batches-10", "effect-centrifugo", "ms", 4],
            ["batches-10", "raw-undici", "ms", 4],
            ["fibers-10k", "effect-centrifugo", "ms", 4],
            ["fibers-10k", "raw-undici", "ms", 4],
            ["bundle", "effect-centrifugo", "bytes", 1],
            ["bundle", "baseline", "bytes", 1]
          ]
        )
        for (const name of ["node", "centrifugo", "effect", "undici", "effect-centrifugo"]) {
          assert.property(read.versions, name)
        }
      }),
    240_000
  )
})
