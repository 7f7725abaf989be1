/**
 * Child processes that cannot outlive the program that started them.
 *
 * A closed scope or an interrupted fiber stops the child by signal. For ends without finalizers, such as
 * `kill -9`, a watchdog process holds one end of a pipe. When this process ends the pipe closes, and the
 * watchdog kills the child's process group and removes its folder. So no signal handlers are needed here.
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
  /** The end of its stdout and stderr. */
  readonly output: () => string
  /** Its exit code, or the signal that ended it. Succeeds after all output has been read. */
  readonly exited: Effect.Effect<number | NodeJS.Signals>
  /** Sends SIGTERM (or `stopSignal`), and SIGKILL if it has not ended within three seconds. */
  readonly stop: Effect.Effect<void>
  /** Sends SIGKILL to the whole process group. */
  readonly kill: Effect.Effect<void>
}

export interface StartOptions {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** The working directory. The child owns it: the watchdog removes it. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onLine?: (line: string) => void
  /** The signal that asks it to stop. Default SIGTERM. */
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
  // Bun's sockets have no `unref`.
  ;(watchdog.stdin as Partial<Pick<Socket, "unref">>).unref?.()
  return watchdog
}

/** Starts a child. The caller must stop it. */
export const start = (options: StartOptions): Effect.Effect<ChildProcess, SpawnError> =>
  Effect.async<ChildProcess, SpawnError>((resume) => {
    const child = spawn(options.command, options.args, {
      cwd: options.folder,
      env: options.env,
      // A separate process group: Ctrl-C in a terminal reaches only this program, which then stops the child
      // in order.
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
      // Uses a Node timer, so that a TestClock cannot delay the end of a process.
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
