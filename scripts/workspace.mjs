// What the root scripts share: they start with nothing installed, so this file needs Node alone.

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../", import.meta.url))
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

/** The packages that are published, in this order. */
export const publicPackages = ["packages/core", "packages/node", "packages/testing", "packages/cli"]

/** The path of a command that the workspace installs. */
export const bin = (name) => `${root}node_modules/.bin/${name}`

/** Runs a command, in the workspace's root if nothing is said; `output` is what it wrote to pipes, if `stdio` has any. */
export const run = (command, args, { cwd = root, env = {}, stdio = "inherit" } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio })
    let output = ""
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text))
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text))
    child.on("error", (error) => resolve({ ok: false, output: `${command}: ${error.message}` }))
    child.on("close", (code) => resolve({ ok: code === 0, output }))
  })

/** Runs a command behind one line of progress, and shows what it wrote only when it fails. */
const runQuietly = async (label, command, args, options) => {
  const startedAt = Date.now()
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`
  const tty = process.stdout.isTTY
  process.stdout.write(tty ? `${label} ...` : `${label} ...\n`)
  const timer = tty && setInterval(() => process.stdout.write(`\r${label} ... ${seconds()}`), 1000)
  const { ok, output } = await run(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
  clearInterval(timer)
  process.stdout.write(`${tty ? "\r" : ""}${label}: ${ok ? "done" : "failed"}, ${seconds()}\n`)
  if (!ok) process.stdout.write(output)
  return ok
}

/** Whether this Node is new enough; says so when it is not. */
export const checkNode = () => {
  const wanted = manifest.engines.node.replace(">=", "")
  const [major, minor] = process.versions.node.split(".").map(Number)
  const [wantedMajor, wantedMinor] = wanted.split(".").map(Number)
  const ok = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  if (!ok) console.error(`Node ${wanted} or newer is needed, and this is ${process.versions.node}.`)
  return ok
}

/** pnpm's store, if it is not the machine's: npm warns of the variable that pnpm itself reads. */
const store = process.env.PNPM_STORE ? ["--store-dir", process.env.PNPM_STORE] : []

/** Installs what the lockfile says, by the pnpm that package.json names; npx brings it. */
export const install = () =>
  runQuietly(
    `installing packages (${manifest.packageManager})`,
    "npx",
    ["-y", manifest.packageManager, "install", "--frozen-lockfile", ...store],
    // With CI set, pnpm never stops to ask.
    { env: { CI: "true" } }
  )

/** Compiles the given projects, and those that they refer to. */
export const build = (...projects) => runQuietly("compiling", bin("tsc"), ["-b", ...projects])
