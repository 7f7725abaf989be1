/** The attempts of one call under its policy. Costs an object where the first one succeeds. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Decision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"
import type { Request } from "../method/ApiMethod.js"
import type * as Transport from "../transport/Transport.js"
import * as RetryPolicy from "./RetryPolicy.js"

/** A request, of which only this is asked, and only after a failure. */
type Repeatable = Pick<Request.Any, "repeatable">

export class Attempts implements Transport.Attempts {
  count = 1
  #state: unknown
  readonly #policy: RetryPolicy.RetryPolicy
  readonly #call: Repeatable
  readonly #clock: Clock.Clock
  /** No attempt begins after this time of the clock. */
  readonly #last: number

  constructor(
    policy: RetryPolicy.RetryPolicy,
    call: Repeatable,
    clock: Clock.Clock,
    start: number,
    deadline: number
  ) {
    this.#policy = policy
    this.#state = policy.schedule.initial
    this.#call = call
    this.#clock = clock
    this.#last = Math.min(start + policy.maxElapsed, deadline)
  }

  next(failure: RetryPolicy.Failure): Effect.Effect<number | undefined> {
    if (!RetryPolicy.mayRepeat(this.#policy, failure, () => this.#call.repeatable))
      return Effect.succeed(undefined)
    return Effect.suspend(() => {
      const now = this.#clock.unsafeCurrentTimeMillis()
      return Effect.map(this.#policy.schedule.step(now, failure, this.#state), ([state, , decision]) => {
        this.#state = state
        if (Decision.isDone(decision)) return undefined
        const asked = failure._tag === "CentrifugoStatusError" ? (failure.retryAfter ?? 0) : 0
        const delay = Math.max(Intervals.start(decision.intervals) - now, asked, 0)
        if (now + delay >= this.#last) return undefined
        this.count++
        return delay
      })
    })
  }
}
