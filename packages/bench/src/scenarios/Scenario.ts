/** What a scenario is, and what it gets and gives. */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Program } from "../clients/Worker.js"
import type { ClientId, Missing, Result, ScenarioId } from "../model.js"

/** How much is done for a number of one kind of job. */
export interface Portion {
  /** How often it gets its rounds, each time on a new server. */
  readonly heats: number
  /** Its count is multiplied by this. */
  readonly share: number
}

/** How much is done for a number. */
export interface Effort {
  /** Of a heat, and of `import`. */
  readonly rounds: number
  /** For jobs that take seconds. */
  readonly long: Portion
  /** For jobs that are done in a moment; its share is that of all warm-ups, too. */
  readonly brief: Portion
}

/** What a result is made of; with less it is a glance. */
export const fullEffort: Effort = {
  rounds: 5,
  long: { heats: 2, share: 1 },
  brief: { heats: 3, share: 1 }
}

/** As warm as in a full run, or it would show how Node starts. */
export const quickEffort: Effort = {
  rounds: 3,
  long: { heats: 1, share: 0.1 },
  brief: { heats: 1, share: 1 }
}

export interface Context {
  /** The clients that could be had. */
  readonly programs: ReadonlyMap<ClientId, Program>
  readonly effort: Effort
  /** Says how far a session is. */
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
  /** All that it knows. */
  readonly clients: ReadonlyArray<ClientId>
}

/** Scenarios that are run in the same rounds, because they are compared with each other; often it is only one. */
export interface Session {
  readonly scenarios: ReadonlyArray<Scenario>
  readonly run: (context: Context) => Effect.Effect<Outcome, Error, Scope.Scope>
}
