/** The command line options. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { type RuntimeId, runtimeIds, scenarioIds, type ScenarioId } from "./model.js"

export interface Options {
  readonly quick: boolean
  /** The path of the JSON output. */
  readonly json: string | undefined
  readonly only: ReadonlyArray<ScenarioId>
  /** Compare the clients over `fetch` on this runtime. */
  readonly runtime: RuntimeId | undefined
}

export class UsageError extends Data.TaggedError("UsageError")<{ readonly problem: string }> {
  override get message() {
    return `${this.problem}\nusage: npm run bench [-- [--quick] [--json FILE] [--only SCENARIO,...] [--runtime ${runtimeIds.join("|")}]]\nscenarios: ${scenarioIds.join(", ")}`
  }
}

const isRuntime = (name: string): name is RuntimeId => runtimeIds.some((id) => id === name)
const isScenario = (name: string): name is ScenarioId => scenarioIds.some((id) => id === name)

/** Relative paths are resolved from the folder `from`. */
export const parse = (args: ReadonlyArray<string>, from: string): Effect.Effect<Options, UsageError> =>
  Effect.gen(function* () {
    const { json, only, quick, runtime } = yield* Effect.try({
      try: () =>
        parseArgs({
          args: [...args],
          options: {
            quick: { type: "boolean", default: false },
            json: { type: "string" },
            only: { type: "string", multiple: true },
            runtime: { type: "string" }
          }
        }).values,
      catch: (error) => new UsageError({ problem: error instanceof Error ? error.message : String(error) })
    })
    const names = (only ?? []).flatMap((list) => list.split(","))
    const unknown = names.filter((name) => !isScenario(name))
    if (unknown.length > 0) {
      return yield* new UsageError({ problem: `There is no scenario ${unknown.join(", ")}.` })
    }
    if (runtime !== undefined && !isRuntime(runtime)) {
      return yield* new UsageError({ problem: `The clients can't run on ${runtime}.` })
    }
    return {
      quick,
      runtime,
      json: json === undefined ? undefined : resolve(from, json),
      only: names.length === 0 ? scenarioIds : scenarioIds.filter((id) => names.includes(id))
    }
  })
