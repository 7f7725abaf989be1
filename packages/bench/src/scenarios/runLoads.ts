/** Runs scenarios in which clients call a server. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Worker from "../clients/Worker.js"
import type { Answer } from "../clients/protocol.js"
import type { Missing, Result } from "../model.js"
import { median, summarize } from "../stats.js"
import type { ApiError } from "./api.js"
import { countsOf, jobOf, portionOf, type Load } from "./Load.js"
import { race, type Contestant } from "./rounds.js"
import type { Context, Effort, Outcome, Session } from "./Scenario.js"
import { open, type Stage } from "./stage.js"
import { verify, type WrongWork } from "./verify.js"

/** A client that needs more milliseconds for a job runs fewer jobs. */
const restAfter = 4000

/** V8 compiles code in stages: the third job is still faster than the second. */
const warmUps = 3

/**
 * The size of the job before each measurement. It opens sockets to a new server, and warms up code that has been idle
 * since the last measurement.
 */
const approach = 1000

/** A client in a scenario. */
interface Entrant {
  readonly load: Load
  readonly program: Worker.Program
}

type Runner = Contestant<
  Entrant,
  Worker.WorkerError | WrongWork | ApiError | Effect.Effect.Error<Stage["settle"]>
>

const runner = (
  entrant: Entrant,
  effort: Effort,
  stage: Stage,
  settle: Stage["settle"]
): Effect.Effect<Runner, Worker.WorkerError, Scope.Scope> => {
  const { load, program } = entrant
  const counts = countsOf(load, effort)
  const job = (count: number, round: string) =>
    jobOf(load, count, stage.prefix(`${load.id}_${program.id}_${round}`))
  const warmUp = (worker: Worker.Worker, round: string) =>
    worker
      .ask(job(counts.warmUp, round))
      .pipe(Effect.repeat({ times: warmUps - 1, while: ({ millis }) => millis < restAfter }))
  const measure = (worker: Worker.Worker, round: number) => {
    const measured = job(counts.count, String(round))
    return settle.pipe(
      Effect.zipRight(worker.ask(job(Math.min(counts.count, approach), `${round}_before`))),
      Effect.zipRight(worker.ask(measured)),
      Effect.tap((answer) => verify(answer, measured, stage))
    )
  }
  const start = Worker.start(program, stage.server)
  const name = `${program.id} in ${load.id}`
  return load.freshProcess === true
    ? Effect.succeed({
        who: entrant,
        name,
        warmUp: Effect.void,
        measure: (round) =>
          start.pipe(
            Effect.tap((worker) => warmUp(worker, `warmup${round}`)),
            Effect.flatMap((worker) => measure(worker, round)),
            Effect.scoped
          )
      })
    : Effect.map(start, (worker) => ({
        who: entrant,
        name,
        warmUp: warmUp(worker, "warmup"),
        measure: (round) => measure(worker, round)
      }))
}

const resultOf = ({ load, program }: Entrant, answers: ReadonlyArray<Answer>, effort: Effort): Result => {
  const { count } = countsOf(load, effort)
  const [unit, divisor] = load.perCall === true ? (["us", count / 1000] as const) : (["ms", 1] as const)
  return {
    scenario: load.id,
    client: program.id,
    unit,
    ...summarize(answers.map(({ millis }) => millis / divisor)),
    count,
    cpu: median(answers.map(({ cpuMillis }) => cpuMillis / divisor)),
    ...(load.freshProcess === true ? { peakRssMiB: median(answers.map(({ peakRssMiB }) => peakRssMiB)) } : {})
  }
}

/** Runs rounds on new servers, with new client processes. All end with the scope. */
const runSeries = (entrants: ReadonlyArray<Entrant>, before: number, { effort, progress }: Context) =>
  Effect.gen(function* () {
    const stages = new Map<Load["stage"], Stage>()
    for (const { load } of entrants) {
      if (!stages.has(load.stage))
        stages.set(load.stage, yield* open(load.stage, countsOf(load, effort).count))
    }
    // Settles all stages, because they share the machine with the measured one.
    const settle = Effect.forEach(stages.values(), (stage) => stage.settle, { discard: true })
    const [absent, runners] = yield* Effect.partition(
      entrants,
      (entrant) =>
        Effect.mapError(runner(entrant, effort, stages.get(entrant.load.stage)!, settle), (error) => ({
          who: entrant,
          error
        })),
      { concurrency: "unbounded" }
    )
    const { dropped, sampled } = yield* race(runners, { rounds: effort.rounds, before, restAfter, progress })
    return { sampled, dropped: [...absent, ...dropped] }
  }).pipe(Effect.scoped)

const run = (loads: ReadonlyArray<Load>, context: Context) =>
  Effect.gen(function* () {
    const { effort, programs } = context
    // Splits the rounds over several processes, because the compiled code varies from process to process. The
    // slowest load sets the number of processes.
    const count = Math.min(...loads.map((load) => portionOf(load, effort).series))
    const answers = new Map<Entrant, Array<Answer>>()
    for (const load of loads) {
      for (const id of load.clients) {
        const program = programs.get(id)
        if (program !== undefined) answers.set({ load, program }, [])
      }
    }
    const missing: Array<Missing> = []
    for (let i = 0; i < count; i++) {
      const { dropped, sampled } = yield* runSeries([...answers.keys()], i * effort.rounds, context)
      for (const { error, who } of dropped) {
        answers.delete(who)
        missing.push({ client: who.program.id, scenario: who.load.id, reason: error.problem })
      }
      for (const { answers: more, who } of sampled) answers.get(who)?.push(...more)
    }
    const results = [...answers].map(([entrant, answers]) => resultOf(entrant, answers, effort))
    return { results, missing } satisfies Outcome
  })

export const session = (loads: ReadonlyArray<Load>): Session => ({
  scenarios: loads,
  run: (context) => run(loads, context)
})
