import { fileURLToPath } from "node:url"
import { defineConfig, mergeConfig } from "vitest/config"
import shared from "./vitest.shared.js"

/**
 * For `npm run mutation`: the tests of core, except two groups. Tests of modules above the mutated code run most of it, find
 * few mutants, and take most of the time. `proto.test.ts` reads the server's source.
 */
const core = mergeConfig(shared, {
  root: fileURLToPath(new URL("packages/core", import.meta.url)),
  test: {
    name: "core",
    exclude: ["test/{channel,outbox,stream}/**", "test/methods/proto.test.ts"]
  }
})

export default defineConfig({ test: { projects: [core] } })
