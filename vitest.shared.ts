import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** What every project of the workspace shares. */
export default defineConfig({
  // Workspace packages resolve to their sources, so that tests need no build and always see the last edit.
  ssr: { resolve: { conditions: ["@effect-centrifugo/source", "module", "node", "development|production"] } },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: [fileURLToPath(new URL("vitest.setup.ts", import.meta.url))],
    // What hangs is found out all the same, and a machine that is busy is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
