// Replaces the file of this name; reviewed at 54f64f0569e20fff.
import * as Effect from "effect/Effect"

/** Calls `cancel` if the effect is interrupted. */
export const onInterrupt = <A, E>(effect: Effect.Effect<A, E>, cancel: () => void): Effect.Effect<A, E> =>
  Effect.onInterrupt(effect, () => Effect.sync(cancel))
