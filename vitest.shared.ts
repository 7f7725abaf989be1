import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** Settings shared by all projects of the workspace. */
export default defineConfig({
  // Workspace packages resolve to their sources, so that tests need no build and always see the last edit.
  ssr: { resolve: { conditions: ["@effect-centrifugo/source", "module", "node", "development|production"] } },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    // Long, because a busy machine must not fail a test. A hanging test still fails.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
