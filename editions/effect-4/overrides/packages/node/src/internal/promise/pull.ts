// Replaces the file of this name; reviewed at c0cd365b556b8d6e.
import * as Effect from "effect/Effect"
import * as Pull_ from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** The next values of a stream, or `undefined` at its end. */
export type Pull<A, E> = Effect.Effect<ReadonlyArray<A> | undefined, E>

/** Opens a stream in a scope. */
export const pullOf = <A, E>(stream: Stream.Stream<A, E>, scope: Scope.Scope): Effect.Effect<Pull<A, E>> =>
  Effect.map(Scope.provide(Stream.toPull(stream), scope), (pull) =>
    Pull_.catchDone(pull as Pull_.Pull<ReadonlyArray<A>, E>, () => Effect.succeed(undefined))
  )
