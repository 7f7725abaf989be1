/** Returns callers to their own async context (`AsyncLocalStorage`). */
import * as Effect from "effect/Effect"

/**
 * Runs an effect of the user that several calls may share, such as a cached key. Another caller's fiber may complete it,
 * in that caller's async context. A promise created beforehand returns each caller to its own context.
 */
export const inOwnContext = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    let complete!: () => void
    let resume: () => void
    void new Promise<void>((resolve) => (complete = resolve)).then(() => resume())
    const back = Effect.async<void>((wake) => {
      resume = () => wake(Effect.void)
      complete()
    })
    return Effect.onExit(effect, () => back)
  })
