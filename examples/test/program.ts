/** Starts programs of `examples/src` as processes, like a user. */
import * as ChildProcess from "@effect-centrifugo/tools/ChildProcess"
import { emptyFolder } from "@effect-centrifugo/tools/resources"
import { Effect, Schedule } from "effect"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
const flags = ["--conditions=@effect-centrifugo/source", "--import", tsx]

/** Waits until the process has printed the text, and returns the match. */
export const printed = (child: ChildProcess.ChildProcess, pattern: RegExp) =>
  Effect.suspend(() => {
    const match = pattern.exec(child.output())
    return match === null
      ? Effect.fail(`not printed: ${String(pattern)}\n${child.output()}`)
      : Effect.succeed(match)
  }).pipe(Effect.retry(Schedule.intersect(Schedule.spaced("20 millis"), Schedule.recurs(1500))))

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
