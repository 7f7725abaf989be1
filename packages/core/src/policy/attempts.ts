/** The attempts of one call under its policy. Costs an object where the first one succeeds. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Decision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"
import type * as Tracer from "effect/Tracer"
import type { Request } from "../method/ApiMethod.js"
import type * as Transport from "../transport/Transport.js"
import { retried } from "./meter.js"
import * as RetryPolicy from "./RetryPolicy.js"

/** A request, of which only this is asked, and only after a failure. */
type Repeatable = Pick<Request.Any, "method" | "repeatable">

export class Attempts implements Transport.Attempts {
  count = 1
  /** An attempt before the present one may have been carried out. */
  wasSent = false
  #state: unknown
  readonly #policy: RetryPolicy.RetryPolicy
  readonly #call: Repeatable
  readonly #clock: Clock.Clock
  /** No attempt begins after this time of the clock. */
  readonly #last: number
  readonly #span: Tracer.Span | undefined

  constructor(
    policy: RetryPolicy.RetryPolicy,
    call: Repeatable,
    clock: Clock.Clock,
    start: number,
    deadline: number,
    span?: Tracer.Span
  ) {
    this.#policy = policy
    this.#state = policy.schedule.initial
    this.#call = call
    this.#clock = clock
    this.#span = span
    this.#last = Math.min(start + policy.maxElapsed, deadline)
  }

  next(failure: RetryPolicy.Failure): Effect.Effect<number | undefined> {
    if (!RetryPolicy.mayRepeat(this.#policy, failure, () => this.#call.repeatable))
      return Effect.succeed(undefined)
    return Effect.suspend(() => {
      const now = this.#clock.unsafeCurrentTimeMillis()
      return Effect.flatMap(this.#policy.schedule.step(now, failure, this.#state), ([state, , decision]) => {
        this.#state = state
        if (Decision.isDone(decision)) return Effect.succeed(undefined)
        const asked = failure._tag === "CentrifugoStatusError" ? (failure.retryAfter ?? 0) : 0
        const delay = Math.max(Intervals.start(decision.intervals) - now, asked, 0)
        if (now + delay >= this.#last) return Effect.succeed(undefined)
        return Effect.as(this.#again(failure, delay), delay)
      })
    })
  }

  #again(failure: RetryPolicy.Failure, delay: number): Effect.Effect<void> {
    const { _tag: error } = failure
    const { method } = this.#call
    this.wasSent ||= !("phase" in failure) || failure.phase === "unknown"
    const number = this.count++
    retried(method, this.#span, {
      number,
      error,
      delay,
      now: this.#clock.unsafeCurrentTimeNanos()
    })
    return Effect.logDebug(
      `Centrifugo: attempt ${number} of ${method} failed (${error}), the next one follows in ${Math.round(delay)} ms`
    )
  }
}
