import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { scenarioIds } from "../src/model.js"
import { parse } from "../src/options.js"

describe("options", () => {
  it.effect("by default a full run of all scenarios", () =>
    Effect.gen(function* () {
      const options = yield* parse([], "/home/me")
      assert.deepStrictEqual(options, {
        quick: false,
        json: undefined,
        only: scenarioIds,
        runtime: undefined
      })
    })
  )

  it.effect("files are relative to the user's folder", () =>
    Effect.gen(function* () {
      const { json } = yield* parse(["--json", "out/bench.json"], "/home/me")
      assert.strictEqual(json, "/home/me/out/bench.json")
    })
  )

  it.effect("--only takes several, and keeps the order of the report", () =>
    Effect.gen(function* () {
      const { only, quick } = yield* parse(["--quick", "--only", "batch,sequential", "--only", "bundle"], "/")
      assert.deepStrictEqual(only, ["sequential", "batch", "bundle"])
      assert.isTrue(quick)
    })
  )

  it.effect("an unknown scenario is an error that lists the known ones", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(parse(["--only", "fast"], "/"))
      assert.include(error.message, "fast")
      assert.include(error.message, "concurrent-64")
    })
  )

  it.effect("--runtime takes a runtime with a fetch of its own", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* parse(["--runtime", "bun"], "/")).runtime, "bun")
      assert.include((yield* Effect.flip(parse(["--runtime", "ie"], "/"))).message, "node|bun|deno")
    })
  )

  it.effect("an unknown flag is an error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(parse(["--fast"], "/"))
      assert.include(error.message, "--fast")
      assert.include(error.message, "usage:")
    })
  )
})
