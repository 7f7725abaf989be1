import { Chunk, Effect, type Either, Ref, Stream } from "effect"
import { Centrifugo } from "../../src/index.js"
import { CentrifugoTest } from "@effect-centrifugo/testing"

/** Histories of ten publications, and maps whose streams hold ten changes. */
export const channel: CentrifugoTest.ChannelConfig = {
  without_namespace: { history_size: 10, history_ttl: "60s", history_meta_ttl: "1h" },
  namespaces: [
    { name: "plain" },
    {
      name: "map",
      subscription_type: "map",
      map: { mode: "recoverable", key_ttl: "300s", stream_size: 10 }
    },
    { name: "eph", subscription_type: "map", map: { mode: "ephemeral", key_ttl: "300s" } }
  ]
}

export const withServer = <A, E, R>(test: (centrifugo: Centrifugo.Service) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Centrifugo.Centrifugo, test).pipe(Effect.provide(CentrifugoTest.layer({ channel })))

/** Publishes the numbers `from` to `to` to channel "a". */
export const publish = (from: number, to: number, channel = "a") =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
    Effect.forEach(
      Array.from({ length: to - from + 1 }, (_, i) => from + i),
      (data) => centrifugo.publish({ channel, data }),
      { discard: true }
    )
  )

export const numbers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => from + (to < from ? -i : i))

export const leftOf = <A, E>(either: Either.Either<A, E>): E => {
  if (either._tag === "Left") return either.left
  throw new Error("it did not fail")
}

export const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

/** The items before the stream ended, and its exit. */
export const outcome = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.gen(function* () {
    const taken = yield* Ref.make<ReadonlyArray<A>>([])
    const result = yield* Effect.either(
      Stream.runForEach(stream, (item) => Ref.update(taken, (items) => [...items, item]))
    )
    return { taken: yield* Ref.get(taken), result }
  })

/** Runs an action once, before the nth item is emitted. */
export const before = <R>(n: number, effect: Effect.Effect<unknown, unknown, R>) => {
  let count = 0
  return <A>(item: A) =>
    Effect.suspend(() => (++count === n ? Effect.orDie(effect) : Effect.void)).pipe(Effect.as(item))
}
