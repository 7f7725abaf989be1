import { defineConfig } from "vitest/config"

/** The same tests in each environment. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "node", environment: "node" } },
      { test: { name: "jsdom", environment: "jsdom" } },
      { test: { name: "happy-dom", environment: "happy-dom" } },
      { test: { name: "vmThreads", environment: "node", pool: "vmThreads" } },
      { test: { name: "vmThreads-jsdom", environment: "jsdom", pool: "vmThreads" } }
    ]
  }
})
