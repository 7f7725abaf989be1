/** A real PostgreSQL for tests: a new cluster on a free loopback port, without authentication and without fsync. */
import { Context, Effect, Layer, type Scope } from "effect"
import { chownSync, readdirSync } from "node:fs"
import { execFileSync } from "node:child_process"
import { dirname, join } from "node:path"
import * as ChildProcess from "./ChildProcess.js"
import * as Daemon from "./Daemon.js"
import { isExecutable, onPath } from "./executables.js"
import { emptyFolder } from "./resources.js"

export interface Service {
  /** `postgres://postgres@127.0.0.1:PORT/postgres`, without a password. */
  readonly dsn: string
  readonly pid: number
  /** The end of its log. */
  readonly log: () => string
}

export class Postgres extends Context.Tag("@effect-centrifugo/tools/Postgres")<Postgres, Service>() {}

const name = "PostgreSQL"

/** Debian installs the programs outside the PATH, in a folder per version. */
const debian = "/usr/lib/postgresql"

const debianFolders = (): ReadonlyArray<string> => {
  try {
    return readdirSync(debian)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(debian, version, "bin"))
  } catch {
    return []
  }
}

/** The folder of its programs: POSTGRES_BIN, then Debian's folder, then the folder of `initdb` on the PATH. */
export const find = (): string | undefined => {
  const initdb = onPath("initdb")
  return (
    process.env["POSTGRES_BIN"] ||
    debianFolders().find((folder) => isExecutable(join(folder, "initdb"))) ||
    (initdb === undefined ? undefined : dirname(initdb))
  )
}

/** Use it in suites that need PostgreSQL: `describe.skipIf(!Postgres.isAvailable())`. */
export const isAvailable = (): boolean => find() !== undefined

const missing = new Daemon.DaemonNotFound({
  name,
  remedy:
    "Install it (Debian: apt-get install postgresql), or set POSTGRES_BIN to the folder of its programs."
})

const isRoot = process.getuid?.() === 0

/** PostgreSQL refuses to run as root, so it then runs as Debian's `postgres` user. */
const unprivileged = ["--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env", "--"]

const program = (path: string, args: ReadonlyArray<string>) =>
  isRoot ? { command: "setpriv", args: [...unprivileged, path, ...args] } : { command: path, args }

const userId = (flag: "-u" | "-g") => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))

const handOver = (folder: string): Effect.Effect<void, Daemon.DaemonStartError> =>
  Effect.try({
    try: () => {
      if (isRoot) chownSync(folder, userId("-u"), userId("-g"))
    },
    catch: (error) =>
      new Daemon.DaemonStartError({
        name,
        problem: `it can't run as root, and there is no user "postgres" (${String(error)})`,
        log: ""
      })
  })

const initialize = (bin: string, folder: string) =>
  Effect.gen(function* () {
    const options = ["-D", join(folder, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    const child = yield* Effect.acquireRelease(
      ChildProcess.start({
        ...program(join(bin, "initdb"), [...options, "--locale=C", "--no-sync"]),
        folder,
        env: { PATH: process.env["PATH"] }
      }),
      (child) => child.kill
    )
    const exit = yield* child.exited
    if (exit !== 0) {
      return yield* new Daemon.DaemonStartError({
        name,
        problem: `initdb ended (${exit})`,
        log: child.output()
      })
    }
  }).pipe(
    Effect.scoped,
    Effect.catchTag(
      "SpawnError",
      (error) => new Daemon.DaemonStartError({ name, problem: error.message, log: "" })
    )
  )

/**
 * Starts a new cluster, and removes it when the scope closes. The cluster ends with this program even if the
 * program crashes.
 */
export const start = (): Effect.Effect<
  Service,
  Daemon.DaemonNotFound | Daemon.DaemonStartError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const bin = find()
    if (bin === undefined) return yield* missing
    const folder = yield* emptyFolder("postgres-")
    yield* handOver(folder)
    yield* initialize(bin, folder)
    const settings = [
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "fsync=off",
      "synchronous_commit=off",
      "full_page_writes=off"
    ].flatMap((setting) => ["-c", setting])
    const { child, port } = yield* Daemon.start({
      name,
      folder,
      program: (port) =>
        program(join(bin, "postgres"), ["-D", join(folder, "data"), "-p", String(port), ...settings]),
      isReady: (line) => line.includes("database system is ready to accept connections"),
      // SIGTERM would wait for clients to disconnect.
      stopSignal: "SIGINT"
    })
    return { dsn: `postgres://postgres@127.0.0.1:${port}/postgres`, pid: child.pid, log: child.output }
  })

export const layer = (): Layer.Layer<Postgres, Daemon.DaemonNotFound | Daemon.DaemonStartError> =>
  Layer.scoped(Postgres, start())
