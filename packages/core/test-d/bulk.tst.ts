import { type ApiMethod, type Centrifugo, CentrifugoApi, type CentrifugoError } from "@effect-centrifugo/core"
import { type Either, Stream } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service

type Publish = ReturnType<typeof CentrifugoApi.publish>
type Stats = ReturnType<typeof CentrifugoApi.presenceStats>
type SentOf<Q> = {
  readonly request: Q
  readonly outcome: Either.Either<
    ApiMethod.Request.Success<Q>,
    ApiMethod.Request.Error<Q> | CentrifugoError.CallError
  >
}

declare const orders: Stream.Stream<{ readonly user: string }, Error, "Database">
const publish = (channel: string) => CentrifugoApi.publish({ channel, data: 1 })

describe("sendAll", () => {
  test("of an iterable can't fail and has no requirements", () => {
    expect(centrifugo.sendAll([publish("a")])).type.toBe<Stream.Stream<SentOf<Publish>>>()
    expect(centrifugo.sendAll(new Set([publish("a")]), { concurrency: 2 })).type.toBe<
      Stream.Stream<SentOf<Publish>>
    >()
  })

  test("of a stream has its error and its requirements", () => {
    const sent = orders.pipe(
      Stream.map(({ user }) => publish(user)),
      centrifugo.sendAll({ concurrency: 4 })
    )
    expect(sent).type.toBe<Stream.Stream<SentOf<Publish>, Error, "Database">>()
    const plain = orders.pipe(
      Stream.map(({ user }) => publish(user)),
      centrifugo.sendAll()
    )
    expect(plain).type.toBe<Stream.Stream<SentOf<Publish>, Error, "Database">>()
  })

  test("of several methods distinguishes outcomes by their request", () => {
    const sent = centrifugo.sendAll([publish("a"), CentrifugoApi.presenceStats({ channel: "a" })])
    expect(sent).type.toBe<Stream.Stream<SentOf<Publish> | SentOf<Stats>>>()
    expect<Centrifugo.Sent<Publish | Stats>>().type.toBe<SentOf<Publish> | SentOf<Stats>>()
  })

  test("returns the value that was paired with a request, with its type", () => {
    type OutcomeOf<Q> = SentOf<Q>["outcome"]
    const pairs = centrifugo.sendAll([["row", publish("a")]])
    expect(pairs).type.toBe<Stream.Stream<readonly [value: string, outcome: OutcomeOf<Publish>]>>()
    const rows = orders.pipe(
      Stream.map((order) => [order, publish(order.user)] as const),
      centrifugo.sendAll({ concurrency: 4 })
    )
    expect(rows).type.toBe<
      Stream.Stream<
        readonly [value: { readonly user: string }, outcome: OutcomeOf<Publish>],
        Error,
        "Database"
      >
    >()
    expect<Centrifugo.Sent<readonly [1, Publish] | readonly [2, Stats] | Stats>>().type.toBe<
      | readonly [value: 1, outcome: OutcomeOf<Publish>]
      | readonly [value: 2, outcome: OutcomeOf<Stats>]
      | SentOf<Stats>
    >()
  })

  test("takes only requests", () => {
    expect(centrifugo.sendAll).type.not.toBeCallableWith([["row", 1]])
    expect(centrifugo.sendAll).type.not.toBeCallableWith([[publish("a"), "row"]])
    expect(centrifugo.sendAll).type.not.toBeCallableWith([1, 2])
    expect(centrifugo.sendAll).type.not.toBeCallableWith({ concurency: 2 })
  })
})
