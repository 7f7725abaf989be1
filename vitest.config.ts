import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects,
    coverage: {
      provider: "v8",
      include: ["packages/{core,node,testing,cli}/src/**/*.ts"],
      reporter: ["text", "html", "lcovonly"],
      // Coverage is most useful when a test failed.
      reportOnFailure: true
    }
  }
})
