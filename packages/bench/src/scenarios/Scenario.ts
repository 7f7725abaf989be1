/** What a scenario is, and what it gets and gives. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Program } from "../clients/Worker.js"
import type { ClientId, Missing, Result, ScenarioId } from "../model.js"

/** How much is done for a number. */
export interface Effort {
  readonly rounds: number
  /** How often a job that is done in a moment gets its rounds, each time on a new server. */
  readonly heats: number
  /** The counts of jobs that take long are multiplied by this. */
  readonly long: number
  /** The counts of jobs that are done in a moment, and of warm-ups. */
  readonly brief: number
}

/** What a result is made of; with less it is a glance. */
export const fullEffort: Effort = { rounds: 5, heats: 3, long: 1, brief: 1 }

/** As warm as in a full run, or it would show how Node starts. */
export const quickEffort: Effort = { rounds: 3, heats: 1, long: 0.1, brief: 1 }

export interface Context {
  /** The clients that could be had. */
  readonly programs: ReadonlyMap<ClientId, Program>
  readonly effort: Effort
  /** Says how far a scenario is. */
  readonly progress: (text: string) => Effect.Effect<void>
}

export interface Outcome {
  readonly results: ReadonlyArray<Result>
  readonly missing: ReadonlyArray<Missing>
}

export interface Scenario {
  readonly id: ScenarioId
  /** For readers: what is done. */
  readonly title: string
  /** Clients without which the scenario is not run: it would compare nothing. */
  readonly clients: ReadonlyArray<ClientId>
  readonly run: (context: Context) => Effect.Effect<Outcome, Error, Scope.Scope>
}
