// Bundles the packages. Checks that unused modules are left out and that nothing needs Node.

import { build } from "esbuild"
import { readFileSync, writeFileSync } from "node:fs"
import { createContext, runInContext } from "node:vm"

const bundle = async (folder, name, source, options) => {
  writeFileSync(`${folder}/${name}.mjs`, source)
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: [`${name}.mjs`],
    outfile: `bundles/${name}.js`,
    bundle: true,
    minify: true,
    treeShaking: true,
    metafile: true,
    logLevel: "silent",
    ...options
  })
  const [output] = Object.values(metafile.outputs)
  const kept = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return { bytes: output.bytes, files: kept.map(([path]) => path) }
}

/** Modules that a program which only publishes does not need. */
const unused = [
  /effect-centrifugo\/testing\//,
  /core\/dist\/(Outbox|OutboxSql|internal\/outbox\/.*)\.js$/,
  /core\/dist\/CentrifugoPro\.js$/,
  /core\/dist\/internal\/api\/(Devices|PushNotifications|Topics|UserAccess|UserStatus)\.js$/,
  /@effect\/sql\//
]

/** Further modules that a program which only makes requests does not need. */
const clients = [
  /core\/dist\/internal\/(batcher|call|client|http)\//,
  /core\/dist\/internal\/api\/(?!Publishing\.js$)/,
  /@effect\/platform\//
]

const leftIn = ({ files }, patterns) =>
  patterns.flatMap((pattern) =>
    files.filter((path) => pattern.test(path)).map((path) => `${path} is in the bundle`)
  )

const request = `
  import * as CentrifugoApi from "@effect-centrifugo/core/CentrifugoApi"
  console.log(CentrifugoApi.publish({ channel: "news", data: 1 }))`

const edge = `
  import { Centrifugo } from "@effect-centrifugo/core"
  import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
  import { Effect, Layer, Redacted } from "effect"
  globalThis.publish = (url) =>
    Centrifugo.Centrifugo.pipe(
      Effect.flatMap((centrifugo) => centrifugo.publish({ channel: "news", data: { text: "from the edge" } })),
      Effect.provide(
        Layer.provide(Centrifugo.layer({ url, apiKey: Redacted.make("api_key") }), FetchHttpClient.layer)
      ),
      Effect.runPromise
    )`

/** The globals of every edge runtime: no `process`, `Buffer` or `require`. */
const web = () => {
  const names = [
    "AbortController",
    "AbortSignal",
    "Headers",
    "ReadableStream",
    "Request",
    "Response",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "URLSearchParams",
    "clearInterval",
    "clearTimeout",
    "console",
    "crypto",
    "fetch",
    "performance",
    "queueMicrotask",
    "setInterval",
    "setTimeout",
    "structuredClone"
  ]
  return createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])))
}

export const checksOf = (folder, apiUrl) => ({
  "a bundle of one request holds no other method's schema": async () => {
    const result = await bundle(folder, "request", request, {
      format: "esm",
      platform: "neutral",
      mainFields: []
    })
    return leftIn(result, [...unused, ...clients])
  },
  "an edge bundle asks for nothing of Node, and publishes": async () => {
    // esbuild cannot resolve `node:` here, so it fails.
    const result = await bundle(folder, "edge", edge, {
      format: "iife",
      platform: "browser",
      conditions: ["worker"]
    })
    const context = web()
    runInContext(readFileSync(`${folder}/bundles/edge.js`, "utf8"), context)
    const position = await context.publish(apiUrl)
    return [
      ...leftIn(result, unused),
      ...(position.offset > 0 ? [] : [`it published to ${JSON.stringify(position)}`])
    ]
  }
})
