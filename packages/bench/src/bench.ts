/** Runs the benchmark: prepares clients, runs scenarios in rounds, and builds the report. */
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as Effect from "effect/Effect"
import type { ClientId, Missing, Report, Result, ScenarioId } from "./model.js"
import { prepare } from "./prepare/prepare.js"
import { machine } from "./report/machine.js"
import { plain } from "./report/table.js"
import { missingLines, scenarioTable } from "./report/tables.js"
import { sessionsOf } from "./scenarios/index.js"
import type { Context, Effort, Outcome, Scenario, Session } from "./scenarios/Scenario.js"
import * as Terminal from "./terminal.js"

export interface Plan {
  readonly only: ReadonlyArray<ScenarioId>
  /** The clients to measure. `undefined`: all that a scenario supports. */
  readonly clients?: ReadonlySet<ClientId>
  readonly effort: Effort
}

/** Titles state the full counts, so add a note if a run used fewer. */
const reduced = (results: ReadonlyArray<Result>, { effort }: Context): string => {
  const count = results[0]?.count
  return effort.long.share === 1 || count === undefined ? "" : ` (here ${count.toLocaleString("en-US")})`
}

const show = ({ missing, results }: Outcome, { id, title }: Scenario, context: Context) => {
  const own = results.filter(({ scenario }) => scenario === id)
  return Terminal.block(
    `${id}: ${title}${reduced(own, context)}`,
    plain(scenarioTable(own)),
    missingLines(missing.filter(({ scenario }) => scenario === id)).join("\n")
  )
}

/** Runs one session. If it fails, only its own results are missing. */
const runSession = ({ run, scenarios }: Session, context: Context): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const ids = scenarios.map(({ id }) => id).join(", ")
    yield* Terminal.announce(`${ids} ...`)
    const outcome = yield* run({
      ...context,
      progress: (text) => Terminal.progress(`${ids}: ${text}`)
    }).pipe(
      Effect.scoped,
      Effect.catchAll(({ message: reason }) =>
        Effect.succeed<Outcome>({
          results: [],
          missing: scenarios.flatMap(({ clients, id: scenario }) =>
            clients.map((client) => ({ client, scenario, reason }))
          )
        })
      )
    )
    yield* Effect.forEach(scenarios, (scenario) => show(outcome, scenario, context), { discard: true })
    return outcome
  })

export const bench = (plan: Plan): Effect.Effect<Report, Centrifugo.LocateError> =>
  Effect.gen(function* () {
    const date = new Date().toISOString()
    const isWanted = (client: ClientId) => plan.clients === undefined || plan.clients.has(client)
    const clientsOf = ({ scenarios }: Session) => scenarios.flatMap(({ clients }) => clients).filter(isWanted)
    const chosen = sessionsOf(plan.only).filter((session) => clientsOf(session).length > 0)
    const wanted = new Set(chosen.flatMap(clientsOf))
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
    const outcomes = yield* Effect.forEach(chosen, (session) => runSession(session, context))
    return {
      machine: machine(),
      versions: { centrifugo: server.version, node: process.versions.node, ...versions },
      results: outcomes.flatMap((outcome): ReadonlyArray<Result> => outcome.results),
      missing: [...missing, ...outcomes.flatMap((outcome): ReadonlyArray<Missing> => outcome.missing)],
      date,
      quick: plan.effort.long.share !== 1
    }
  })
