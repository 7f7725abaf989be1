/**
 * The policies of a client: the defaults for calls without options of their own.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ConfigError } from "../../CentrifugoError.js"
import * as Batcher from "../../Batcher.js"
import * as RetryPolicy from "../../RetryPolicy.js"
import * as Timeouts from "../../Timeouts.js"

/**
 * The policies of a client, each of which is also a layer: `Timeouts.layer`, `RetryPolicy.layer`, `Batcher.layer`.
 *
 * @since 0.1.0
 */
export interface Options extends Timeouts.Options {
  /** The retry policy. Default `RetryPolicy.unsent`: repeats only calls that were certainly not sent. */
  readonly retry?: RetryPolicy.RetryPolicy
  /**
   * Automatic batching: calls made at the same time share a request, and each caller gets its own result or error.
   * `true` uses the defaults of `Batcher`. Default: every call is its own request.
   */
  readonly batching?: Batcher.Options | boolean
}

/**
 * Makes the layers of the policies in the options. Policies that are not set stay those of the context.
 *
 * @since 0.1.0
 */
export const layer = ({ batching, deadline, retry, timeout }: Options): Layer.Layer<never, ConfigError> =>
  Layer.mergeAll(
    Timeouts.layer({
      ...(timeout === undefined ? {} : { timeout }),
      ...(deadline === undefined ? {} : { deadline })
    }),
    retry === undefined ? Layer.empty : RetryPolicy.layer(retry),
    batching === undefined ? Layer.empty : batchingLayer(batching)
  )

const batchingLayer = (batching: Batcher.Options | boolean): Layer.Layer<never, ConfigError> =>
  batching === false
    ? Layer.succeed(Batcher.Default, undefined)
    : Batcher.layer(batching === true ? {} : batching)

/**
 * Checked policies. Times are in milliseconds.
 *
 * @since 0.1.0
 */
export interface Settings {
  /** The timeout of one attempt, in milliseconds. */
  readonly timeout: number
  /** The deadline of a whole call, in milliseconds from its start; `Infinity` for none. */
  readonly deadline: number
  /** The retry policy. */
  readonly retry: RetryPolicy.RetryPolicy
  /** The limits of batching; `undefined` for no batching. */
  readonly batching: Batcher.Checked | undefined
}

/**
 * Returns the policies of the context, overridden by the options.
 *
 * @since 0.1.0
 */
export const current = (options: Options = {}): Effect.Effect<Settings, ConfigError> =>
  Effect.provide(
    Effect.gen(function* () {
      const { deadline, timeout } = yield* Timeouts.Default
      const retry = (yield* RetryPolicy.Default) ?? RetryPolicy.unsent
      return { deadline, timeout, retry, batching: yield* Batcher.Default }
    }),
    layer(options)
  )
