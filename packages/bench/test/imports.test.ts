/** That every public module, and all that it stands on, can be loaded from here, where loading them is measured. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { foundationOf, publicModules } from "../src/scenarios/imports.js"

const { resolve } = createRequire(new URL("../src/scenarios/imports.ts", import.meta.url))

const isMissing = (specifier: string): boolean => {
  try {
    resolve(specifier)
    return false
  } catch {
    return true
  }
}

describe("the modules whose import is measured", () => {
  it.live("stand on what is installed", () =>
    Effect.gen(function* () {
      const names = publicModules()
      assert.include(names, "@effect-centrifugo/core/OutboxSql")
      const foundations = yield* Effect.forEach(names, foundationOf)
      const missing = new Set(foundations.flat().filter(isMissing))
      assert.deepStrictEqual([...missing], [])
    })
  )
})
