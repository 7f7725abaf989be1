/**
 * Which failed calls are sent again, how often, and after what time.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ConfigError, type InternalError, type TransportError } from "./CentrifugoError.js"

const TypeId = "@effect-centrifugo/core/RetryPolicy"

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
  /** Marks the value as a policy. */
  readonly [TypeId]: typeof TypeId
  /**
   * Whether calls are repeated that may have been carried out, where their method can bear it. Turns
   * idempotency keys on, each of which costs the server five minutes of cache.
   */
  readonly repeatsSent: boolean
  /** Asked about a failure that may be repeated; `false` ends the call. */
  readonly while: (failure: Failure) => boolean
  /** When the next attempt begins, and when there is none any more. */
  readonly schedule: Schedule.Schedule<unknown, Failure>
  /** No attempt begins later than this many milliseconds after the call did. */
  readonly maxElapsed: number
  /** What is wrong with its options; a layer or call that is given such a policy refuses it. */
  readonly problem: string | undefined
}

/**
 * What makes a policy.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Whether calls are repeated that may have been carried out. Default `true`. */
  readonly repeatsSent?: boolean
  /**
   * Ends the call where it answers `false`. It is asked about failures that are safe to repeat only, so it cannot make a
   * policy repeat more. Default: always `true`.
   */
  readonly while?: (failure: Failure) => boolean
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
 * Makes a policy. The delays are jittered (80 % to 120 %). A longer `Retry-After` of the answer counts instead. Where the
 * wait would pass `maxElapsed` or the call's deadline, the call fails at once. Options that cannot work are reported where
 * the policy is used: by a layer as a `ConfigError`, by a call as an `EncodeError`.
 *
 * @example
 * ```ts
 * import { RetryPolicy } from "@effect-centrifugo/core"
 * import { Schedule } from "effect"
 *
 * const patient = RetryPolicy.make({ maxAttempts: 10, maxElapsed: "2 minutes" })
 * const steady = RetryPolicy.make({ schedule: Schedule.spaced("1 second").pipe(Schedule.upTo("1 minute")) })
 * const unlessLimited = RetryPolicy.make({
 *   while: (failure) => failure._tag !== "CentrifugoStatusError" || failure.status !== 429
 * })
 * ```
 * @since 0.1.0
 */
export const make = (options: Options = {}): RetryPolicy => {
  const { maxAttempts = 4, repeatsSent = true, schedule } = options
  const baseDelay = millis(options.baseDelay ?? "100 millis")
  const maxElapsed = millis(options.maxElapsed ?? "30 seconds")
  const problem =
    problemOf(options) ??
    (Number.isSafeInteger(maxAttempts) && maxAttempts > 0
      ? Number.isNaN(baseDelay)
        ? "baseDelay: expected a duration"
        : Number.isNaN(maxElapsed)
          ? "maxElapsed: expected a duration"
          : undefined
      : "maxAttempts: expected a whole number above zero")
  return {
    [TypeId]: TypeId,
    repeatsSent,
    while: options.while ?? constTrue,
    schedule:
      schedule ??
      Schedule.exponential(Number.isFinite(baseDelay) ? baseDelay : 0).pipe(
        Schedule.jittered,
        Schedule.intersect(Schedule.recurs(problem === undefined ? maxAttempts - 1 : 0))
      ),
    maxElapsed,
    problem
  }
}

/** `NaN` for what is no duration. */
const millis = (input: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(input)
  return duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
}

/** For callers without types. */
const problemOf = (options: Options): string | undefined => {
  if (options.repeatsSent !== undefined && typeof options.repeatsSent !== "boolean") {
    return "repeatsSent: expected true or false"
  }
  if (options.while !== undefined && typeof options.while !== "function") return "while: expected a function"
  if (options.schedule !== undefined && !Schedule.isSchedule(options.schedule))
    return "schedule: expected a Schedule"
  return undefined
}

/**
 * What is wrong with a value that should be a policy, or `undefined`.
 *
 * @since 0.1.0
 */
export const check = (value: RetryPolicy): string | undefined =>
  typeof value === "object" && value !== null && TypeId in value
    ? value.problem
    : "expected a policy, such as RetryPolicy.transient or RetryPolicy.make({ maxAttempts: 5 })"

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
 * The policy of the clients that are built with it in their context; `undefined` leaves them their default.
 *
 * @since 0.1.0
 */
export class Default extends Context.Reference<Default>()("@effect-centrifugo/core/RetryPolicy/Default", {
  defaultValue: (): RetryPolicy | undefined => undefined
}) {}

/**
 * Sets the retry policy of every client that is built above it. Fails with a `ConfigError` for what is no policy.
 *
 * @example
 * ```ts
 * import { Centrifugo, RetryPolicy } from "@effect-centrifugo/core"
 * import { Layer } from "effect"
 *
 * const repeating = Centrifugo.layerTransport().pipe(Layer.provide(RetryPolicy.layer(RetryPolicy.transient)))
 * ```
 * @since 0.1.0
 */
export const layer = (policy: RetryPolicy): Layer.Layer<Default, ConfigError> =>
  Layer.effect(
    Default,
    Effect.suspend(() => {
      const problem = check(policy)
      return problem === undefined
        ? Effect.succeed(policy)
        : new ConfigError({ option: "retry", detail: problem })
    })
  )
