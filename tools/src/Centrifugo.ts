/** The real server's binary: the version that this workspace tests against, and how to get it. */
import { Clock, Data, Effect, Fiber, Schedule, type Scope } from "effect"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as ChildProcess from "./ChildProcess.js"
import { isExecutable, onPath } from "./executables.js"
import { cacheFolder } from "./resources.js"

/** The Centrifugo version that this workspace is built and tested against. This is its only definition. */
export const version = "6.9.1"

const module = "github.com/centrifugal/centrifugo/v6"

export interface Binary {
  readonly path: string
  /** The output of `centrifugo version`. */
  readonly version: string
}

/** No binary was found, and none can be built. */
export class CentrifugoNotFound extends Data.TaggedError("CentrifugoNotFound")<{
  readonly problem: string
}> {
  override get message() {
    return (
      `${this.problem}. Either install Go 1.26 or newer (https://go.dev/dl), with which the server is built once, ` +
      `or set CENTRIFUGO_BIN to a centrifugo ${version} binary.`
    )
  }
}

export class CentrifugoBuildFailed extends Data.TaggedError("CentrifugoBuildFailed")<{
  readonly exit: number | NodeJS.Signals
  /** The end of Go's output. */
  readonly output: string
}> {
  override get message() {
    return `building centrifugo ${version} with Go failed (${this.exit}):\n${this.output.trimEnd()}`
  }
}

export type LocateError = CentrifugoNotFound | CentrifugoBuildFailed

export interface BuildProgress {
  readonly elapsedSeconds: number
  /** Modules downloaded so far. */
  readonly downloaded: number
  /** Packages compiled so far. */
  readonly compiled: number
  /** The last line of Go's output. */
  readonly line: string
  /** Whether Go has exited, successfully or not. This is the last report. */
  readonly ended: boolean
}

const home = () => cacheFolder(`centrifugo-${version}`)

const cached = () => join(home(), "centrifugo")

/**
 * Finds a binary without building one: CENTRIFUGO_BIN, then the PATH, then the cache. If CENTRIFUGO_BIN is set,
 * its path is returned even if no file exists there, so that a wrong path fails loudly.
 */
export const find = (): string | undefined =>
  process.env["CENTRIFUGO_BIN"] || onPath("centrifugo") || [cached()].find(isExecutable)

/** Use it in suites that need the real server: `describe.skipIf(!Centrifugo.isAvailable())`. */
export const isAvailable = (): boolean => find() !== undefined

const inspect = (path: string): Effect.Effect<Binary, CentrifugoNotFound> =>
  Effect.async<Binary, CentrifugoNotFound>((resume) => {
    execFile(path, ["version"], { env: {}, timeout: 20_000 }, (error, stdout) => {
      const found = /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1]
      resume(
        error || found === undefined
          ? new CentrifugoNotFound({ problem: `${path} is not a centrifugo binary` })
          : Effect.succeed({ path, version: found })
      )
    })
  }).pipe(
    Effect.tap((binary) =>
      binary.version === version
        ? Effect.void
        : Effect.logWarning(
            `${path} is centrifugo ${binary.version}; this workspace is built against ${version}`
          )
    )
  )

const buildFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    mkdirSync(home(), { recursive: true })
    return mkdtempSync(join(home(), "build-"))
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const build = (onProgress: (progress: BuildProgress) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const go = onPath("go")
    if (go === undefined) {
      return yield* new CentrifugoNotFound({
        problem: "There is neither a centrifugo binary nor Go on the PATH"
      })
    }
    const folder = yield* buildFolder
    const startedAt = yield* Clock.currentTimeMillis
    let downloaded = 0
    let compiled = 0
    let line = ""
    const flags = `-X ${module}/internal/build.Version=${version}`
    const child = yield* Effect.acquireRelease(
      ChildProcess.start({
        command: go,
        args: ["install", "-v", "-ldflags", flags, `${module}@v${version}`],
        folder,
        env: { ...process.env, GOBIN: folder },
        onLine: (text) => {
          line = text
          if (text.startsWith("go: downloading ")) downloaded++
          else if (!text.startsWith("go: ")) compiled++
        }
      }),
      (child) => child.kill
    )
    const report = (ended: boolean) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        onProgress({
          elapsedSeconds: Math.round((now - startedAt) / 1000),
          downloaded,
          compiled,
          line,
          ended
        })
      )
    const ticking = yield* report(false).pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.fork)
    const exit = yield* child.exited
    yield* Fiber.interrupt(ticking)
    yield* report(true)
    if (exit !== 0) return yield* new CentrifugoBuildFailed({ exit, output: child.output().slice(-4000) })
    // Renaming is atomic: other processes may look for the binary, or build it, at the same time.
    yield* Effect.sync(() => renameSync(join(folder, "centrifugo"), cached()))
    return cached()
  }).pipe(
    Effect.scoped,
    Effect.catchTag("SpawnError", (error) => new CentrifugoNotFound({ problem: error.message }))
  )

/**
 * Writes the progress of the build to stderr: one updated line on a terminal, otherwise a line every ten
 * seconds.
 */
export const showProgress = (progress: BuildProgress): Effect.Effect<void> =>
  Effect.sync(() => {
    const { compiled, downloaded, elapsedSeconds, ended } = progress
    const text =
      `building centrifugo ${version} with Go, once (a few minutes): ` +
      `${elapsedSeconds} s, ${downloaded} modules downloaded, ${compiled} packages compiled`
    if (process.stderr.isTTY) process.stderr.write(`\r${text}\x1b[K${ended ? "\n" : ""}`)
    else if (ended || elapsedSeconds % 10 === 0) process.stderr.write(`${text}\n`)
  })

/**
 * Finds the server binary as `find` does, or builds it into the cache with Go, which takes a few minutes the
 * first time. Warns if the binary has another version.
 */
export const locate = (options?: {
  readonly onProgress?: (progress: BuildProgress) => Effect.Effect<void>
}): Effect.Effect<Binary, LocateError> =>
  Effect.suspend((): Effect.Effect<string, LocateError> => {
    const path = find()
    return path === undefined ? build(options?.onProgress ?? showProgress) : Effect.succeed(path)
  }).pipe(Effect.flatMap(inspect))
