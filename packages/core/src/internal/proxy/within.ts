import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Option from "effect/Option"

/**
 * Returns the outcome of an effect if it ends within `millis`, and otherwise interrupts it. An uninterruptible effect
 * continues in the background. The time limit holds even if the caller is uninterruptible.
 */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  millis: number
): Effect.Effect<Option.Option<Exit.Exit<A, E>>, never, R> =>
  Effect.interruptible(Effect.timeoutOption(Effect.exit(Effect.disconnect(effect)), millis))
