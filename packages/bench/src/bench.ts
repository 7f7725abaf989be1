/** The way of the data: clients are prepared, scenarios run them in rounds, and what came of it becomes a report. */
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as Effect from "effect/Effect"
import type { ClientId, Missing, Report, Result, ScenarioId } from "./model.js"
import { prepare } from "./prepare/prepare.js"
import { machine } from "./report/machine.js"
import { plain } from "./report/table.js"
import { missingLines, scenarioTable } from "./report/tables.js"
import { scenarios } from "./scenarios/index.js"
import type { Context, Effort, Outcome, Scenario } from "./scenarios/Scenario.js"
import * as Terminal from "./terminal.js"

export interface Plan {
  readonly only: ReadonlyArray<ScenarioId>
  /** Undefined for all that a scenario knows. */
  readonly clients?: ReadonlySet<ClientId>
  readonly effort: Effort
}

/** Titles speak of the full counts. */
const reduced = ({ results }: Outcome, { effort }: Context): string => {
  const count = results[0]?.count
  return effort.long === 1 || count === undefined ? "" : ` (here ${count.toLocaleString("en-US")})`
}

/** Runs one scenario; that it fails costs its own numbers only. */
const runScenario = (scenario: Scenario, context: Context): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    yield* Terminal.announce(`${scenario.id} ...`)
    const outcome = yield* scenario
      .run({ ...context, progress: (text) => Terminal.progress(`${scenario.id}: ${text}`) })
      .pipe(
        Effect.scoped,
        Effect.catchAll(({ message: reason }) =>
          Effect.succeed<Outcome>({
            results: [],
            missing: scenario.clients.map((client) => ({ client, scenario: scenario.id, reason }))
          })
        )
      )
    yield* Terminal.block(
      `${scenario.id}: ${scenario.title}${reduced(outcome, context)}`,
      plain(scenarioTable(outcome.results)),
      missingLines(outcome.missing).join("\n")
    )
    return outcome
  })

export const bench = (plan: Plan): Effect.Effect<Report, Centrifugo.LocateError> =>
  Effect.gen(function* () {
    const date = new Date().toISOString()
    const chosen = scenarios.filter(({ id }) => plan.only.includes(id))
    const wanted = new Set(
      chosen
        .flatMap(({ clients }) => clients)
        .filter((client) => plan.clients === undefined || plan.clients.has(client))
    )
    const server = yield* Centrifugo.locate()
    yield* Terminal.announce("preparing the clients ...")
    const { missing, programs, versions } = yield* prepare(wanted, (text) =>
      Terminal.progress(`preparing ${text}`)
    )
    for (const line of missingLines(missing)) yield* Terminal.print(line)
    const context: Context = {
      programs,
      effort: plan.effort,
      progress: Terminal.progress
    }
    const outcomes = yield* Effect.forEach(chosen, (scenario) => runScenario(scenario, context))
    return {
      machine: machine(),
      versions: { centrifugo: server.version, node: process.versions.node, ...versions },
      results: outcomes.flatMap((outcome): ReadonlyArray<Result> => outcome.results),
      missing: [...missing, ...outcomes.flatMap((outcome): ReadonlyArray<Missing> => outcome.missing)],
      date,
      quick: plan.effort.long !== 1
    }
  })
