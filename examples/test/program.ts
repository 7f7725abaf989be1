/** Starts programs of `examples/src` as processes, like a user. */
import * as ChildProcess from "@effect-centrifugo/tools/ChildProcess"
import { emptyFolder } from "@effect-centrifugo/tools/resources"
import { Effect, Schedule } from "effect"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
const flags = ["--conditions=@effect-centrifugo/source", "--import", tsx]

/** Repeats a check until it succeeds. After 30 seconds, it fails with what the process has printed. */
export const eventually = <A, R>(child: ChildProcess.ChildProcess, check: Effect.Effect<A, string, R>) =>
  check.pipe(
    Effect.retry(Schedule.spaced("5 millis").pipe(Schedule.upTo("30 seconds"))),
    Effect.mapError((problem) => `${problem}\n${child.output()}`)
  )

/** Waits until the process has printed the text. */
export const printed = (child: ChildProcess.ChildProcess, pattern: RegExp) =>
  eventually(
    child,
    Effect.suspend(() =>
      pattern.test(child.output()) ? Effect.void : Effect.fail(`not printed: ${String(pattern)}`)
    )
  )

/** Starts the program with only the variables of `env`. The process ends with the scope. */
export const start = (path: string, env: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const folder = yield* emptyFolder("example-")
    const file = fileURLToPath(new URL(`../src/${path}`, import.meta.url))
    return yield* Effect.acquireRelease(
      ChildProcess.start({ command: process.execPath, args: [...flags, file], folder, env }),
      (child) => child.kill
    )
  })
