// Import directions, as rules for dependency-cruiser: node scripts/check-strata.mjs. Type imports count, because a cycle of
// types is a cycle of concepts.

/**
 * The strata of packages/core/src, lowest first: public modules, and folders of `internal`. A file may only
 * import from its own stratum or from one listed before it.
 */
const strata = {
  wire: ["Wire"], // value schemas that methods share
  codec: ["internal/codec"], // encoders and decoders, compiled once per schema; the reply envelope
  context: ["internal/context"], // the async context of a caller
  telemetry: ["Telemetry", "internal/telemetry"], // metrics, and the names of spans and attributes
  errors: ["CentrifugoError", "internal/errors"], // the tagged error family, its guards and unions
  method: ["ApiMethod"], // the descriptor of a method, its request, the type extractors
  api: ["CentrifugoApi", "Batch", "internal/api"], // the methods of the server API
  token: ["Token", "internal/token"], // tokens with which clients connect and subscribe
  proxy: ["ProxyApp", "ProxyProtocol", "internal/proxy"], // proxy requests of the server, and their handlers
  channel: ["TypedChannel", "internal/channel"], // typed channels: names, publications, requests
  transport: ["CentrifugoTransport", "CentrifugoConfig", "Endpoints", "HttpTransport", "internal/http"], // commands to a server, replies back
  // policies of a call: options, retry, deadline, idempotency, batching
  call: ["Batcher", "CallOptions", "RetryPolicy", "Timeouts", "internal/batcher", "internal/call"],
  fetch: ["FetchTransport"], // a transport with its endpoints, over the runtime's own fetch
  client: ["Centrifugo", "CentrifugoPro", "internal/client"], // tags, layers and conveniences
  stream: ["HistoryStream", "MapStream", "internal/stream"], // histories and maps as streams
  outbox: ["Outbox", "OutboxSql", "internal/outbox"] // requests as events for the server's asynchronous consumers
}

/** What the sources of each package may import in addition to their own files. */
const packages = {
  "packages/core": ["effect", "@effect/platform"],
  "packages/node": ["packages/core", "effect", "@effect/platform", "undici", "node:"],
  "packages/testing": ["packages/core", "effect", "@effect/platform"],
  "packages/cli": [
    "packages/core",
    "packages/node",
    "effect",
    "@effect/cli",
    "@effect/platform-node",
    "node:"
  ]
}

/** Files that may also import an optional peer or Node. The index must not reach any of them. */
const optional = {
  "packages/core/src/internal/proxy/app.ts": "@effect/platform",
  "packages/core/src/OutboxSql.ts": "@effect/sql",
  "packages/core/src/internal/token/loadKey.ts": "jose",
  "packages/core/src/internal/token/verify.ts": "jose",
  "packages/testing/src/internal/listener/Body.ts": "node:",
  "packages/testing/src/internal/listener/listen.ts": "node:",
  "packages/testing/src/internal/listener/options.ts": "node:",
  "packages/testing/src/internal/cli.ts": "node:",
  "packages/testing/src/internal/configFile.ts": "node:"
}

/** Loaded only by programs that import `ProxyApp`. */
const mayLoadPlatform = ["packages/core/src/internal/proxy/app.ts"]

const core = "^packages/core/src/"
const exactly = (file) => `^${file.replaceAll(".", "\\.")}$`

/** Matches the files of strata. */
const filesOf = (members) =>
  members.map((member) => `${core}${member}${member.startsWith("internal/") ? "/" : "\\.ts$"}`)

/** Matches the modules of a workspace package, or of a dependency. */
const modulesOf = (name) => (name.startsWith("packages/") ? `^${name}/src/` : `/node_modules/${name}/`)

/** Everything but the files of a folder, and what it may import. */
const allBut = (folder, allowed) => ({
  pathNot: [`^${folder}/src/`, ...allowed.filter((name) => name !== "node:").map(modulesOf)],
  ...(allowed.includes("node:") ? { dependencyTypesNot: ["core"] } : {})
})

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to })

const names = Object.keys(strata)
const members = Object.values(strata)

export default {
  forbidden: [
    rule("cycle", "No files import each other in a cycle.", {}, { circular: true }),
    rule("unresolved", "The import leads nowhere.", {}, { couldNotResolve: true }),
    ...names
      .slice(0, -1)
      .map((name, i) =>
        rule(
          `above-${name}`,
          `Files of the stratum ${name} import from it and from those below.`,
          { path: filesOf(members[i]) },
          { path: filesOf(members.slice(i + 1).flat()) }
        )
      ),
    rule(
      "no-stratum",
      "The file is in no stratum: add it to the table in scripts/strata.mjs.",
      { path: core, pathNot: [exactly("packages/core/src/index.ts"), ...filesOf(members.flat())] },
      {}
    ),
    ...Object.entries(packages).map(([folder, allowed]) => {
      const special = Object.keys(optional).filter((file) => file.startsWith(folder))
      return rule(
        `dependencies-of-${folder.replace("packages/", "")}`,
        `${folder} may import ${allowed.join(", ")}.`,
        { path: `^${folder}/src/`, pathNot: special.map(exactly) },
        allBut(folder, allowed)
      )
    }),
    ...Object.entries(optional).map(([file, peer]) => {
      const folder = file.split("/").slice(0, 2).join("/")
      return rule(
        `peer-of-${file.split("/").at(-1)}`,
        `In addition, this file may import ${peer}.`,
        { path: exactly(file) },
        allBut(folder, [...packages[folder], peer])
      )
    }),
    rule(
      "reaches-a-peer",
      "The index reaches a file that needs an optional peer or Node.",
      { path: "^packages/(core|testing)/src/index\\.ts$" },
      { path: Object.keys(optional).map(exactly), reachable: true }
    ),
    rule(
      "loads-the-platform",
      "Programs without an HttpClient should not load the platform: import types only, or by import().",
      { path: "^packages/(core|testing)/src/", pathNot: mayLoadPlatform.map(exactly) },
      {
        path: modulesOf("@effect/platform"),
        dependencyTypesNot: ["type-only", "type-import", "dynamic-import"]
      }
    )
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@effect-centrifugo/source", "import", "types", "default"],
      extensions: [".ts", ".js"]
    }
  }
}
