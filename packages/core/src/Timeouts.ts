/**
 * How long calls may take, as a layer.
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
  /** How long one attempt may take, the body of the answer included. Default 10 seconds. */
  readonly timeout?: Duration.DurationInput
  /** How long a whole call may take: all attempts, the waits between them, and waiting in a batch. Default: no limit. */
  readonly deadline?: Duration.DurationInput
}

/**
 * The times of the clients that are built with it in their context, in milliseconds.
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
 * Sets the times of every client that is built above it. A time that is not given stays as it is outside. Fails with a
 * `ConfigError` for a duration that no timer can hold.
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
