import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { bundleOf, programs } from "../src/scenarios/bundle.js"

describe("a program that publishes once, over the runtime's own fetch", () => {
  it.live(
    "is at most 1.3 times as large as one by hand on HttpClient, and contains no @effect/platform",
    () =>
      Effect.gen(function* () {
        const ours = yield* bundleOf(programs.ours)
        const byHand = yield* bundleOf(programs.byHand)
        assert.deepStrictEqual(
          ours.files.filter((file) => file.includes("@effect/platform")),
          []
        )
        assert.isTrue(byHand.files.some((file) => file.includes("@effect/platform")))
        assert.isAtMost(ours.contents.length / byHand.contents.length, 1.3)
      })
  )
})
