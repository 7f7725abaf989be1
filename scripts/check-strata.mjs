// Checks import directions: the strata of core, the allowed dependencies of each package, and that there are no
// import cycles. Type imports count, because a cycle of types is a cycle of concepts.

import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../", import.meta.url))

/**
 * The strata of packages/core/src, lowest first: public modules, and folders of `internal`. A file may only
 * import from its own stratum or from one listed before it.
 */
const strata = {
  wire: ["Wire"], // value schemas that methods share
  codec: ["internal/codec"], // encoders and decoders, compiled once per schema; the reply envelope
  errors: ["CentrifugoError"], // the tagged error family, its guards and unions
  method: ["ApiMethod"], // the descriptor of a method, its request, the type extractors
  api: ["CentrifugoApi", "Batch", "internal/api"], // the methods of the server API
  token: ["Token", "internal/token"], // tokens with which clients connect and subscribe
  proxy: ["ProxyApp", "ProxyProtocol", "internal/proxy"], // proxy requests of the server, and their handlers
  channel: ["TypedChannel", "internal/channel"], // typed channels: names, publications, requests
  transport: [
    "CentrifugoTransport",
    "CentrifugoConfig",
    "Endpoints",
    "HttpTransport",
    "Telemetry",
    "internal/http"
  ], // commands to a server, replies back
  // policies of a call: options, retry, deadline, idempotency, batching
  call: ["Batcher", "CallOptions", "RetryPolicy", "Timeouts", "internal/batcher", "internal/call"],
  fetch: ["FetchTransport"], // a transport with its endpoints, over the runtime's own fetch
  client: ["Centrifugo", "CentrifugoPro", "internal/client"], // tags, layers and conveniences
  stream: ["HistoryStream", "MapStream", "internal/stream"], // histories and maps as streams
  outbox: ["Outbox", "OutboxSql", "internal/outbox"] // requests as events for the server's asynchronous consumers
}
const rank = new Map(Object.values(strata).flatMap((members, i) => members.map((member) => [member, i])))
const nameOf = (i) => Object.keys(strata)[i]

/** What the sources of each package may import in addition to their own files. */
const packages = {
  "packages/core": [/^effect\//, /^@effect\/platform\//],
  "packages/node": [/^@effect-centrifugo\/core\//, /^effect\//, /^@effect\/platform\//, /^undici$/, /^node:/],
  "packages/testing": [/^@effect-centrifugo\/core\//, /^effect\//, /^@effect\/platform\//],
  "packages/cli": [
    /^@effect-centrifugo\/(core|node)\//,
    /^effect\//,
    /^@effect\/(cli|platform-node)\//,
    /^node:/
  ],
  "packages/bench": [/./],
  tools: [/^(?!@effect-centrifugo\/)/],
  examples: [/./]
}

/** Files that may also import an optional peer or Node. The index must not reach any of them. */
const optional = {
  "packages/core/src/internal/proxy/app.ts": /^@effect\/platform\//,
  "packages/core/src/OutboxSql.ts": /^@effect\/sql\//,
  "packages/core/src/internal/token/loadKey.ts": /^jose$/,
  "packages/core/src/internal/token/verify.ts": /^jose$/,
  "packages/testing/src/internal/listener/Body.ts": /^node:/,
  "packages/testing/src/internal/listener/listen.ts": /^node:/,
  "packages/testing/src/internal/listener/options.ts": /^node:/,
  "packages/testing/src/internal/cli.ts": /^node:/,
  "packages/testing/src/internal/configFile.ts": /^node:/
}

const problems = []

const sourceFiles = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => join(folder, name))
    : []

const importsOf = (file) =>
  ts.preProcessFile(readFileSync(file, "utf8"), true, true).importedFiles.map((found) => found.fileName)

/** `internal/codec/json.ts` belongs to `internal/codec`, `Wire.ts` to `Wire`. */
const rankOf = (src, file) => {
  const [first, second] = relative(src, file).replace(/\.ts$/, "").split(sep)
  return rank.get(first === "internal" ? `internal/${second}` : first)
}

const checkStratum = (src, file, target) => {
  const [here, there] = [rankOf(src, file), rankOf(src, target)]
  if (there > here) {
    problems.push(
      `${relative(root, file)} (${nameOf(here)}) imports ${relative(src, target)} (${nameOf(there)}), which stands above it`
    )
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

// A package that is missing from this list would silently be neither compiled nor checked.
const { references } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"))
for (const name of [
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}`),
  "tools",
  "examples"
]) {
  if (!(name in packages)) problems.push(`scripts/check-strata.mjs does not list ${name}`)
  if (!references.some(({ path }) => path === name)) problems.push(`tsconfig.json does not refer to ${name}`)
}

/**
 * Programs that do not use an `HttpClient` should not load the platform: allow only type imports and
 * `import()`.
 */
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
    if (
      ["packages/core", "packages/testing"].includes(name) &&
      !optional[relative(root, file)]?.test("@effect/platform/") &&
      loadsPlatform.test(readFileSync(file, "utf8"))
    ) {
      problems.push(`${relative(root, file)} loads @effect/platform; import types only, or by import()`)
    }
    graph.set(file, local)
  }
  findCycles(graph)
  for (const file of reachableFrom(join(src, "index.ts"), graph)) {
    if (relative(root, file) in optional) {
      problems.push(
        `${name}/src/index.ts reaches ${relative(root, file)}, which needs an optional peer or Node`
      )
    }
  }
  if (name !== "packages/core") continue
  for (const [file, targets] of graph) {
    if (relative(src, file) === "index.ts") continue // above all strata
    if (rankOf(src, file) === undefined) {
      problems.push(
        `${relative(root, file)} is in no stratum: add it to the table in scripts/check-strata.mjs`
      )
    }
    for (const target of targets) checkStratum(src, file, target)
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0 || count === 0) process.exitCode = 1
else console.log(`strata: ok, ${count} files`)
