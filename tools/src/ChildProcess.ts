/**
 * Child processes that cannot outlive the program that started them.
 *
 * Orderly ends (a closed scope, an interrupted fiber) stop the child by signal. For the ends in which no finalizer
 * runs, `kill -9` among them, a watchdog holds one end of a pipe: when this process is gone the pipe closes, and the
 * watchdog kills the child's process group and removes its folder. So no handler of signals is needed here.
 */
import { Data, Deferred, Effect, FiberId } from "effect"
import { spawn } from "node:child_process"
import type { Socket } from "node:net"
import type { Readable } from "node:stream"

export class SpawnError extends Data.TaggedError("SpawnError")<{
  readonly command: string
  readonly cause: Error
}> {
  override get message() {
    return `cannot run ${this.command}: ${this.cause.message}`
  }
}

export interface ChildProcess {
  readonly pid: number
  /** The end of what it wrote to stdout and stderr. */
  readonly output: () => string
  /** Its exit code, or the signal that ended it; succeeds once all of its output is read. */
  readonly exited: Effect.Effect<number | NodeJS.Signals>
  /** SIGTERM, or what was given for it, and SIGKILL when that does not end it within three seconds. */
  readonly stop: Effect.Effect<void>
  /** SIGKILL, to the whole process group. */
  readonly kill: Effect.Effect<void>
}

export interface StartOptions {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** The working directory. It belongs to the child: the watchdog removes it. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onLine?: (line: string) => void
  /** What asks it to end in order; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals
}

const outputLimit = 32_000
const graceMillis = 3000

const readLines = (stream: Readable, onLine: (line: string) => void) => {
  let rest = ""
  stream.setEncoding("utf8")
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) onLine(line)
  })
  stream.on("end", () => {
    if (rest !== "") onLine(rest)
  })
}

const startWatchdog = (pid: number, folder: string) => {
  const script = 'read -r _; kill -s KILL -- "-$1"; rm -rf -- "$2"'
  const watchdog = spawn("/bin/sh", ["-c", script, "watchdog", String(pid), folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"]
  })
  watchdog.unref()
  // Bun's has none.
  ;(watchdog.stdin as Partial<Pick<Socket, "unref">>).unref?.()
  return watchdog
}

/** Starts a child. Stopping it is up to the caller. */
export const start = (options: StartOptions): Effect.Effect<ChildProcess, SpawnError> =>
  Effect.async<ChildProcess, SpawnError>((resume) => {
    const child = spawn(options.command, options.args, {
      cwd: options.folder,
      env: options.env,
      // A group of its own: Ctrl-C in a terminal reaches only this program, which then stops the child in order.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    child.once("error", (cause) => resume(new SpawnError({ command: options.command, cause })))
    child.once("spawn", () => {
      const pid = child.pid!
      const watchdog = startWatchdog(pid, options.folder)
      const exit = Deferred.unsafeMake<number | NodeJS.Signals>(FiberId.none)
      let running = true
      let output = ""
      for (const stream of [child.stdout, child.stderr]) {
        readLines(stream, (line) => {
          output = (output + line + "\n").slice(-outputLimit)
          options.onLine?.(line)
        })
      }
      child.once("close", (code, signal) => {
        running = false
        watchdog.kill("SIGKILL")
        Deferred.unsafeDone(exit, Effect.succeed(code ?? signal!))
      })
      const signalGroup = (signal: NodeJS.Signals) => {
        if (running) process.kill(-pid, signal)
      }
      const exited = Deferred.await(exit)
      const kill = Effect.zipRight(
        Effect.sync(() => signalGroup("SIGKILL")),
        Effect.asVoid(exited)
      )
      // A timer of Node's, so that a test clock cannot hold up the end of a process.
      const stop = Effect.acquireUseRelease(
        Effect.sync(() => {
          signalGroup(options.stopSignal ?? "SIGTERM")
          return setTimeout(() => signalGroup("SIGKILL"), graceMillis)
        }),
        () => Effect.asVoid(exited),
        (timer) => Effect.sync(() => clearTimeout(timer))
      )
      resume(Effect.succeed({ pid, output: () => output, exited, stop, kill }))
    })
  }).pipe(Effect.uninterruptible)
