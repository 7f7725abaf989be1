// Packs the edition, and uses it in a project of its own with Effect 4.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { editionPackages } from "../../editions/effect-4/generate.mjs"
import { withOutside } from "../outside.mjs"
import * as Consumer from "../packages/consumer.mjs"
import * as Lint from "../packages/lint.mjs"
import { provide } from "../runtimes.mjs"
import { run } from "../workspace.mjs"
import { checkWorker, miniflare } from "./worker.mjs"

const piped = { stdio: ["ignore", "pipe", "pipe"] }

const pack = async ({ cwd, folder }, target) => {
  const { ok, output } = await run("npm", ["pack", "--json", "--pack-destination", target], { cwd, ...piped })
  if (!ok) throw new Error(output)
  const [{ filename, files }] = JSON.parse(output.slice(output.indexOf("[")))
  const manifest = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8"))
  return { folder, manifest, path: join(target, filename), files: files.map(({ path }) => path) }
}

/** Effect 4 is the only peer that is not optional, besides our own packages. */
const checkPeers = ({ manifest }) => {
  const { effect, ...others } = manifest.peerDependencies
  const unexpected = Object.keys(others).filter(
    (name) =>
      !name.startsWith("@effect-centrifugo/") && manifest.peerDependenciesMeta?.[name]?.optional !== true
  )
  return [
    ...(effect === "^4.0.0" ? [] : [`the peer effect is ${effect}`]),
    ...unexpected.map((name) => `${name} is a peer`)
  ]
}

const install = async (folder, tarballs, effect, others) => {
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }))
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
  const wanted = [
    `effect@${effect}`,
    "jose@^6.0.4",
    "@types/node@^22.12.0",
    ...others,
    ...tarballs.map(({ path }) => path)
  ]
  for (let attempt = 1; ; attempt++) {
    const { ok, output } = await run("npm", ["install", ...quiet, ...wanted], { cwd: folder, ...piped })
    if (ok) return []
    if (attempt === 3) return [output]
  }
}

/** Publishes over the runtime's own fetch. */
const program = (apiUrl) => `
import { Centrifugo } from "@effect-centrifugo/core"
import { Effect, Redacted } from "effect"

const program = Effect.gen(function* () {
  const centrifugo = yield* Centrifugo.Centrifugo
  console.log(yield* centrifugo.publish({ channel: "news", data: { text: "hello" } }))
})

program.pipe(
  Effect.provide(Centrifugo.layerFetch({ url: ${JSON.stringify(apiUrl)}, apiKey: Redacted.make("api_key") })),
  Effect.runPromise
)
`

const runtimes = {
  "Node 20": { spec: "node@20", bin: "node", args: [] },
  "Node 22": { spec: "node@22", bin: "node", args: [] },
  "Node 24": { spec: "node@24", bin: "node", args: [] },
  Bun: { spec: "bun@1", bin: "bun", args: [] },
  Deno: { spec: "deno@2", bin: "deno", args: ["run", "-A"] }
}

const checkRuntimes = async (check, folder, apiUrl) => {
  writeFileSync(join(folder, "fetch.mjs"), program(apiUrl))
  for (const [name, runtime] of Object.entries(runtimes)) {
    await check(`publishes over fetch on ${name}`, async () => {
      const command = await provide(runtime)
      const { ok, output } = await run(command, [...runtime.args, "fetch.mjs"], { cwd: folder, ...piped })
      return ok && /offset/.test(output) ? [] : [output]
    })
  }
}

const checkConsumer = async (check, folder, tarballs, effect) => {
  const isNewest = effect !== "4.0.0"
  await check(`effect ${effect}: npm installs`, () =>
    install(folder, tarballs, effect, isNewest ? [miniflare()] : [])
  )
  const server = await Consumer.startServer(folder)
  try {
    // The declarations of Effect 4 name types of the DOM.
    const checks = Consumer.checksOf(folder, tarballs, server.apiUrl, "newest", [
      "es2022",
      "dom",
      "dom.iterable"
    ])
    for (const [name, find] of Object.entries(checks)) {
      await check(`effect ${effect}: ${name}`, find)
    }
    if (!isNewest) return
    await checkRuntimes(check, folder, server.apiUrl)
    await check("publishes from requests of one Worker", () => checkWorker(folder, server.apiUrl))
  } finally {
    server.stop()
  }
}

export const checkPackages = (check) =>
  withOutside("effect-4-", async (folder) => {
    const tarballs = await Promise.all(editionPackages().map((one) => pack(one, folder)))
    for (const tarball of tarballs) {
      const { name } = tarball.manifest
      await check(`${name}: peers`, () => checkPeers(tarball))
      await check(`${name}: publint`, () => Lint.checkPublint(tarball))
      await check(`${name}: attw`, () => Lint.checkTypes(tarball))
    }
    for (const effect of ["4.0.0", "^4.0.0"]) {
      await checkConsumer(check, join(folder, effect.replace("^", "newest-")), tarballs, effect)
    }
  })
