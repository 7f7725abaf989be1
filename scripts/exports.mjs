// Derives the `exports` of the public packages from their src/index.ts, so that each module is named only once.
//   node scripts/exports.mjs            rewrites the package.json files
//   node scripts/exports.mjs --check    fails if one differs

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { isDeepStrictEqual } from "node:util"
import { publicPackages } from "./workspace.mjs"

const root = new URL("../", import.meta.url)
const check = process.argv.includes("--check")
const problems = []

const readJson = (url) => JSON.parse(readFileSync(url, "utf8"))

// Users import these, too. A module of the same name would shadow one of them.
const effectModules = Object.keys(readJson(new URL("node_modules/effect/package.json", root)).exports)
const taken = new Set([
  ...effectModules.map((name) => name.slice(2)),
  ...Object.getOwnPropertyNames(globalThis)
])

/**
 * Modules with a subpath but without a line in the index, which would load them for everyone: they need an
 * optional peer, or production does not use them.
 */
const apart = {
  "packages/core": ["OutboxSql", "ProxyApp", "ProxyProtocol", "Token"],
  "packages/node": ["TokenPromise"],
  "packages/testing": ["EmbeddedServer", "TokenConnection"]
}

const entry = (path) => ({
  "@effect-centrifugo/source": `./src/${path}.ts`,
  types: `./dist/${path}.d.ts`,
  default: `./dist/${path}.js`
})

const deriveExports = (source, where, others) => {
  const exports = { "./package.json": "./package.json", ".": entry("index") }
  for (const line of source.replaceAll(/\/\*[^]*?\*\//g, "").split("\n")) {
    if (line.trim() === "" || line.startsWith("//")) continue
    const match = /^export \* as (\w+) from "\.\/(\w+)\.js"$/.exec(line)
    if (!match || match[1] !== match[2]) {
      problems.push(`${where}: only 'export * as Name from "./Name.js"' may stand here: ${line}`)
    } else if (taken.has(match[1])) {
      problems.push(`${where}: ${match[1]} is also a module of effect or a global; choose another name`)
    } else {
      exports[`./${match[1]}`] = entry(match[2])
    }
  }
  for (const name of others) exports[`./${name}`] = entry(name)
  return exports
}

for (const name of publicPackages) {
  const index = new URL(`${name}/src/index.ts`, root)
  const manifest = new URL(`${name}/package.json`, root)
  if (!existsSync(index)) {
    // A command has no modules to import.
    if (readJson(manifest).bin === undefined) problems.push(`${name}/src/index.ts does not exist`)
    continue
  }
  const json = readJson(manifest)
  const exports = deriveExports(readFileSync(index, "utf8"), `${name}/src/index.ts`, apart[name] ?? [])
  if (isDeepStrictEqual(json.exports, exports)) continue
  if (check) {
    problems.push(`${name}/package.json: exports differ from src/index.ts; run npm run exports`)
  } else {
    writeFileSync(manifest, JSON.stringify({ ...json, exports }, null, 2) + "\n")
    console.log(`rewrote the exports of ${name}/package.json`)
  }
}

// A module at the top of src is public, but could not be imported without an entry here.
for (const name of publicPackages) {
  const { exports } = readJson(new URL(`${name}/package.json`, root))
  if (!existsSync(new URL(`${name}/src/index.ts`, root))) continue // a command
  for (const file of readdirSync(new URL(`${name}/src`, root)).filter((file) => file.endsWith(".ts"))) {
    const module = file.slice(0, -3)
    if (module !== "index" && !(`./${module}` in exports)) {
      problems.push(`${name}/src/${file} is not exported: add it to index.ts, or move it to internal`)
    }
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log("exports: ok")
