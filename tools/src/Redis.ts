/** A real in-memory Redis for tests, on a free loopback port. */
import { Context, Effect, Layer, type Scope } from "effect"
import * as Daemon from "./Daemon.js"
import { onPath } from "./executables.js"
import { emptyFolder } from "./resources.js"

export interface Service {
  readonly pid: number
  /** `redis://127.0.0.1:PORT/DB` */
  readonly url: (db: number) => string
  /** The end of its log. */
  readonly log: () => string
}

export class Redis extends Context.Tag("@effect-centrifugo/tools/Redis")<Redis, Service>() {}

const name = "Redis"

/** The path of the program: REDIS_BIN, then `redis-server` on the PATH. */
export const find = (): string | undefined => process.env["REDIS_BIN"] || onPath("redis-server")

/** Use it in suites that need Redis: `describe.skipIf(!Redis.isAvailable())`. */
export const isAvailable = (): boolean => find() !== undefined

const missing = new Daemon.DaemonNotFound({
  name,
  remedy: "Install it (Debian: apt-get install redis-server), or set REDIS_BIN to the redis-server program."
})

/** Starts Redis. It stops when the scope closes, and when this program ends, even by a crash. */
export const start = (): Effect.Effect<
  Service,
  Daemon.DaemonNotFound | Daemon.DaemonStartError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const command = find()
    if (command === undefined) return yield* missing
    const folder = yield* emptyFolder("redis-")
    const { child, port } = yield* Daemon.start({
      name,
      folder,
      program: (port) => ({
        command,
        args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
      }),
      isReady: (line) => line.includes("Ready to accept connections")
    })
    return { pid: child.pid, url: (db) => `redis://127.0.0.1:${port}/${db}`, log: child.output }
  })

export const layer = (): Layer.Layer<Redis, Daemon.DaemonNotFound | Daemon.DaemonStartError> =>
  Layer.scoped(Redis, start())
