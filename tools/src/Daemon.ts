/** Starts servers that write a line when they are ready. */
import { Clock, Data, Deferred, Effect, type Scope } from "effect"
import * as ChildProcess from "./ChildProcess.js"
import { freePort } from "./resources.js"

/** The program is not installed. */
export class DaemonNotFound extends Data.TaggedError("DaemonNotFound")<{
  readonly name: string
  /** How to install it. */
  readonly remedy: string
}> {
  override get message() {
    return `there is no ${this.name} here. ${this.remedy}`
  }
}

export class DaemonStartError extends Data.TaggedError("DaemonStartError")<{
  readonly name: string
  readonly problem: string
  /** The end of its output. */
  readonly log: string
}> {
  override get message() {
    return `${this.name} did not start: ${this.problem}\n${this.log.trimEnd()}`
  }
}

export interface Options extends Pick<ChildProcess.StartOptions, "folder" | "stopSignal"> {
  readonly name: string
  readonly program: (port: number) => Pick<ChildProcess.StartOptions, "command" | "args">
  /** Whether this output line says that it accepts connections. */
  readonly isReady: (line: string) => boolean
}

export interface Daemon {
  readonly port: number
  readonly child: ChildProcess.ChildProcess
}

const startOn = ({ isReady, name, program, ...options }: Options, port: number) =>
  Effect.gen(function* () {
    const ready = yield* Deferred.make<void>()
    const child = yield* Effect.acquireRelease(
      ChildProcess.start({
        ...options,
        ...program(port),
        env: { PATH: process.env["PATH"] },
        onLine: (line) => {
          if (isReady(line)) Deferred.unsafeDone(ready, Effect.void)
        }
      }),
      (child) => child.stop
    )
    const failed = (problem: string) => new DaemonStartError({ name, problem, log: child.output() })
    yield* Deferred.await(ready).pipe(
      Effect.raceFirst(Effect.flatMap(child.exited, (exit) => failed(`it ended (${exit})`))),
      Effect.timeoutFail({ duration: "30 seconds", onTimeout: () => failed("not ready within 30 seconds") }),
      Effect.withClock(Clock.make())
    )
    return { port, child }
  }).pipe(
    Effect.catchTag("SpawnError", (error) => new DaemonStartError({ name, problem: error.message, log: "" }))
  )

/** Starts it on a free port and waits until it is ready. It stops when the scope closes. */
export const start = (options: Options): Effect.Effect<Daemon, DaemonStartError, Scope.Scope> =>
  Effect.flatMap(freePort, (port) => startOn(options, port)).pipe(
    // Another program can take the port between finding it and listening on it.
    Effect.retry({ times: 4, while: (error) => /address already in use/i.test(error.log) })
  )
