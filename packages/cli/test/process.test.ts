import { assert, describe, it } from "@effect/vitest"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { Effect, Redacted } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { fileURLToPath, pathToFileURL } from "node:url"
import { environment } from "./support.js"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

const start = (env: { readonly [name: string]: string }, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=@effect-centrifugo/source", "--import", tsx, main, ...args], {
        stdio: "pipe",
        env: { ...process.env, ...env }
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const server = EmbeddedServer.start({ apiKey: "the-api-key" })

describe("effect-centrifugo", () => {
  it.scopedLive("reads standard input, and writes results and errors to separate streams", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* server
      for (const [input, code, out, err] of [
        ['{"text":"hello"}', 0, /^\{"offset":1,"epoch":"\w+"\}\n$/, /^$/],
        ["hello", 1, /^$/, /^--data: expected JSON/]
      ] as const) {
        const child = yield* start(environment(apiUrl), "publish", "--channel", "a:b", "--data", "-")
        child.stdin.end(input)
        const [stdout, stderr, [exit]] = yield* Effect.promise(() =>
          Promise.all([text(child.stdout), text(child.stderr), once(child, "exit") as Promise<[number]>])
        )
        assert.strictEqual(exit, code, stderr)
        assert.match(stdout, out)
        assert.match(stderr, err)
      }
    })
  )

  it.scopedLive("follows a history until Ctrl-C", () =>
    Effect.gen(function* () {
      const { apiUrl } = yield* server
      const centrifugo = yield* CentrifugoNode.make({ url: apiUrl, apiKey: Redacted.make("the-api-key") })
      yield* centrifugo.publish({ channel: "a:b", data: "before" })
      const child = yield* start(environment(apiUrl), "history", "--channel", "a:b", "--watch")
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const next = Effect.map(
        Effect.promise(() => lines.next()),
        ({ value }): unknown => JSON.parse(String(value))
      )
      assert.deepInclude(yield* next, { data: "before", offset: 1 })
      yield* centrifugo.publish({ channel: "a:b", data: "after" })
      assert.deepInclude(yield* next, { data: "after", offset: 2 })
      const ended = once(child, "exit")
      child.kill("SIGINT")
      assert.deepStrictEqual(yield* Effect.promise(() => ended), [0, null])
    })
  )
})
