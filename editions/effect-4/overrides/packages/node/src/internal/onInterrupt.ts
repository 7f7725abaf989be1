// Replaces the file of this name; reviewed at aba41465e1c73bd8.
import * as Effect from "effect/Effect"

/** Calls `cancel` if the effect is interrupted. */
export const onInterrupt = <A, E>(effect: Effect.Effect<A, E>, cancel: () => void): Effect.Effect<A, E> =>
  Effect.onInterrupt(effect, () => Effect.sync(cancel))
