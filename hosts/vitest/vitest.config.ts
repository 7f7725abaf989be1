import { defineConfig } from "vitest/config"

/** The same tests in each environment. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    projects: [
      { test: { name: "node", environment: "node" } },
      { test: { name: "jsdom", environment: "jsdom" } },
      {
        test: {
          name: "happy-dom",
          environment: "happy-dom",
          // Its `fetch` obeys the same-origin policy, and the server API sends no CORS headers.
          environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } }
        }
      },
      { test: { name: "vmThreads", environment: "node", pool: "vmThreads" } }
    ]
  }
})
