// npm test: installs, builds, and runs every check, even after a failed check. The last line is the sum.
//   npm test -- --only strata,vitest      runs some of the checks
//   npm test -- --sum FILE                also writes the sum to a file, as JSON

import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { locateServer, provideServices } from "./services.mjs"
import { orCrashed, runVitest } from "./vitest.mjs"
import { bin, build, checkNode, install, run } from "./workspace.mjs"

const { only, sum: sumFile } = parseArgs({
  options: { only: { type: "string" }, sum: { type: "string" } }
}).values
const isCI = process.env.CI === "true"
const sum = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const durations = []
const noServer = "NO REAL SERVER: its suites are skipped. See CENTRIFUGO_BIN in CONTRIBUTING.md."
let missesServer = false
let missingServices = ""
const noServices = () =>
  `NOT INSTALLED: ${missingServices}. The suites that need it are skipped. See "Databases and queues" in CONTRIBUTING.md.`

/** Repeats failures at the end, because often only the end of a log is kept. */
const count = ({ passed = 0, failed = 0, skipped = 0, failures: tests = [] }, name) => {
  sum.passed += passed
  sum.failed += failed
  sum.skipped += skipped
  if (failed > 0) failures.push(name, ...tests.map((test) => `  ${test}`))
}

/** A check that counts as one test. */
const command =
  (path, ...args) =>
  async () =>
    (await run(path, args)).ok ? { passed: 1 } : { failed: 1 }
const script = (...args) => command(process.execPath, ...args)

const tstyche = async () => {
  const { ok, output } = await run(bin("tstyche"), [], {
    env: { NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"]
  })
  process.stdout.write(output)
  const line = /^Assertions:.*$/m.exec(output)?.[0] ?? ""
  const number = (kind) => Number(new RegExp(`(\\d+) ${kind}`).exec(line)?.[1] ?? 0)
  return orCrashed(ok && line !== "", {
    passed: number("passed"),
    failed: number("failed"),
    skipped: number("skipped")
  })
}

const vitest = async () => {
  missingServices = await provideServices(isCI)
  if (missingServices !== "") {
    console.error(`\n${noServices()}\n`)
    if (isCI) count({ failed: 1 }, "databases and queues")
  }
  const server = await locateServer()
  if (server === undefined) {
    missesServer = true
    console.error(`\n${noServer}\n`)
    if (isCI) count({ failed: 1 }, "real server")
  }
  return runVitest([], { env: server === undefined ? {} : { CENTRIFUGO_BIN: server } })
}

const checks = {
  build: async () =>
    (await build("examples/tsconfig.src.json", "packages/bench/tsconfig.src.json"))
      ? { passed: 1 }
      : { failed: 1 },
  // Compiles what `build` leaves out: tests and configuration.
  types: command(bin("tsc"), "-b"),
  prettier: command(bin("prettier"), "--check", "--log-level=warn", "."),
  eslint: command(bin("eslint"), "."),
  effects: script("scripts/effects.mjs"),
  strata: script("scripts/check-strata.mjs"),
  exports: script("scripts/exports.mjs", "--check"),
  snippets: script("scripts/snippets.mjs"),
  reference: script("scripts/reference.mjs", "--check"),
  workflows: async () => (await import("./workflows.mjs")).checkWorkflows(),
  hover: script("scripts/hover.mjs"),
  tstyche,
  packages: async () => (await import("./packages.mjs")).checkPackages(),
  hosts: async () => (await import("./hosts.mjs")).checkHosts(),
  release: async () => (await import("./rehearsal.mjs")).checkRelease(),
  vitest,
  // Both run after vitest, which has built the real server.
  runtimes: async () => (await import("./runtimes.mjs")).checkRuntimes({ all: isCI }),
  "effect-4": async () => (await import("./effect-4.mjs")).checkEdition()
}

/** Runs one check. A check that throws has failed; the others still run. */
const runCheck = async (name) => {
  console.log(`\n--- ${name}`)
  const startedAt = Date.now()
  try {
    count(await checks[name](), name)
  } catch (error) {
    console.error(error)
    count({ failed: 1 }, name)
  }
  durations.push(`${name} ${Math.round((Date.now() - startedAt) / 1000)} s`)
}

const runChecks = async () => {
  if (!checkNode() || !(await install())) return count({ failed: 1 }, "install")
  const names = only === undefined ? Object.keys(checks) : only.split(",")
  for (const name of names) {
    if (!(name in checks)) {
      console.error(`There is no check ${name}; there are ${Object.keys(checks).join(", ")}.`)
      count({ failed: 1 }, name)
      continue
    }
    await runCheck(name)
  }
}

await runChecks()
if (missesServer) console.log(`\n${noServer}`)
if (missingServices !== "") console.log(`\n${noServices()}`)
if (durations.length > 0) console.log(`\n${durations.join(", ")}`)
if (failures.length > 0) console.log(`\nfailed:\n${failures.join("\n")}`)
if (sumFile !== undefined) writeFileSync(sumFile, JSON.stringify(sum))
console.log(
  `\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ""}`
)
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0
