// npm run effect-4: generates the Effect 4 edition, and checks it. docs/decisions/0070-effect-4-edition.md says how.
//   npm run effect-4 -- --only generate,types       some of its steps
//   npm run effect-4 -- --latest                    with the newest Effect 4, not the locked one
//   npm run effect-4 -- --reviewed FILE             marks the override of a file as up to date

import { copyFileSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { pathToFileURL } from "node:url"
import { generate, generated, here } from "../editions/effect-4/generate.mjs"
import { markReviewed, sizeOf, staleOverrides } from "../editions/effect-4/overrides.mjs"
import { makeCounter } from "./counter.mjs"
import { checkPackages } from "./effect-4/packages.mjs"
import { provide } from "./runtimes.mjs"
import { locateServer, provideServices } from "./services.mjs"
import { runVitest } from "./vitest.mjs"
import { build, publicPackages, run } from "./workspace.mjs"

const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
const piped = { cwd: generated, stdio: ["ignore", "pipe", "pipe"] }
const lock = join(here, "pnpm-lock.yaml")

/** A command as a check: its output is the problem. */
const command = async (path, ...args) => {
  const { ok, output } = await run(path, args, { ...piped, env: { CI: "true", NO_COLOR: "1" } })
  return ok ? [] : [output]
}

const install = async (latest) => {
  if (latest) rmSync(join(generated, "pnpm-lock.yaml"), { force: true })
  const frozen = latest ? "--no-frozen-lockfile" : "--frozen-lockfile"
  return command("npx", "-y", packageManager, "install", frozen, "--prefer-offline")
}

/** The codemod reads the types of the built packages. */
const buildSources = () =>
  build(...[...publicPackages, "tools"].map((folder) => `${folder}/tsconfig.src.json`))

const bin = (name) => join(generated, "node_modules/.bin", name)

const limits = { overrides: 20, share: 5 }

/** Says how large the difference between the editions is. Returns a problem if it is too large to maintain. */
const describeEdition = ({ counts, overrides, seconds, sources }) => {
  const changes = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const { core, share } = sizeOf(overrides)
  const size = `${overrides.size} overrides, ${core} of them in core's sources (${share} % of its lines)`
  console.log(`${sources.length} files in ${seconds} s, ${changes} changes; ${size}`)
  return overrides.size <= limits.overrides && share <= limits.share
    ? []
    : [`${size}; at most ${limits.overrides} and ${limits.share} % are allowed`]
}

/** Vitest 5 needs Node 22. Without the real server, databases or queues, suites are skipped; on CI that is a failure. */
const tests = async () => {
  const isCI = process.env.CI === "true"
  const services = await provideServices(isCI)
  const server = await locateServer()
  const missing = [server === undefined ? "the real server" : "", services].filter((name) => name !== "")
  if (missing.length > 0) console.error(`\nNOT INSTALLED: ${missing.join(", ")}\n`)
  if (isCI && missing.length > 0) return { passed: 0, failed: 1, failures: missing }
  const node = await provide({ spec: "node@22", bin: "node" })
  const env = server === undefined ? {} : { CENTRIFUGO_BIN: server }
  return runVitest([], { env, runtime: [node], workspace: generated })
}

const stepNames = ["generate", "install", "types", "type tests", "packages", "tests"]

/** Runs the steps in order; what a failed step leaves undone fails, too. */
export const checkEdition = async ({ latest = false, only = stepNames } = {}) => {
  const { check, counts } = makeCounter()
  const wants = (name) => only.includes(name)
  let isGenerated = true
  if (wants("generate")) {
    await check("overrides are up to date", staleOverrides)
    isGenerated = false
    await check("generate", async () => {
      if (!(await buildSources())) return ["the sources do not compile"]
      const problems = describeEdition(generate())
      isGenerated = true
      return problems
    })
  }
  if (!isGenerated) return counts
  if (wants("install")) await check("install", () => install(latest))
  if (wants("types")) {
    await check("types", () => command(bin("tsc"), "-b", "--pretty", "false"))
    await check("types of the examples in docstrings", () =>
      command(bin("tsc"), "-p", "examples/tsconfig.snippets.json", "--pretty", "false")
    )
  }
  if (wants("type tests")) await check("type tests", () => command(bin("tstyche")))
  if (wants("packages")) {
    await checkPackages(check).catch((error) => check("packages", () => [error.stack]))
  }
  if (!wants("tests")) return counts
  const { failed, failures = [], passed, skipped } = await tests()
  return {
    passed: counts.passed + passed,
    failed: counts.failed + failed,
    skipped,
    failures: [...counts.failures, ...failures]
  }
}

const main = async () => {
  const {
    latest,
    lock: locks,
    only,
    reviewed
  } = parseArgs({
    options: {
      latest: { type: "boolean" },
      lock: { type: "boolean" },
      only: { type: "string" },
      reviewed: { type: "string", multiple: true }
    }
  }).values
  if (reviewed !== undefined) return reviewed.forEach(markReviewed)
  const {
    failed,
    failures,
    passed,
    skipped = 0
  } = await checkEdition({
    latest: latest === true || locks === true,
    ...(only === undefined ? {} : { only: only.split(",") })
  })
  if (locks === true) copyFileSync(join(generated, "pnpm-lock.yaml"), lock)
  if (failures.length > 0) console.log(`\nfailed:\n${failures.map((name) => `  ${name}`).join("\n")}`)
  console.log(`\neffect-4: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main()
