import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { measure, percentile, report } from "../src/proxy/connections.js"

describe("connections with a connect proxy", () => {
  it("percentiles are samples", () => {
    const samples = Array.from({ length: 200 }, (_, i) => i + 1)
    assert.deepStrictEqual(
      [0.5, 0.99, 1].map((share) => percentile(samples, share)),
      [100, 198, 200]
    )
  })

  it.live.skipIf(!Centrifugo.isAvailable())("the handler accepts each", () =>
    Effect.gen(function* () {
      const outcome = yield* measure({ connections: 40, concurrency: 20, timeout: "20 seconds" })
      assert.deepStrictEqual(outcome.problems, [])
      assert.isAbove(outcome.p50, 0)
      assert.match(report(outcome), /^40 connections .* p99 [\d.]+ ms, .* 0 errors$/)
    })
  )
})
