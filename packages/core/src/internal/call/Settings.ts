/**
 * How calls are made where they say nothing else: the policies of a layer.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ConfigError } from "../../CentrifugoError.js"
import * as Batcher from "../../Batcher.js"
import { checked } from "./duration.js"
import * as RetryPolicy from "../../RetryPolicy.js"

/**
 * The policies of a layer.
 *
 * @since 0.1.0
 */
export interface Options {
  /** How long one attempt may take, the body of the answer included. Default 10 seconds. */
  readonly timeout?: Duration.DurationInput
  /** How long a whole call may take: all attempts, the waits between them, and waiting in a batch. Default: no limit. */
  readonly deadline?: Duration.DurationInput
  /** Which failed calls are sent again. Default `RetryPolicy.unsent`: those that were surely never sent. */
  readonly retry?: RetryPolicy.RetryPolicy
  /**
   * Whether calls that are made at the same time travel together; `true` for the defaults of `Batcher`.
   * No call site changes: each caller gets its own result or error. Default: each call is a request.
   */
  readonly batching?: Batcher.Options | boolean
}

/**
 * Options that have been checked; times in milliseconds.
 *
 * @since 0.1.0
 */
export interface Settings {
  /** For one attempt, in milliseconds. */
  readonly timeout: number
  /** `Infinity` for none. */
  readonly deadline: number
  /** Which failed calls are sent again. */
  readonly retry: RetryPolicy.RetryPolicy
  /** `undefined` for none. */
  readonly batching: Batcher.Checked | undefined
}

export {
  /**
   * A duration that a timer can hold, in milliseconds, or `undefined`.
   *
   * @since 0.1.0
   */
  millisOf,
  /**
   * What a duration has to be, for errors.
   *
   * @since 0.1.0
   */
  expectedDuration
} from "./duration.js"

/**
 * Checks options.
 *
 * @since 0.1.0
 */
export const make = (options: Options = {}): Effect.Effect<Settings, ConfigError> =>
  Effect.gen(function* () {
    return {
      timeout: yield* checked("timeout", options.timeout ?? "10 seconds"),
      deadline: options.deadline === undefined ? Infinity : yield* checked("deadline", options.deadline),
      retry: options.retry ?? RetryPolicy.unsent,
      batching: yield* batchingOf(options.batching ?? false)
    }
  })

const batchingOf = (
  batching: Batcher.Options | boolean
): Effect.Effect<Batcher.Checked | undefined, ConfigError> =>
  batching === false ? Effect.succeed(undefined) : Batcher.check(batching === true ? {} : batching)
