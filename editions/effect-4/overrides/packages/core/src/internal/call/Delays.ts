// Replaces the file of this name; reviewed at 6842273e0c42b4ad.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"

/** Steps through a schedule without waiting. */
export class Delays<In, R> {
  #step:
    | ((now: number, input: In) => Pull.Pull<readonly [unknown, Duration.Duration], never, unknown, R>)
    | undefined

  constructor(readonly schedule: Schedule.Schedule<unknown, In, never, R>) {}

  /** Milliseconds from `now` to the schedule's next step, or `undefined` if it has ended. */
  next(now: number, input: In): Effect.Effect<number | undefined, never, R> {
    return Effect.suspend(() => {
      if (this.#step === undefined) {
        return Effect.flatMap(Schedule.toStep(this.schedule), (step) => {
          this.#step = step
          return this.next(now, input)
        })
      }
      return Pull.matchEffect(this.#step(now, input), {
        onSuccess: ([, delay]) => Effect.succeed(Duration.toMillis(delay)),
        onFailure: Effect.failCause,
        onDone: () => Effect.succeed(undefined)
      })
    })
  }

  /** Starts the schedule again. */
  reset(): void {
    this.#step = undefined
  }
}
