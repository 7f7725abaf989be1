// Shared by the root scripts. They start before anything is installed, so this file only needs Node.

import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../", import.meta.url))
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))

/** The published packages, in publishing order. */
export const publicPackages = ["packages/core", "packages/node", "packages/testing", "packages/cli"]

/** Examples that are standalone projects: the workspace does not resolve their frameworks. */
export const exampleProjects = ["examples/next", "examples/nest", "examples/worker"]

/** The path of an installed command. */
export const bin = (name) => `${root}node_modules/.bin/${name}`

/** Runs a command, by default in the workspace root. `output` is what it wrote to pipes, if `stdio` has any. */
export const run = (command, args, { cwd = root, env = {}, stdio = "inherit", timeout } = {}) =>
  new Promise((resolve) => {
    const limit = timeout === undefined ? {} : { timeout, killSignal: "SIGKILL" }
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, ...limit })
    let output = ""
    child.stdout?.setEncoding("utf8").on("data", (text) => (output += text))
    child.stderr?.setEncoding("utf8").on("data", (text) => (output += text))
    child.on("error", (error) => resolve({ ok: false, output: `${command}: ${error.message}` }))
    child.on("close", (code) => {
      const reason = child.killed ? `\nstopped after ${timeout / 1000} s` : ""
      resolve({ ok: code === 0, output: output + reason })
    })
  })

/** Runs a command behind one progress line, and prints its output only if it fails. */
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

/** Checks that this Node is new enough, and prints a message if not. */
export const checkNode = () => {
  const wanted = manifest.engines.node.replace(">=", "")
  const [major, minor] = process.versions.node.split(".").map(Number)
  const [wantedMajor, wantedMinor] = wanted.split(".").map(Number)
  const ok = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
  if (!ok) console.error(`Node ${wanted} or newer is needed, and this is ${process.versions.node}.`)
  return ok
}

/** A custom pnpm store. As an argument, because npm warns about the variable that pnpm itself reads. */
const store = process.env.PNPM_STORE ? ["--store-dir", process.env.PNPM_STORE] : []

/** Installs a workspace from its lockfile, with the pnpm version that package.json names, through npx. */
export const install = (cwd = root) =>
  runQuietly(
    `installing packages (${manifest.packageManager})`,
    "npx",
    ["-y", manifest.packageManager, "install", "--frozen-lockfile", ...store],
    // With CI set, pnpm never asks questions.
    { cwd, env: { CI: "true" } }
  )

/** Compiles the given projects and their references. */
export const build = (...projects) => runQuietly("compiling", bin("tsc"), ["-b", ...projects])
