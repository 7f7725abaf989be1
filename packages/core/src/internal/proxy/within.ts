import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Option from "effect/Option"

/**
 * The outcome of an effect, if it ends within some milliseconds. An effect that can't be interrupted goes on in the
 * background. It can be interrupted here even in an uninterruptible caller.
 */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  millis: number
): Effect.Effect<Option.Option<Exit.Exit<A, E>>, never, R> =>
  Effect.interruptible(Effect.timeoutOption(Effect.exit(Effect.disconnect(effect)), millis))
