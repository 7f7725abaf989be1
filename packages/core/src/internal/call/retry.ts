/** Decides whether and when a failed call is repeated. */
import * as Effect from "effect/Effect"
import { isRetryable } from "../../CentrifugoError.js"
import type { Failure, RetryPolicy } from "../../RetryPolicy.js"
import type { Delays } from "./Delays.js"

/** The state of a call that the decision depends on. Times are in milliseconds of the call's clock. */
export interface Situation {
  /** Whether it is safe to carry out the call twice. */
  readonly repeatable: boolean
  readonly now: number
  readonly start: number
  readonly deadline: number
  /** The delays of the policy's schedule. */
  readonly delays: Delays<Failure, never>
}

/** Returns the delay before the next attempt in milliseconds; `undefined` if the call fails. */
export const nextAttempt = (
  policy: RetryPolicy,
  failure: Failure,
  { deadline, delays, now, repeatable, start }: Situation
): Effect.Effect<number | undefined> => {
  if (!isSafe(policy, failure, repeatable) || !policy.while(failure)) return Effect.succeed(undefined)
  return Effect.map(delays.next(now, failure), (scheduled) => {
    if (scheduled === undefined) return undefined
    const asked = failure._tag === "CentrifugoStatusError" ? (failure.retryAfter ?? 0) : 0
    const delay = Math.max(scheduled, asked)
    return now + delay >= Math.min(start + policy.maxElapsed, deadline) ? undefined : delay
  })
}

const isSafe = (policy: RetryPolicy, failure: Failure, repeatable: boolean): boolean => {
  // Other failures would only recur, and `maxWaiting` refuses calls on purpose.
  if (!isRetryable(failure) || failure._tag === "CentrifugoOverloadedError" || isHopeless(failure))
    return false
  const isUnsent = "phase" in failure && failure.phase !== "unknown"
  return isUnsent || (policy.repeatsSent && repeatable)
}

/** Whether no retry can help: an invalid certificate stays invalid, and a closed transport stays closed. */
const isHopeless = (failure: Failure): boolean =>
  failure._tag === "CentrifugoNetworkError" &&
  failure.code !== undefined &&
  /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_CLOSED|ERR_UNSENDABLE)/.test(
    failure.code
  )
