import { assert, describe, it } from "@effect/vitest"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { Effect, Redacted } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url))
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

describe("centrifugo-embedded", () => {
  it.scopedLive("says where it listens, answers there, and ends in order", () =>
    Effect.gen(function* () {
      const child = yield* run("--key", "k", "--error-mode", "transport")
      const [said] = (yield* Effect.promise(() => once(child.stdout, "data"))) as [Buffer]
      const [, url, key] =
        /^CENTRIFUGO_API_URL=(\S+)\nCENTRIFUGO_API_KEY=(\S+)\n$/.exec(said.toString()) ?? []
      assert.strictEqual(key, "k")
      const centrifugo = yield* CentrifugoNode.make({ url: String(url), apiKey: Redacted.make("k") })
      assert.strictEqual((yield* centrifugo.publish({ channel: "a", data: 1 })).offset, 1)
      child.kill("SIGTERM")
      assert.deepStrictEqual(yield* ended(child), [0, null])
    })
  )

  it.scopedLive("says how it is used", () =>
    Effect.gen(function* () {
      const child = yield* run("--port", "many")
      const [said] = (yield* Effect.promise(() => once(child.stderr, "data"))) as [Buffer]
      assert.include(said.toString(), "--port: expected 0 to 65535\nusage: centrifugo-embedded")
      assert.deepStrictEqual(yield* ended(child), [1, null])
    })
  )
})
