/**
 * Which failed calls are sent again, how often, and after what time.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schedule from "effect/Schedule"
import type { InternalError, TransportError } from "./CentrifugoError.js"

/**
 * What a policy may be asked about.
 *
 * @since 0.1.0
 */
export type Failure = TransportError | InternalError

/**
 * Which failed calls are sent again, how often, and after what time; see `make`.
 *
 * @since 0.1.0
 */
export interface RetryPolicy {
  /**
   * Whether calls are repeated that may have been carried out, where their method can bear it. Turns
   * idempotency keys on, each of which costs the server five minutes of cache.
   */
  readonly repeatsSent: boolean
  /** When the next attempt begins, and when there is none any more. */
  readonly schedule: Schedule.Schedule<unknown, Failure>
  /** No attempt begins later than this many milliseconds after the call did. */
  readonly maxElapsed: number
}

/**
 * What makes a policy.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Whether calls are repeated that may have been carried out. Default `true`. */
  readonly repeatsSent?: boolean
  /** Attempts in all, the first included. Default 4. Without effect where `schedule` is given. */
  readonly maxAttempts?: number
  /** Delay after the first failure, doubled after each further one. Default 100 milliseconds. */
  readonly baseDelay?: Duration.DurationInput
  /** Replaces the jittered exponential delays, and `maxAttempts`. */
  readonly schedule?: Schedule.Schedule<unknown, Failure>
  /** No attempt begins later than this after the call did. Default 30 seconds. */
  readonly maxElapsed?: Duration.DurationInput
}

/**
 * A policy of one's own. The delays are jittered (80 % to 120 %), and a longer `Retry-After` of the
 * answer is heeded; where the wait would pass `maxElapsed` or the call's deadline, the call fails at
 * once instead.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@effect-centrifugo/core"
 * import { Schedule } from "effect"
 *
 * const patient = RetryPolicy.make({ maxAttempts: 10, maxElapsed: "2 minutes" })
 * const steady = RetryPolicy.make({ schedule: Schedule.spaced("1 second").pipe(Schedule.upTo("1 minute")) })
 * ```
 * @since 0.1.0
 */
export const make = (options: Options = {}): RetryPolicy => ({
  repeatsSent: options.repeatsSent ?? true,
  schedule:
    options.schedule ??
    Schedule.exponential(options.baseDelay ?? "100 millis").pipe(
      Schedule.jittered,
      Schedule.intersect(Schedule.recurs((options.maxAttempts ?? 4) - 1))
    ),
  maxElapsed: Duration.toMillis(options.maxElapsed ?? "30 seconds")
})

/**
 * Never a second attempt.
 *
 * @since 0.1.0
 */
export const none: RetryPolicy = make({ repeatsSent: false, maxAttempts: 1 })

/**
 * The default: repeats only what was surely never sent, such as after a refused connection; 3 attempts
 * within 10 seconds.
 *
 * @since 0.1.0
 */
export const unsent: RetryPolicy = make({ repeatsSent: false, maxAttempts: 3, maxElapsed: "10 seconds" })

/**
 * Also repeats after lost replies, timeouts, the statuses 429, 502, 503 and 504 and the server's code
 * 100, where the method can bear it: reads, calls that set a state, and publications, which then
 * carry an idempotency key. 4 attempts within 30 seconds.
 *
 * The server remembers keys per channel and for five minutes, on the memory and Redis engines
 * (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
export const transient: RetryPolicy = make()

/**
 * Whether a failure may be followed by another attempt. Time and number of attempts are the
 * schedule's business.
 *
 * @since 0.1.0
 */
export const mayRepeat = (policy: RetryPolicy, failure: Failure, repeatable: () => boolean): boolean => {
  switch (failure._tag) {
    // 1. The same call would meet the same answer again; and overload is refused at once on purpose.
    case "CentrifugoUnauthorizedError":
    case "CentrifugoApiKeyError":
    case "CentrifugoRedirectError":
    case "CentrifugoResponseTooLargeError":
    case "CentrifugoDecodeError":
    case "CentrifugoOverloadedError":
      return false
    // 2. What was surely never sent can be sent, unless there is no hope for it.
    case "CentrifugoNetworkError":
      if (failure.phase !== "unknown") return !isHopeless(failure.code)
      break
    case "CentrifugoTimeoutError":
      if (failure.phase !== "unknown") return true
      break
    // 3. Of the statuses, those of a server or gateway that may be back in a moment.
    case "CentrifugoStatusError":
      if (failure.status !== 429 && (failure.status < 502 || failure.status > 504)) return false
      break
    case "CentrifugoInternalError":
      break
  }
  // 4. From here on it may have been carried out: both the policy and the call have to allow it.
  return policy.repeatsSent && repeatable()
}

/** A certificate does not become right, and a closed transport does not open, by trying again. */
const isHopeless = (code: string | undefined): boolean =>
  code !== undefined && /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_CLOSED)/.test(code)
