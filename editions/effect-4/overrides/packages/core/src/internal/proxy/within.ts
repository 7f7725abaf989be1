// Replaces the file of this name; reviewed at 09f3d254df125a51.
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"

/**
 * The outcome of an effect, if it ends within some milliseconds. An effect that can't be interrupted goes on in the
 * background. It can be interrupted here even in an uninterruptible caller.
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
