// Replaces the file of this name; reviewed at 09f3d254df125a51.
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"

/**
 * Returns the outcome of an effect if it ends within `millis`, and otherwise interrupts it. An uninterruptible effect
 * continues in the background. The time limit holds even if the caller is uninterruptible.
 */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  millis: number
): Effect.Effect<Option.Option<Exit.Exit<A, E>>, never, R> =>
  Effect.flatMap(Effect.forkDetach(Effect.interruptible(effect)), (fiber) =>
    Effect.interruptible(
      Effect.onInterrupt(Fiber.await(fiber), () => Effect.sync(() => fiber.interruptUnsafe()))
    ).pipe(Effect.timeoutOption(millis))
  )
