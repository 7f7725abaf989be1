import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** The next values of a stream, or `undefined` at its end. */
export type Pull<A, E> = Effect.Effect<ReadonlyArray<A> | undefined, E>

/** Opens a stream in a scope. */
export const pullOf = <A, E>(stream: Stream.Stream<A, E>, scope: Scope.Scope): Effect.Effect<Pull<A, E>> =>
  Effect.map(Scope.extend(Stream.toPull(stream), scope), (pull) =>
    Effect.catchAll(
      Effect.map(pull, Chunk.toReadonlyArray),
      Option.match({ onNone: () => Effect.succeed(undefined), onSome: Effect.fail })
    )
  )
