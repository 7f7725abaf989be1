import { fileURLToPath } from "node:url"
import { defineConfig, mergeConfig } from "vitest/config"
import shared from "./vitest.shared.js"

/**
 * For `npm run mutation`: the tests of core, without those of what stands above the mutated code (they
 * run most of it, notice little, and cost most of the time), and the one that reads the server's source.
 */
const core = mergeConfig(shared, {
  root: fileURLToPath(new URL("packages/core", import.meta.url)),
  test: {
    name: "core",
    exclude: ["test/{channel,outbox,stream}/**", "test/methods/proto.test.ts"]
  }
})

export default defineConfig({ test: { projects: [core] } })
