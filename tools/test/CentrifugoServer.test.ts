import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Exit, Queue, Scope } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, readlinkSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Centrifugo from "../src/Centrifugo.js"
import * as CentrifugoServer from "../src/CentrifugoServer.js"
import * as Subscriber from "../src/Subscriber.js"
import { call } from "./call.js"

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const eventually = (condition: () => boolean) =>
  Effect.sync(condition).pipe(
    Effect.delay("20 millis"),
    Effect.repeat({ until: (holds) => holds }),
    Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => `never: ${condition}` })
  )

describe.skipIf(!Centrifugo.isAvailable())("CentrifugoServer", () => {
  it.scopedLive("delivers a publication to a subscriber", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start()
      const subscriber = yield* Subscriber.connect(server, { channel: "chat:a" })
      yield* call(server, "publish", { channel: "chat:a", data: { n: 1 } })
      yield* call(server, "publish", { channel: "chat:a", data: { n: 2 } })
      const publications = yield* subscriber.take(2)
      assert.deepStrictEqual(
        publications.map(({ channel, data, offset }) => ({ channel, data, offset })),
        [
          { channel: "chat:a", data: { n: 1 }, offset: 1 },
          { channel: "chat:a", data: { n: 2 }, offset: 2 }
        ]
      )
    })
  )

  it.scopedLive("has the default namespaces, and adds, replaces and overrides settings", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start({
        namespaces: [{ name: "extra" }, { name: "chat" }],
        env: { CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_HISTORY_SIZE: "5" }
      })
      const code = (channel: string) =>
        Effect.map(call(server, "history", { channel }), ({ error, result }) => error?.code ?? result)
      const noHistory = 108
      assert.deepInclude(yield* code("bulk:a"), { offset: 0 })
      assert.strictEqual(yield* code("nohist:a"), noHistory)
      assert.strictEqual(yield* code("extra:a"), noHistory)
      assert.strictEqual(yield* code("chat:a"), noHistory)

      yield* Effect.forEach([1, 2, 3, 4, 5, 6], (data) => call(server, "publish", { channel: "bare", data }))
      const { result } = yield* call(server, "history", { channel: "bare", limit: 10 })
      assert.lengthOf((result as { readonly publications: ReadonlyArray<unknown> }).publications, 5)
    })
  )

  it.scopedLive("gives the process only its settings", () =>
    Effect.gen(function* () {
      vi.stubEnv("CENTRIFUGO_ADMIN_ENABLED", "true")
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllEnvs()))
      const server = yield* CentrifugoServer.start()
      const environ = readFileSync(`/proc/${server.pid()}/environ`, "utf8").split("\0").filter(Boolean)
      assert.sameMembers(
        environ,
        Object.entries(server.env).map(([name, value]) => `${name}=${value}`)
      )
    })
  )

  it.live("leaves neither process nor folder when its scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* Scope.extend(CentrifugoServer.start(), scope)
      const pid = server.pid()!
      const folder = readlinkSync(`/proc/${pid}/cwd`)
      assert.isTrue(existsSync(folder))
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(isRunning(pid))
      assert.isFalse(existsSync(folder))
    })
  )

  it.scopedLive("stops, is killed, and starts again on the same port", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start()
      const subscriber = yield* Subscriber.connect(server, { channel: "chat:a" })
      const first = server.pid()!
      yield* server.stop
      assert.isFalse(isRunning(first))
      assert.isUndefined(server.pid())
      // 3001: the server shuts down
      assert.deepInclude(yield* Queue.take(subscriber.disconnects), { code: 3001, reconnects: true })

      yield* server.start
      const second = server.pid()!
      assert.notStrictEqual(second, first)
      yield* server.kill
      assert.isFalse(isRunning(second))

      yield* server.start
      assert.deepStrictEqual(
        (yield* call(server, "presence_stats", { channel: "nohist:a" })).error?.code,
        108
      )
    })
  )

  it.scopedLive(
    "leaves nothing running, for any end of the program",
    () =>
      Effect.forEach(
        ["SIGKILL", "SIGTERM", "SIGINT"] as const,
        (signal) =>
          Effect.gen(function* () {
            const fixture = new URL("fixtures/startServer.ts", import.meta.url)
            const program = yield* Effect.acquireRelease(
              Effect.sync(() =>
                spawn(process.execPath, ["--import", "tsx", fileURLToPath(fixture)], {
                  cwd: new URL(".", fixture)
                })
              ),
              (program) => Effect.sync(() => program.kill("SIGKILL"))
            )
            const [line] = (yield* Effect.promise(() => once(program.stdout, "data"))) as [Buffer]
            const { folder, pid } = JSON.parse(line.toString()) as {
              readonly pid: number
              readonly folder: string
            }
            assert.isTrue(isRunning(pid))
            program.kill(signal)
            yield* eventually(() => !isRunning(pid) && !existsSync(folder))
          }),
        { concurrency: "unbounded" }
      ),
    60_000
  )

  it.scopedLive("reports why a server ended early, with its log", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(CentrifugoServer.start({ namespaces: [{ name: "x" }] }))
      assert.strictEqual(error._tag, "ServerStartError")
      assert.include(error.message, "invalid namespace name")
    })
  )

  it.scopedLive("does not accept another server on its port", () =>
    Effect.gen(function* () {
      const { env } = yield* CentrifugoServer.start()
      const { CENTRIFUGO_HTTP_SERVER_PORT = "" } = env
      const error = yield* Effect.flip(CentrifugoServer.start({ env: { CENTRIFUGO_HTTP_SERVER_PORT } }))
      assert.include(error.message, "address already in use")
    })
  )

  it.scopedLive("reports a binary that cannot be run", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(CentrifugoServer.start({ binary: "/nowhere/centrifugo" }))
      assert.include(error.message, "cannot run /nowhere/centrifugo")
    })
  )
})
