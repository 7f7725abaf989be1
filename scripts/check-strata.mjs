// Holds the direction in which files may import: the strata of core, what each package may depend on,
// and no import cycles anywhere (type imports count: a cycle of types is a cycle of concepts).

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../", import.meta.url))

/** The folders of packages/core/src, lowest first. A file imports from its own folder or from one above it here. */
const strata = {
  wire: "the vocabulary: value schemas that methods share, and the reply envelope",
  errors: "the tagged error family, its guards and unions",
  codec: "encoders and decoders, compiled once per schema; reply to error",
  method: "what a method is: the descriptor, its request, the type extractors",
  methods: "the methods of the server API, by area",
  channel: "channels described once: their names, what is published to them, requests typed by that",
  transport: "how an encoded command reaches a server and a reply envelope comes back",
  policy: "what decides about a call: options, retry, idempotency, batching, telemetry",
  caller: "the one pipeline from a request to its outcome",
  client: "what users hold: tags, layers and conveniences",
  stream: "histories and maps as streams",
  outbox: "requests as events for the server's asynchronous consumers",
  testing: "the server in memory"
}
const order = Object.keys(strata)

/** What the sources of each package may import besides their own files. */
const packages = {
  "packages/core": [/^effect\//, /^@effect\/platform\//],
  "packages/node": [/^@effect-centrifugo\/core\//, /^effect\//, /^@effect\/platform\//, /^undici$/, /^node:/],
  "packages/bench": [/./],
  tools: [/^(?!@effect-centrifugo\/)/],
  examples: [/./]
}

/** Files that may import an optional peer besides. Nothing that the index reaches may be one of them. */
const optional = { "packages/core/src/outbox/OutboxSql.ts": /^@effect\/sql\// }

const problems = []

const sourceFiles = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => join(folder, name))
    : []

const importsOf = (file) =>
  ts.preProcessFile(readFileSync(file, "utf8"), true, true).importedFiles.map((found) => found.fileName)

const checkStratum = (src, file, target) => {
  const [from, to] = [file, target].map((path) => relative(src, path).split(sep))
  if (from.length === 1) return // index.ts stands above all strata
  const [here, there] = [from, to].map((path) => (path.length === 1 ? order.length : order.indexOf(path[0])))
  if (here >= 0 && there > here) {
    problems.push(`${relative(root, file)} (${from[0]}) imports ${to.join("/")}, which stands above it`)
  }
}

const reachableFrom = (file, graph, reached = new Set()) => {
  if (!reached.has(file)) {
    reached.add(file)
    for (const next of graph.get(file) ?? []) reachableFrom(next, graph, reached)
  }
  return reached
}

const findCycles = (graph) => {
  const done = new Set()
  const visit = (file, path) => {
    const start = path.indexOf(file)
    if (start >= 0) {
      const cycle = [...path.slice(start), file].map((step) => relative(root, step))
      problems.push(`import cycle: ${cycle.join(" -> ")}`)
    } else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) visit(next, [...path, file])
      done.add(file)
    }
  }
  for (const file of graph.keys()) visit(file, [])
}

// A package that is missing from a list would be neither compiled nor checked, and nobody would notice.
const { references } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"))
for (const name of [
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
  "tools",
  "examples"
]) {
  if (!(name in packages)) problems.push(`scripts/check-strata.mjs does not list ${name}`)
  if (!references.some(({ path }) => path === name)) problems.push(`tsconfig.json does not refer to ${name}`)
}

/** Who has no need of an `HttpClient` should not wait for the platform to load: types only, or `import()`. */
const loadsPlatform = /^import (?!type\b)[^"]*"@effect\/platform\//m

let count = 0
for (const [name, allowed] of Object.entries(packages)) {
  const src = join(root, name, "src")
  const graph = new Map()
  for (const file of sourceFiles(src)) {
    count++
    const local = []
    for (const imported of importsOf(file)) {
      if (imported.startsWith(".")) {
        local.push(resolve(dirname(file), imported.replace(/\.js$/, ".ts")))
      } else if (![...allowed, optional[relative(root, file)]].some((pattern) => pattern?.test(imported))) {
        problems.push(`${relative(root, file)} imports ${imported}, which ${name} may not`)
      }
    }
    if (name === "packages/core" && loadsPlatform.test(readFileSync(file, "utf8"))) {
      problems.push(`${relative(root, file)} loads @effect/platform; import types only, or by import()`)
    }
    graph.set(file, local)
  }
  findCycles(graph)
  for (const file of reachableFrom(join(src, "index.ts"), graph)) {
    if (relative(root, file) in optional) {
      problems.push(`${name}/src/index.ts reaches ${relative(root, file)}, which needs an optional peer`)
    }
  }
  if (name !== "packages/core") continue
  for (const [file, targets] of graph) {
    const folder = relative(src, file).split(sep)
    if (folder.length === 1 ? folder[0] !== "index.ts" : !order.includes(folder[0])) {
      problems.push(`${relative(root, file)} is in no stratum; the folders are ${order.join(", ")}`)
    }
    for (const target of targets) checkStratum(src, file, target)
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0 || count === 0) process.exitCode = 1
else console.log(`strata: ok, ${count} files`)
