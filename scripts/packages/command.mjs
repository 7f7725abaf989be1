// The command, installed as npx installs it: from its tarball, with the peers that npm chooses.

import { mkdirSync, writeFileSync } from "node:fs"
import { run } from "../workspace.mjs"
import { startServer } from "./consumer.mjs"

/** A command has no modules to import. */
export const isCommand = ({ manifest }) => manifest.exports["."] === undefined

const piped = { stdio: ["ignore", "pipe", "pipe"] }

const install = async (folder, tarballs) => {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "command", private: true }))
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
  const args = ["install", ...quiet, ...tarballs.map(({ path }) => path)]
  for (let attempt = 1; ; attempt++) {
    const { ok, output } = await run("npm", args, { cwd: folder, ...piped })
    if (ok || attempt === 3) return ok ? [] : [output]
  }
}

export const checkCommand = async (folder, tarballs) => {
  const problems = await install(folder, tarballs)
  if (problems.length > 0) return problems
  const { apiUrl, stop } = await startServer(folder)
  try {
    const args = ["--no-install", "@effect-centrifugo/cli", "publish", "--channel", "news", "--data", "1"]
    const env = { CENTRIFUGO_API_URL: apiUrl, CENTRIFUGO_API_KEY: "api_key" }
    const { ok, output } = await run("npx", args, { cwd: folder, env, ...piped })
    return ok && /"offset":1/.test(output) ? [] : [output]
  } finally {
    stop()
  }
}
