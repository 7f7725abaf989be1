/** Runs the programs of docs/promises.md, unchanged, on the embedded server. */
import { CentrifugoPromise } from "@effect-centrifugo/node"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { once } from "node:events"
import type { Server } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"

type Client = CentrifugoPromise.Service

interface Exports {
  readonly notify: (centrifugo: Client, user: string, data: object) => Promise<string>
  readonly open: (centrifugo: Client, room: string) => Promise<number | undefined>
  readonly announce: (centrifugo: Client, users: AsyncIterable<string>) => Promise<ReadonlyArray<string>>
  readonly serve: (centrifugo: Client) => Server
}

const page = readFileSync(new URL("../../docs/promises.md", import.meta.url), "utf8")
const codeWith = (text: string) =>
  [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map(([, code = ""]) => code)
    .find((code) => code.includes(text))

/** Inside the workspace, so that the packages resolve. */
const parent = fileURLToPath(new URL("../snippets/", import.meta.url))

const load = async (text: string, url: string): Promise<Exports> => {
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(`${parent}run-`)
  try {
    const code = codeWith(text)?.replace("http://localhost:8000/api", url)
    writeFileSync(`${folder}/example.ts`, `${code}\nexport {}\n`)
    return (await import(`${folder}/example.ts`)) as Exports
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const namespaces = [{ name: "user", history_size: 10, history_ttl: "1m", presence: true }]
const channel = { without_namespace: { presence: true }, namespaces }

const run = (
  name: string,
  text: string,
  body: (
    exports: Exports,
    centrifugo: Client,
    published: (channel: string) => Promise<ReadonlyArray<unknown>>
  ) => Promise<void>
) =>
  it.scopedLive(name, () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ apiKey: "api_key", channel })
      const make = () => CentrifugoPromise.make({ url: server.apiUrl, apiKey: Redacted.value(server.apiKey) })
      yield* Effect.promise(async () => {
        await using centrifugo = await make()
        const exports = await load(text, server.apiUrl)
        await body(exports, centrifugo, (channel) => Effect.runPromise(server.published(channel)))
      })
    })
  )

describe("docs/promises.md", () => {
  run("the first program publishes", "CentrifugoPromise.make(", async (_, __, published) => {
    assert.deepStrictEqual(await published("news"), [{ text: "hello" }])
  })

  run("errors are distinguished", "notify =", async ({ notify }, centrifugo, published) => {
    assert.strictEqual(await notify(centrifugo, "42", { a: 1 }), "sent")
    assert.deepStrictEqual(await published("user:42"), [{ a: 1 }])
  })

  run("outcomes are read", "open =", async ({ open }, centrifugo, published) => {
    assert.strictEqual(await open(centrifugo, "room"), 0)
    assert.deepStrictEqual(await published("room"), ["open", "hello"])
  })

  run("many are sent", "announce =", async ({ announce }, centrifugo, published) => {
    const users = async function* () {
      for (let i = 0; i < 50; i++) yield String(i)
    }
    assert.deepStrictEqual(await announce(centrifugo, users()), [])
    assert.deepStrictEqual(await published("user:49"), ["hello"])
  })

  run("a handler answers", "serve =", async ({ serve }, centrifugo) => {
    const http = serve(centrifugo).listen(0, "127.0.0.1")
    await once(http, "listening")
    const { port } = http.address() as AddressInfo
    assert.strictEqual(await (await fetch(`http://127.0.0.1:${port}/7`)).text(), "sent at 1")
    await centrifugo.close()
    assert.strictEqual((await fetch(`http://127.0.0.1:${port}/7`)).status, 503)
    http.closeAllConnections()
    http.close()
  })
})
