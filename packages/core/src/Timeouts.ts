/**
 * A layer that limits how long calls may take.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ConfigError } from "./CentrifugoError.js"
import { checked } from "./internal/http/duration.js"

/**
 * Options of `layer`.
 *
 * @since 0.1.0
 */
export interface Options {
  /** How long one attempt may take, until the whole response has arrived. Default 10 seconds. */
  readonly timeout?: Duration.DurationInput
  /** How long a whole call may take: all attempts, the delays between them, and time in a queue. Default: no limit. */
  readonly deadline?: Duration.DurationInput
}

/**
 * The timeout and deadline of clients that are built in this context, in milliseconds, as a context reference.
 *
 * @since 0.1.0
 */
export class Default extends Context.Reference<Default>()("@effect-centrifugo/core/Timeouts/Default", {
  defaultValue: (): { readonly timeout: number; readonly deadline: number } => ({
    timeout: 10_000,
    deadline: Infinity
  })
}) {}

/**
 * Sets the timeout and deadline of every client that is built on this layer. Options that you do not set keep the value
 * of an outer `Timeouts.layer`. Fails with a `ConfigError` for an invalid duration.
 *
 * @example
 * ```ts
 * import { Centrifugo, Timeouts } from "@effect-centrifugo/core"
 * import { Layer } from "effect"
 *
 * const quick = Centrifugo.layerTransport().pipe(
 *   Layer.provide(Timeouts.layer({ timeout: "2 seconds", deadline: "10 seconds" }))
 * )
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Default, ConfigError> =>
  Layer.effect(
    Default,
    Effect.gen(function* () {
      const outer = yield* Default
      return {
        timeout: options.timeout === undefined ? outer.timeout : yield* checked("timeout", options.timeout),
        deadline:
          options.deadline === undefined ? outer.deadline : yield* checked("deadline", options.deadline)
      }
    })
  )
