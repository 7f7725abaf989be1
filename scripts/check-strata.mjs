// Checks import directions with dependency-cruiser (scripts/strata.mjs), and that no package is left out.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { bin, root, run } from "./workspace.mjs"

const folders = [...readdirSync(`${root}packages`).map((name) => `packages/${name}`), "tools", "examples"]
const sources = folders.map((folder) => `${folder}/src`).filter((folder) => existsSync(`${root}${folder}`))

// A package that is missing there would be neither compiled nor checked.
const { references } = JSON.parse(readFileSync(`${root}tsconfig.json`, "utf8"))
const missing = folders.filter((name) => !references.some(({ path }) => path === name))
for (const name of missing) console.error(`tsconfig.json does not refer to ${name}`)

const { ok, output } = await run(
  bin("depcruise"),
  ["--config", "scripts/strata.mjs", "--output-type", "err-long", ...sources],
  { stdio: ["ignore", "pipe", "inherit"] }
)
if (!ok) console.error(output)
if (!ok || missing.length > 0) process.exitCode = 1
else console.log(`strata: ok, ${/\d+ modules/.exec(output)?.[0] ?? output}`)
