/**
 * Retry policies: which failed calls are repeated, how often, and after what delay.
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
 * The failures after which a policy can repeat a call.
 *
 * @since 0.1.0
 */
export type Failure = TransportError | InternalError

/**
 * A retry policy: which failed calls are repeated, how often, and after what delay. Made by `make`.
 *
 * @since 0.1.0
 */
export interface RetryPolicy {
  /** Identifies the value as a policy. */
  readonly [TypeId]: typeof TypeId
  /**
   * Whether to repeat calls that the server may have carried out, if that is safe for their method. `true` adds
   * idempotency keys to calls that accept them. The server caches each key for five minutes.
   */
  readonly repeatsSent: boolean
  /** Called with each failure after which a repeat is safe. `false` ends the call. */
  readonly while: (failure: Failure) => boolean
  /** The delays between attempts. When the schedule ends, so does the call. */
  readonly schedule: Schedule.Schedule<unknown, Failure>
  /** No attempt begins more than this many milliseconds after the call began. */
  readonly maxElapsed: number
  /** The problem with its options; `undefined` if there is none. Layers and calls refuse a policy with a problem. */
  readonly problem: string | undefined
}

/**
 * Options of `make`.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Whether to repeat calls that the server may have carried out, if that is safe for their method. Default `true`. */
  readonly repeatsSent?: boolean
  /**
   * Ends the call if it returns `false`. It is only called with failures after which a repeat is safe, so it cannot make a
   * policy repeat more calls. Default: always `true`.
   */
  readonly while?: (failure: Failure) => boolean
  /** The maximum number of attempts, including the first. Ignored if `schedule` is set. Default 4. */
  readonly maxAttempts?: number
  /** The delay after the first failure, which doubles after each further one. Default 100 milliseconds. */
  readonly baseDelay?: Duration.DurationInput
  /** Replaces the jittered exponential delays and `maxAttempts`. Default: none. */
  readonly schedule?: Schedule.Schedule<unknown, Failure>
  /** No attempt begins later than this after the call began. Default 30 seconds. */
  readonly maxElapsed?: Duration.DurationInput
}

/**
 * Makes a policy. The delays are jittered (80 % to 120 %). If the response has a longer `Retry-After`, that is the delay.
 * If the delay would exceed `maxElapsed` or the call's deadline, the call fails at once. Invalid options are reported
 * where the policy is used: by a layer as a `ConfigError`, by a call as an `EncodeError`.
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

/** Converts a duration to milliseconds; `NaN` if it is invalid. */
const millis = (input: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(input)
  return duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
}

/** Checks the options' types, for callers without TypeScript. */
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
 * Returns the problem with a value that should be a policy; `undefined` if it is a valid policy.
 *
 * @since 0.1.0
 */
export const check = (value: RetryPolicy): string | undefined =>
  typeof value === "object" && value !== null && TypeId in value
    ? value.problem
    : "expected a policy, such as RetryPolicy.transient or RetryPolicy.make({ maxAttempts: 5 })"

/**
 * Never repeats a call.
 *
 * @since 0.1.0
 */
export const none: RetryPolicy = make({ repeatsSent: false, maxAttempts: 1 })

/**
 * The default policy: repeats only calls that were certainly not sent, such as after a refused connection. 3 attempts
 * within 10 seconds.
 *
 * @since 0.1.0
 */
export const unsent: RetryPolicy = make({ repeatsSent: false, maxAttempts: 3, maxElapsed: "10 seconds" })

/**
 * Also repeats calls after lost responses, timeouts, statuses 429, 502, 503 and 504, and the server's code 100, if that is
 * safe: reads, calls that set a state, and publications, which get an idempotency key. 4 attempts within 30 seconds.
 *
 * The memory and Redis engines remember keys per channel, for five minutes (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
export const transient: RetryPolicy = make()

/**
 * The retry policy of clients that are built in this context, as a context reference. Default `undefined`: `unsent`.
 *
 * @since 0.1.0
 */
export class Default extends Context.Reference<Default>()("@effect-centrifugo/core/RetryPolicy/Default", {
  defaultValue: (): RetryPolicy | undefined => undefined
}) {}

/**
 * Sets the retry policy of every client that is built on this layer. Fails with a `ConfigError` if the policy is invalid.
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
