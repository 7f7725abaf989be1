/** The types of a scenario, its input and its output. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Program } from "../clients/Worker.js"
import type { ClientId, Missing, Result, ScenarioId } from "../model.js"

/** How much work goes into a result, for one kind of job. */
export interface Portion {
  /** The number of series, each on a new server. */
  readonly series: number
  /** The factor of the job's count. */
  readonly share: number
}

/** How much work goes into each result. */
export interface Effort {
  /** The rounds per series, and of `import`. */
  readonly rounds: number
  /** For jobs that take seconds. */
  readonly long: Portion
  /** For jobs that take milliseconds. Its share also applies to all warm-ups. */
  readonly brief: Portion
}

/** The effort of a full run. With less effort, numbers are only an indication. */
export const fullEffort: Effort = {
  rounds: 5,
  long: { series: 2, share: 1 },
  brief: { series: 3, share: 1 }
}

/** The effort of a comparison on one runtime: a scenario takes at most three minutes. */
export const runtimeEffort: Effort = {
  rounds: 4,
  long: { series: 2, share: 0.3 },
  brief: { series: 2, share: 1 }
}

/** Warms up as much as a full run. Otherwise the numbers would show the start of Node. */
export const quickEffort: Effort = {
  rounds: 3,
  long: { series: 1, share: 0.1 },
  brief: { series: 1, share: 1 }
}

export interface Context {
  /** The available clients. */
  readonly programs: ReadonlyMap<ClientId, Program>
  readonly effort: Effort
  /** Reports the progress of a session. */
  readonly progress: (text: string) => Effect.Effect<void>
}

export interface Outcome {
  readonly results: ReadonlyArray<Result>
  readonly missing: ReadonlyArray<Missing>
}

export interface Scenario {
  readonly id: ScenarioId
  /** The title for readers: what the clients do. */
  readonly title: string
  /** All clients that support the scenario. */
  readonly clients: ReadonlyArray<ClientId>
}

/** Scenarios that run in the same rounds, because they are compared with each other. Often there is only one. */
export interface Session {
  readonly scenarios: ReadonlyArray<Scenario>
  readonly run: (context: Context) => Effect.Effect<Outcome, Error, Scope.Scope>
}
