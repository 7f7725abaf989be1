/**
 * How calls are made where they say nothing else: the policies of a client.
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
  /** Which failed calls are sent again. Default `RetryPolicy.unsent`: those that were surely never sent. */
  readonly retry?: RetryPolicy.RetryPolicy
  /**
   * Whether calls that are made at the same time travel together; `true` for the defaults of `Batcher`.
   * No call site changes: each caller gets its own result or error. Default: each call is a request.
   */
  readonly batching?: Batcher.Options | boolean
}

/**
 * The policy layers that options ask for. What is not given stays as the context has it.
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
 * Policies that have been checked; times in milliseconds.
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

/**
 * The policies of the context, and over them those of the options.
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
