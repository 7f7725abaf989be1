import { defineConfig } from "vitest/config"
import projects from "./vitest.workspace.js"

export default defineConfig({
  test: {
    projects,
    coverage: {
      provider: "v8",
      include: ["packages/{core,node,testing,cli}/src/**/*.ts"],
      reporter: ["text", "html", "lcovonly"],
      // What was covered is of interest above all where something failed.
      reportOnFailure: true
    }
  }
})
