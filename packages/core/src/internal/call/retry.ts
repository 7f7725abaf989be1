/** The one decision whether, and when, a failed call is sent again. */
import * as Effect from "effect/Effect"
import { isRetryable } from "../../CentrifugoError.js"
import type { Failure, RetryPolicy } from "../../RetryPolicy.js"
import type { Delays } from "./Delays.js"

/** What the decision depends on besides the policy and the failure. Times are those of the call's clock. */
export interface Situation {
  /** Whether carrying the call out twice is harmless. */
  readonly repeatable: boolean
  readonly now: number
  readonly start: number
  readonly deadline: number
  /** The delays of the policy's schedule. */
  readonly delays: Delays<Failure, never>
}

/** Milliseconds until the next attempt, or `undefined` where the call ends with its failure. */
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
  // The same call would get the same answer again, and `maxWaiting` refuses calls on purpose.
  if (!isRetryable(failure) || failure._tag === "CentrifugoOverloadedError" || isHopeless(failure))
    return false
  const isUnsent = "phase" in failure && failure.phase !== "unknown"
  return isUnsent || (policy.repeatsSent && repeatable)
}

/** A certificate does not become right, and a closed transport does not open, by trying again. */
const isHopeless = (failure: Failure): boolean =>
  failure._tag === "CentrifugoNetworkError" &&
  failure.code !== undefined &&
  /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_CLOSED|ERR_UNSENDABLE)/.test(
    failure.code
  )
