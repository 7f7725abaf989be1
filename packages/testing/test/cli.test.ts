import { assert, describe, it } from "@effect/vitest"
import { Centrifugo } from "@effect-centrifugo/core"
import { Effect, Redacted } from "effect"
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { request } from "node:http"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as ConfigFile from "../src/internal/configFile.js"

const cli = fileURLToPath(new URL("../src/internal/cli.ts", import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

const start = (flags: ReadonlyArray<string>, args: ReadonlyArray<string>) =>
  spawn(
    process.execPath,
    [...flags, "--conditions=@effect-centrifugo/source", "--import", tsx, cli, ...args],
    {
      stdio: "pipe"
    }
  )

const run = (...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => start([], args)),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const ended = (child: ReturnType<typeof spawn>) => Effect.promise(() => once(child, "exit"))

/** The printed URL. */
const listening = (child: ChildProcessWithoutNullStreams) =>
  Effect.map(
    Effect.promise(() => once(child.stdout, "data") as Promise<[Buffer]>),
    ([said]) => {
      const [, url = "", key = ""] =
        /^CENTRIFUGO_API_URL=(\S+)\nCENTRIFUGO_API_KEY=(\S+)\n$/.exec(said.toString()) ?? []
      return { url, key }
    }
  )

/** The output until the program ends, and its exit code. */
const outcome = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const child = yield* run(...args)
    const [stdout, stderr, [code]] = yield* Effect.promise(() =>
      Promise.all([text(child.stdout), text(child.stderr), once(child, "exit") as Promise<[number]>])
    )
    return { code, stdout, stderr }
  })

/** A file with this content, in a temporary folder. */
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

// The test starts the command with flags of Node, which Deno does not have.
describe.skipIf("Deno" in globalThis)("centrifugo-embedded", () => {
  it.scopedLive("prints its URL, answers there, and ends in order", () =>
    Effect.gen(function* () {
      const child = yield* run("--key", "k", "--error-mode", "transport")
      const { key, url } = yield* listening(child)
      assert.strictEqual(key, "k")
      const centrifugo = yield* Centrifugo.makeFetch({ url, apiKey: Redacted.make("k") })
      assert.strictEqual((yield* centrifugo.publish({ channel: "a", data: 1 })).offset, 1)
      child.kill("SIGTERM")
      assert.deepStrictEqual(yield* ended(child), [0, null])
    })
  )

  it.scopedLive("prints its usage", () =>
    Effect.gen(function* () {
      const refused = yield* outcome("--port", "many")
      assert.include(refused.stderr, "--port: expected 0 to 65535\nusage: centrifugo-embedded")
      assert.strictEqual(refused.code, 1)

      // As from an unset shell variable.
      for (const [option, words] of [
        ["--port", "--port: expected 0 to 65535"],
        ["--host", "configuration, host: expected an address"],
        ["--key", "configuration, apiKey: expected"],
        ["--config", " can't be read: ENOENT"]
      ] as const) {
        const { code, stderr, stdout } = yield* outcome(option, "")
        assert.include(stderr, words)
        assert.deepStrictEqual([code, stdout], [1, ""])
      }

      const help = yield* outcome("--help")
      assert.match(help.stdout, /^usage: centrifugo-embedded/)
      assert.deepStrictEqual([help.code, help.stderr], [0, ""])

      const version = yield* outcome("--version")
      assert.match(version.stdout, /^\d+\.\d+\.\d+\S*\n$/)
      assert.strictEqual(version.code, 0)
    })
  )

  it.scopedLive("uses the channels of a real server's configuration, and names the ignored sections", () =>
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
      const centrifugo = yield* Centrifugo.makeFetch({ url, apiKey: Redacted.make(key) })
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

  it.scopedLive("accepts a configuration without channels: no namespaces and no history exist then", () =>
    Effect.gen(function* () {
      const file = yield* fileOf(
        JSON.stringify({ client: { allowed_origins: ["*"] }, uni_sse: { enabled: true } })
      )
      const child = yield* run("--config", file)
      const { key, url } = yield* listening(child)
      const centrifugo = yield* Centrifugo.makeFetch({ url, apiKey: Redacted.make(key) })
      assert.deepStrictEqual(yield* centrifugo.publish({ channel: "news", data: 1 }), {})
      const history = yield* Effect.flip(centrifugo.history({ channel: "news" }))
      assert.strictEqual(history._tag, "CentrifugoNotAvailableError")
      const unknown = yield* Effect.flip(centrifugo.publish({ channel: "chat:1", data: 1 }))
      assert.strictEqual(unknown._tag, "CentrifugoUnknownChannelError")
    })
  )

  it.scopedLive("accepts allowed host names and origins", () =>
    Effect.gen(function* () {
      const child = yield* run("--allow-host", "centrifugo", "--allow-origin", "http://localhost:5173")
      const { key, url } = yield* listening(child)
      const statusFor = (headers: Record<string, string>) =>
        Effect.promise(
          () =>
            new Promise<number | undefined>((resolve, reject) => {
              const sent = request(`${url}/info`, {
                method: "POST",
                headers: { "x-api-key": key, ...headers }
              })
              sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject)
              sent.end("{}")
            })
        )
      assert.strictEqual(yield* statusFor({ host: "centrifugo:8000", origin: "http://localhost:5173" }), 200)
      assert.strictEqual(yield* statusFor({ host: "other:8000" }), 403)
      assert.strictEqual(yield* statusFor({ origin: "http://localhost:3000" }), 403)
    })
  )

  it.scopedLive(
    "records no requests, so it can run for days",
    () =>
      Effect.gen(function* () {
        const file = yield* fileOf(
          JSON.stringify({ channel: { without_namespace: { history_size: 1, history_ttl: "60s" } } })
        )
        const child = yield* Effect.acquireRelease(
          Effect.sync(() => start(["--max-old-space-size=150"], ["--config", file])),
          (child) => Effect.sync(() => child.kill("SIGKILL"))
        )
        const { key, url } = yield* listening(child)
        const body = JSON.stringify({ channel: "news", data: "x".repeat(1_000_000) })
        const publish = Effect.promise(() =>
          fetch(`${url}/publish`, { method: "POST", headers: { "x-api-key": key }, body })
        )
        for (let i = 0; i < 300; i++) assert.strictEqual((yield* publish).status, 200)
      }),
    30_000
  )

  it.scopedLive("reports an invalid configuration, and does not start", () =>
    Effect.gen(function* () {
      const refused = (content: string) =>
        Effect.gen(function* () {
          const file = yield* fileOf(content)
          return (yield* Effect.flip(ConfigFile.read(file))).replace(file, "FILE")
        })
      assert.match(yield* refused("channel:\n  namespaces: []"), /^FILE is not JSON: /)
      for (const content of ["null", "[]", "5"]) {
        assert.include(yield* refused(content), "FILE: expected an object of sections")
      }

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

      // Would otherwise silently mean false.
      const misread = { channel: { without_namespace: { presence: "yes" } } }
      const { code, stderr } = yield* outcome("--config", yield* fileOf(JSON.stringify(misread)))
      assert.include(stderr, "channel.without_namespace.presence: expected true or false")
      assert.strictEqual(code, 1)
    })
  )
})
