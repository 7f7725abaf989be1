/** Streams for code that has only iterators. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { run } from "./calls.js"

/** What the client can take in; whoever has no types may give anything. */
export const sourceOf = <A>(
  source: Iterable<A> | AsyncIterable<A>
): Stream.Stream<A, unknown> | Iterable<A> => {
  if (typeof source === "object" && source !== null) {
    if (Symbol.asyncIterator in source) return Stream.fromAsyncIterable(source, identity)
    if (Symbol.iterator in source) return source
  }
  throw new TypeError("sendAll: expected an iterable of requests, such as requests.publish(payload) makes")
}

/** Runs a stream as far as it is asked for, and ends it when its reader leaves. */
export async function* iterate<A, E, B>(
  make: () => Stream.Stream<A, E>,
  change: (value: A) => B,
  signal: AbortSignal | undefined
): AsyncGenerator<B, void, void> {
  const scope = Effect.runSync(Scope.make())
  try {
    const pull = await run(Scope.extend(Stream.toPull(make()), scope), signal)
    const next = Effect.catchAll(
      pull,
      Option.match({ onNone: () => Effect.succeed(undefined), onSome: Effect.fail })
    )
    for (;;) {
      const chunk = await run(next, signal)
      if (chunk === undefined) return
      for (const value of chunk) yield change(value)
    }
  } finally {
    await run(Scope.close(scope, Exit.void))
  }
}
