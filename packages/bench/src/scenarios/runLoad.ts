/** Runs a scenario in which clients call a server. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Worker from "../clients/Worker.js"
import type { Missing, Result } from "../model.js"
import { median, summarize } from "../stats.js"
import type { ApiError } from "./api.js"
import { countsOf, jobOf, type Load } from "./Load.js"
import { race, type Contestant, type Sampled } from "./rounds.js"
import type { Context, Effort, Outcome, Scenario } from "./Scenario.js"
import { open, type Stage } from "./stage.js"
import { verify, type WrongWork } from "./verify.js"

const contestant = (
  load: Load,
  effort: Effort,
  stage: Stage,
  program: Worker.Program
): Effect.Effect<Contestant<Worker.WorkerError | WrongWork | ApiError>, Worker.WorkerError, Scope.Scope> => {
  const { id } = program
  const counts = countsOf(load, effort)
  const job = (count: number, round: string) => jobOf(load, count, stage.prefix(`${load.id}_${id}_${round}`))
  const warmUp = (worker: Worker.Worker, round: string) =>
    worker
      .ask(job(counts.warmUp, round))
      .pipe(Effect.replicateEffect(load.brief === true ? 3 : 1, { discard: true }))
  const measure = (worker: Worker.Worker, round: number) => {
    const measured = job(counts.count, String(round))
    return Effect.zipRight(stage.settle, worker.ask(measured)).pipe(
      Effect.tap((answer) => verify(answer, measured, stage))
    )
  }
  const start = Worker.start(program, stage.server)
  return load.freshProcess === true
    ? Effect.succeed({
        id,
        warmUp: Effect.void,
        measure: (round) =>
          start.pipe(
            Effect.tap((worker) => warmUp(worker, `warmup${round}`)),
            Effect.flatMap((worker) => measure(worker, round)),
            Effect.scoped
          )
      })
    : Effect.map(start, (worker) => ({
        id,
        warmUp: warmUp(worker, "warmup"),
        measure: (round) => measure(worker, round)
      }))
}

const resultOf = (load: Load, count: number, { answers, id }: Sampled): Result => {
  const [unit, divisor] = load.perCall === true ? (["us", count / 1000] as const) : (["ms", 1] as const)
  return {
    scenario: load.id,
    client: id,
    unit,
    ...summarize(answers.map(({ millis }) => millis / divisor)),
    count,
    cpu: median(answers.map(({ cpuMillis }) => cpuMillis / divisor)),
    ...(load.freshProcess === true ? { peakRssMiB: median(answers.map(({ peakRssMiB }) => peakRssMiB)) } : {})
  }
}

/** Rounds on a server of their own, by processes of their own; both end with it. */
const heat = (load: Load, present: ReadonlyArray<Worker.Program>, { effort, progress }: Context) =>
  Effect.gen(function* () {
    const stage = yield* open(load.stage, countsOf(load, effort).count)
    const [absent, contestants] = yield* Effect.partition(
      present,
      (program) =>
        Effect.mapError(contestant(load, effort, stage, program), (error) => ({ id: program.id, error })),
      { concurrency: "unbounded" }
    )
    const { dropped, sampled } = yield* race(contestants, effort.rounds, progress)
    return { sampled, dropped: [...absent, ...dropped] }
  }).pipe(Effect.scoped)

const run = (load: Load, context: Context) =>
  Effect.gen(function* () {
    const { count } = countsOf(load, context.effort)
    // What is done in a moment gets more rounds, but not on one server: its memory would grow and grow.
    const heats = load.brief === true ? context.effort.heats : 1
    let present = load.clients.flatMap((id) => context.programs.get(id) ?? [])
    let samples: ReadonlyArray<Sampled> = present.map(({ id }) => ({ id, answers: [] }))
    const missing: Array<Missing> = []
    for (let i = 0; i < heats; i++) {
      const { dropped, sampled } = yield* heat(load, present, context)
      for (const { error, id } of dropped) {
        missing.push({ client: id, scenario: load.id, reason: error.problem })
      }
      present = present.filter(({ id }) => sampled.some((client) => client.id === id))
      samples = sampled.map(({ answers, id }) => ({
        id,
        answers: [...(samples.find((client) => client.id === id)?.answers ?? []), ...answers]
      }))
    }
    return { results: samples.map((client) => resultOf(load, count, client)), missing } satisfies Outcome
  })

export const scenario = (load: Load): Scenario => ({
  id: load.id,
  title: load.title,
  clients: load.clients,
  run: (context) => run(load, context)
})
