/** Every public module and its dependencies can be loaded from here, where their import is measured. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createRequire } from "node:module"
import { dependenciesOf, publicModules } from "../src/scenarios/imports.js"

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
  it.live("have only installed dependencies", () =>
    Effect.gen(function* () {
      const names = publicModules()
      assert.include(names, "@effect-centrifugo/core/OutboxSql")
      const dependencies = yield* Effect.forEach(names, dependenciesOf)
      const missing = new Set(dependencies.flat().filter(isMissing))
      assert.deepStrictEqual([...missing], [])
    })
  )
})
