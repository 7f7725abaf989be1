/**
 * Options of single calls, over those of the layer.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"

/**
 * @since 0.1.0
 */
export interface Options {
  /** How long one attempt may take, the body of the answer included. Default: the layer's. */
  readonly timeout?: Duration.DurationInput
}

/**
 * The options in force for the calls of a fiber.
 *
 * @since 0.1.0
 */
export class CallOptions extends Context.Reference<CallOptions>()("@effect-centrifugo/core/CallOptions", {
  defaultValue: (): Options => ({})
}) {}

const withOptions: {
  (options: Options): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, options: Options): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, options: Options): Effect.Effect<A, E, R> =>
  Effect.flatMap(CallOptions, (outer) => Effect.provideService(self, CallOptions, { ...outer, ...options }))
)

export {
  /**
   * Changes options for all calls of an effect; what is not named stays as it is outside.
   *
   * @example
   * ```ts
   * import { CallOptions, Centrifugo } from "@effect-centrifugo/core"
   * import { Effect } from "effect"
   *
   * const quick = Effect.gen(function* () {
   *   const centrifugo = yield* Centrifugo.Centrifugo
   *   return yield* centrifugo.presenceStats({ channel: "news" })
   * }).pipe(CallOptions.with({ timeout: "200 millis" }))
   * ```
   * @since 0.1.0
   */
  withOptions as with
}
