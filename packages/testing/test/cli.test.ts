import { assert, describe, it } from "@effect/vitest"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { Effect, Redacted } from "effect"
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as ConfigFile from "../src/internal/configFile.js"

const cli = fileURLToPath(new URL("../src/internal/cli.ts", import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

const run = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=@effect-centrifugo/source", "--import", tsx, cli, ...args], {
        stdio: "pipe"
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const ended = (child: ReturnType<typeof spawn>) => Effect.promise(() => once(child, "exit"))

/** Where it says that it listens. */
const listening = (child: ChildProcessWithoutNullStreams) =>
  Effect.map(
    Effect.promise(() => once(child.stdout, "data") as Promise<[Buffer]>),
    ([said]) => {
      const [, url = "", key = ""] =
        /^CENTRIFUGO_API_URL=(\S+)\nCENTRIFUGO_API_KEY=(\S+)\n$/.exec(said.toString()) ?? []
      return { url, key }
    }
  )

/** What it says until it ends by itself, and its exit code. */
const outcome = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* run(...args)
    const [stdout, stderr, [code]] = yield* Effect.promise(() =>
      Promise.all([text(child.stdout), text(child.stderr), once(child, "exit") as Promise<[number]>])
    )
    return { code, stdout, stderr }
  })

/** A file with this content, in a folder of its own. */
const fileOf = (content: string) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "centrifugo-embedded-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    )
    const file = join(folder, "config.json")
    yield* Effect.promise(() => writeFile(file, content))
    return file
  })

describe("centrifugo-embedded", () => {
  it.scopedLive("says where it listens, answers there, and ends in order", () =>
    Effect.gen(function* () {
      const child = yield* run("--key", "k", "--error-mode", "transport")
      const { key, url } = yield* listening(child)
      assert.strictEqual(key, "k")
      const centrifugo = yield* CentrifugoNode.make({ url, apiKey: Redacted.make("k") })
      assert.strictEqual((yield* centrifugo.publish({ channel: "a", data: 1 })).offset, 1)
      child.kill("SIGTERM")
      assert.deepStrictEqual(yield* ended(child), [0, null])
    })
  )

  it.scopedLive("says how it is used", () =>
    Effect.gen(function* () {
      const refused = yield* outcome("--port", "many")
      assert.include(refused.stderr, "--port: expected 0 to 65535\nusage: centrifugo-embedded")
      assert.strictEqual(refused.code, 1)

      const help = yield* outcome("--help")
      assert.match(help.stdout, /^usage: centrifugo-embedded/)
      assert.deepStrictEqual([help.code, help.stderr], [0, ""])

      const version = yield* outcome("--version")
      assert.match(version.stdout, /^\d+\.\d+\.\d+\S*\n$/)
      assert.strictEqual(version.code, 0)
    })
  )

  it.scopedLive("has the channels of a real server's configuration, and says what it passes over", () =>
    Effect.gen(function* () {
      const file = yield* fileOf(
        JSON.stringify({
          http_api: { key: "another" },
          channel: {
            without_namespace: { presence: true, allow_subscribe_for_client: true },
            namespaces: [{ name: "chat", history_size: 1, history_ttl: "60s" }]
          },
          admin: { enabled: true }
        })
      )
      const child = yield* run("--config", file)
      const [noted] = (yield* Effect.promise(() => once(child.stderr, "data"))) as [Buffer]
      assert.strictEqual(noted.toString(), `${file}: only "channel" is used, not http_api, admin\n`)

      const { key, url } = yield* listening(child)
      assert.strictEqual(key, "test-key")
      const centrifugo = yield* CentrifugoNode.make({ url, apiKey: Redacted.make(key) })
      for (const data of [1, 2]) yield* centrifugo.publish({ channel: "chat:a", data })
      const { publications } = yield* centrifugo.history({ channel: "chat:a", limit: -1 })
      assert.deepStrictEqual(
        publications.map(({ data }) => data),
        [2]
      )
      assert.deepStrictEqual(yield* centrifugo.publish({ channel: "news", data: 1 }), {})
      assert.strictEqual((yield* centrifugo.presenceStats({ channel: "news" })).numClients, 0)
      const tags = yield* Effect.forEach(
        [
          centrifugo.publish({ channel: "user:1", data: 1 }),
          centrifugo.history({ channel: "news" }),
          centrifugo.presence({ channel: "chat:a" })
        ],
        (call) => Effect.map(Effect.flip<unknown, { readonly _tag: string }, never>(call), ({ _tag }) => _tag)
      )
      assert.deepStrictEqual(tags, [
        "CentrifugoUnknownChannelError",
        "CentrifugoNotAvailableError",
        "CentrifugoNotAvailableError"
      ])
    })
  )

  it.scopedLive("says what is wrong with a configuration, and does not start", () =>
    Effect.gen(function* () {
      const refused = (content: string) =>
        Effect.gen(function* () {
          const file = yield* fileOf(content)
          return (yield* Effect.flip(ConfigFile.read(file))).replace(file, "FILE")
        })
      assert.match(yield* refused("channel:\n  namespaces: []"), /^FILE is not JSON: /)
      assert.strictEqual(yield* refused('{"namespaces":[]}'), 'FILE: there is no "channel" in it')
      assert.strictEqual(yield* refused("null"), 'FILE: there is no "channel" in it')

      const missing = yield* outcome("--config", "/missing/config.json")
      assert.match(missing.stderr, /^\/missing\/config\.json can't be read: ENOENT/)
      assert.deepStrictEqual([missing.code, missing.stdout], [1, ""])

      const halved = { channel: { namespaces: [{ name: "chat", history_size: 1 }] } }
      const impossible = yield* outcome("--config", yield* fileOf(JSON.stringify(halved)))
      assert.include(
        impossible.stderr,
        'channel.namespaces["chat"]: history needs both history_size and history_ttl'
      )
      assert.deepStrictEqual([impossible.code, impossible.stdout], [1, ""])

      // Otherwise taken for false without a word.
      const misread = { channel: { without_namespace: { presence: "true" } } }
      const { code, stderr } = yield* outcome("--config", yield* fileOf(JSON.stringify(misread)))
      assert.include(stderr, "channel.without_namespace.presence: expected true or false")
      assert.strictEqual(code, 1)
    })
  )
})
