import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import * as Decision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"

/** Steps through a schedule without waiting. */
export class Delays<In, R> {
  #state: unknown

  constructor(readonly schedule: Schedule.Schedule<unknown, In, R>) {
    this.reset()
  }

  /** Milliseconds from `now` to the schedule's next step, or `undefined` if it has ended. */
  next(now: number, input: In): Effect.Effect<number | undefined, never, R> {
    return Effect.map(this.schedule.step(now, input, this.#state), ([state, , decision]) => {
      this.#state = state
      return Decision.isDone(decision) ? undefined : Math.max(0, Intervals.start(decision.intervals) - now)
    })
  }

  /** Starts the schedule again. */
  reset(): void {
    this.#state = this.schedule.initial
  }
}
