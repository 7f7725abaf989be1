// Checks the GitHub workflows with actionlint. Go builds it once into the cache: node scripts/workflows.mjs.

import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { run } from "./workspace.mjs"

const version = "1.7.12"

/** The cache folder, as in CONTRIBUTING.md. */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "effect-centrifugo")

const hasGo = async () => (await run("go", ["version"], { stdio: "ignore" })).ok

const build = async (folder) => {
  const spec = `github.com/rhysd/actionlint/cmd/actionlint@v${version}`
  const stdio = ["ignore", "pipe", "pipe"]
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { ok, output } = await run("go", ["install", spec], { env: { GOBIN: folder }, stdio })
    if (ok) return true
    console.error(output)
  }
  return false
}

/** Skips the check without Go; on CI it fails. */
export const checkWorkflows = async () => {
  const folder = join(cache, `actionlint-${version}`)
  const program = join(folder, "actionlint")
  if (!existsSync(program)) {
    if (!(await hasGo())) {
      console.error("workflows: Go is missing, which builds actionlint")
      return process.env.CI === "true" ? { failed: 1 } : { skipped: 1 }
    }
    if (!(await build(folder))) return { failed: 1 }
  }
  // Not every machine has shellcheck and pyflakes, and the result must not depend on the machine.
  const { ok } = await run(program, ["-shellcheck=", "-pyflakes="])
  console.log(`workflows: ${ok ? "ok" : "failed"}`)
  return ok ? { passed: 1 } : { failed: 1 }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed = 0 } = await checkWorkflows()
  process.exitCode = failed > 0 ? 1 : 0
}
