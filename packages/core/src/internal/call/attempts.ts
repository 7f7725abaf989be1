/** The attempts of one call under its policy. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Decision from "effect/ScheduleDecision"
import * as Intervals from "effect/ScheduleIntervals"
import type * as Tracer from "effect/Tracer"
import type { Request } from "../../ApiMethod.js"
import type * as Transport from "../../CentrifugoTransport.js"
import { retried } from "./meter.js"
import * as RetryPolicy from "../../RetryPolicy.js"

/** A request, of which only this is asked, and only after a failure. */
type Repeatable = Pick<Request.Any, "method" | "repeatable">

/** A base of what is sent, because thousands of calls wait at a time, and each object of them counts. */
export class Attempts<Q extends Repeatable> implements Transport.Attempts {
  count = 1
  /** An attempt before the present one may have been carried out. */
  wasSent = false
  #state: unknown

  constructor(
    protected readonly request: Q,
    protected readonly policy: RetryPolicy.RetryPolicy,
    protected readonly clock: Clock.Clock,
    /** When the call began, in milliseconds of the clock. */
    protected readonly start: number,
    /** No attempt begins after this time of the clock. */
    readonly deadline: number,
    readonly span: Tracer.Span | undefined
  ) {
    this.#state = policy.schedule.initial
  }

  next(failure: RetryPolicy.Failure): Effect.Effect<number | undefined> {
    const { clock, policy, request, start } = this
    if (!RetryPolicy.mayRepeat(policy, failure, () => request.repeatable)) return Effect.succeed(undefined)
    return Effect.suspend(() => {
      const now = clock.unsafeCurrentTimeMillis()
      const last = Math.min(start + policy.maxElapsed, this.deadline)
      return Effect.flatMap(policy.schedule.step(now, failure, this.#state), ([state, , decision]) => {
        this.#state = state
        if (Decision.isDone(decision)) return Effect.succeed(undefined)
        const asked = failure._tag === "CentrifugoStatusError" ? (failure.retryAfter ?? 0) : 0
        const delay = Math.max(Intervals.start(decision.intervals) - now, asked, 0)
        if (now + delay >= last) return Effect.succeed(undefined)
        return Effect.as(this.#again(failure, delay), delay)
      })
    })
  }

  #again(failure: RetryPolicy.Failure, delay: number): Effect.Effect<void> {
    const { _tag: error } = failure
    const { method } = this.request
    this.wasSent ||= !("phase" in failure) || failure.phase === "unknown"
    const number = this.count++
    retried(method, this.span, {
      number,
      error,
      delay,
      now: this.clock.unsafeCurrentTimeNanos()
    })
    return Effect.logDebug(
      `Centrifugo: attempt ${number} of ${method} failed (${error}), the next one follows in ${Math.round(delay)} ms`
    )
  }
}
