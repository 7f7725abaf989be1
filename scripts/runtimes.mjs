// Runs the tests of core, and the tests for every runtime, on other runtimes than this Node.
//   node scripts/runtimes.mjs             all but the slow ones
//   node scripts/runtimes.mjs --all       all
//   node scripts/runtimes.mjs Bun Deno    on some

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { runVitest } from "./vitest.mjs"
import { root, run } from "./workspace.mjs"

const node = (major) => [`Node ${major}`, { spec: `node@${major}`, bin: "node", args: [] }]

/** Starts a program with the arguments of Node, which Deno does not have. */
const startsNode = "packages/testing/test/cli.test.ts"

/** Each runtime is an npm package. Without `--bun`, Bun would run vitest with Node. */
const runtimes = Object.fromEntries([
  ...["20", "22", "24", "26"].filter((major) => major !== process.versions.node.split(".")[0]).map(node),
  ["Bun", { spec: "bun@1", bin: "bun", args: ["--bun"] }],
  ["Deno", { spec: "deno@2", bin: "deno", args: ["run", "-A"], without: [startsNode] }]
])

const folders = ["packages/core/test/", "packages/testing/test/"]

/** Thousands of random or tabulated cases that do not depend on the runtime. */
const slow = ["**/*.property.test.ts", "**/policy/retry.test.ts"]

/**
 * Tests against a shared server. The files of a run share a process, and the `layer` of @effect/vitest with
 * `excludeTestServices` would remove the TestClock from `it.effect` in all of them. They run apart.
 */
const withoutTestServices = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => readFileSync(join(root, folder, file), "utf8").includes("excludeTestServices: true"))
    // Vitest resolves a pattern from the folder of each project.
    .map((file) => `test/${file}`)
)

/** Tests for every runtime, over real sockets. */
const overSockets = ["--project=node", "packages/node/test/embedded/runtimes.test.ts"]

/** The real server calls an app that the runtime's own HTTP server serves. */
const proxies = ["--project=core", "packages/core/test/proxy/server.test.ts"]

/** The transport contract, on `FetchTransport`: its errors depend on the runtime's fetch. */
const overFetch = [
  "--project=node",
  "--testNamePattern=FetchTransport",
  "packages/node/test/fetch/",
  "packages/node/test/transports/",
  "packages/node/test/faults/matrix.test.ts",
  "packages/node/test/conformance.test.ts"
]

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "effect-centrifugo", "runtimes")

/** Returns the runtime's command. Installs it once, atomically. */
export const provide = async ({ bin, spec }) => {
  const folder = join(cache, spec)
  const path = join(folder, "node_modules", ".bin", bin)
  if (existsSync(path)) return path
  mkdirSync(dirname(folder), { recursive: true })
  const fresh = mkdtempSync(`${folder}-`)
  writeFileSync(join(fresh, "package.json"), JSON.stringify({ private: true }))
  const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", spec]
  for (let attempt = 1; ; attempt++) {
    const { ok, output } = await run("npm", args, { cwd: fresh, stdio: ["ignore", "pipe", "pipe"] })
    if (ok) break
    if (attempt === 3) throw new Error(`${spec} can't be installed:\n${output}`)
  }
  if (!existsSync(path)) renameSync(fresh, folder)
  else rmSync(fresh, { recursive: true })
  return path
}

/** Exposes the garbage collector to programs on that runtime. */
const exposeGc = { bun: "--expose-gc", deno: "--v8-flags=--expose-gc" }

/** The command, as a list, that runs a program on `bun` or `deno` from npm, or on a runtime named by its command. */
export const commandOf = async (name) => {
  const runtime = Object.values(runtimes).find(({ bin }) => bin === name && bin in exposeGc)
  return runtime === undefined ? name.split(" ") : [await provide(runtime), ...runtime.args, exposeGc[name]]
}

const versionOf = async (command) => {
  const { ok, output } = await run(command, ["--version"], { stdio: ["ignore", "pipe", "pipe"] })
  if (!ok) throw new Error(`${command} does not start: ${output}`)
  return /\d+\.\d+\.\d+/.exec(output)[0]
}

export const checkRuntimes = async ({ all, names = Object.keys(runtimes) }) => {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  const lines = []
  for (const name of names) {
    try {
      const command = await provide(runtimes[name])
      const version = await versionOf(command)
      console.log(`${name} ${version}`)
      const excluded = [...withoutTestServices, ...(runtimes[name].without ?? []), ...(all ? [] : slow)].map(
        (pattern) => `--exclude=${pattern}`
      )
      const args = ["--project=core", "--project=testing", "--no-isolate", ...excluded, ...folders]
      for (const run of [args, overSockets, proxies, overFetch]) {
        const counts = await runVitest(run, { runtime: [command, ...runtimes[name].args], reporter: "dot" })
        for (const kind of Object.keys(sum)) sum[kind] += counts[kind]
        failures.push(...(counts.failures ?? []).map((test) => `${name}: ${test}`))
        lines.push(`${name} ${version}: ${counts.passed} passed, ${counts.failed} failed`)
      }
    } catch (error) {
      sum.failed++
      lines.push(`${name}: ${error.message}`)
    }
  }
  console.log(`\n${lines.join("\n")}`)
  return { ...sum, failures }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2).filter((name) => name in runtimes)
  const { failed } = await checkRuntimes({
    all: process.argv.includes("--all"),
    ...(names.length > 0 ? { names } : {})
  })
  process.exitCode = failed > 0 ? 1 : 0
}
