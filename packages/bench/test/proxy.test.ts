import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { plain } from "../src/report/table.js"
import { scenarioTable } from "../src/report/tables.js"
import { proxy } from "../src/scenarios/proxy.js"

describe("connections with a connect proxy", () => {
  it.live.skipIf(!Centrifugo.isAvailable())("each is accepted, and p99 and errors are reported", () =>
    Effect.gen(function* () {
      const portion = { series: 1, share: 0.04 }
      const { missing, results } = yield* proxy
        .run({
          programs: new Map(),
          effort: { rounds: 1, long: portion, brief: portion },
          progress: () => Effect.void
        })
        .pipe(Effect.scoped)
      assert.deepStrictEqual(missing, [])
      assert.deepStrictEqual(
        results.map(({ client, count, errors }) => [client, count, errors]),
        [
          ["effect-centrifugo", 40, 0],
          ["baseline", 40, 0]
        ]
      )
      for (const { median, p99 } of results) assert.isAtLeast(p99!, median)
      assert.match(plain(scenarioTable(results)), /^effect-centrifugo +[\d.]+ ms +[\d.]+ x +[\d.]+ ms +0$/m)
    })
  )
})
