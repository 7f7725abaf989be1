import { Either } from "effect"
import * as Schema from "effect/Schema"
import {
  ApiMethod,
  type Centrifugo,
  type CentrifugoApi,
  type CentrifugoError,
  Wire
} from "@effect-centrifugo/core"
import { CentrifugoPromise } from "@effect-centrifugo/node"
import { describe, expect, test } from "tstyche"

declare const centrifugo: CentrifugoPromise.Service

const { requests } = CentrifugoPromise
type Published = CentrifugoPromise.Outcome<
  CentrifugoApi.PublishResult,
  ApiMethod.Request.Error<ReturnType<typeof CentrifugoApi.publish>>
>
type Stats = CentrifugoPromise.Outcome<
  Awaited<ReturnType<typeof centrifugo.presenceStats>>,
  ApiMethod.Request.Error<ReturnType<typeof CentrifugoApi.presenceStats>>
>
type Broadcast = {
  readonly channel: string
  readonly outcome: CentrifugoPromise.Outcome<
    CentrifugoApi.PublishResult,
    CentrifugoApi.BroadcastChannelError
  >
}
type NotADerivedOne = "send" | "batch" | "sendAll" | "check"

describe("methods", () => {
  test("are exactly those of the Effect client", () => {
    type Own = Exclude<keyof CentrifugoPromise.Service, "close" | typeof Symbol.asyncDispose>
    expect<Own>().type.toBe<keyof Centrifugo.Service>()
    expect<keyof CentrifugoPromise.Functions>().type.toBe<Exclude<keyof Centrifugo.Service, NotADerivedOne>>()
  })

  test("resolve with the method's result", () => {
    expect(centrifugo.publish({ channel: "a", data: 1 })).type.toBe<Promise<CentrifugoApi.PublishResult>>()
    expect(centrifugo.check()).type.toBe<Promise<void>>()
    expect(centrifugo.subscribe({ channel: "a", user: "u" })).type.toBeAssignableTo<Promise<object>>()
  })

  test("take options last, and no options instead of a payload", () => {
    const { signal } = new AbortController()
    expect(centrifugo.publish).type.toBeCallableWith(
      { channel: "a", data: 1 },
      { signal, timeout: "1 second", headers: { a: "b" } }
    )
    expect(centrifugo.publish).type.not.toBeCallableWith({ channel: "a", data: 1 }, { timeuot: 1 })
    expect(centrifugo.info).type.toBeCallableWith({}, { signal })
    expect(centrifugo.info).type.not.toBeCallableWith({ signal })
    expect(centrifugo.channels).type.not.toBeCallableWith({ signal })
    expect(centrifugo.channels).type.toBeCallableWith({ pattern: "a*" })
    expect(centrifugo.publish).type.not.toBeCallableWith({ channel: "a" })
    expect(centrifugo.publish).type.not.toBeCallableWith()
  })

  test("history and rpc with a schema have its type", () => {
    const schema = Schema.Struct({ at: Schema.Date })
    type Data = { readonly at: Date }
    expect(centrifugo.history({ channel: "a", limit: 1, schema })).type.toBe<
      Promise<CentrifugoApi.TypedHistory<Data>>
    >()
    expect(centrifugo.rpc({ method: "a", schema })).type.toBe<Promise<CentrifugoApi.TypedRpcResult<Data>>>()
  })
})

describe("outcomes", () => {
  test("of a broadcast, also as a request", () => {
    expect(centrifugo.broadcast({ channels: ["a"], data: 1 })).type.toBe<Promise<Array<Broadcast>>>()
    expect(centrifugo.send(requests.broadcast({ channels: ["a"], data: 1 }))).type.toBe<
      Promise<Array<Broadcast>>
    >()
  })

  test("of a batch are those of each member", () => {
    const publish = requests.publish({ channel: "a", data: 1 })
    const stats = requests.presenceStats({ channel: "a" })
    expect(centrifugo.batch([publish, stats])).type.toBe<Promise<readonly [Published, Stats]>>()
    expect(centrifugo.batch({ publish, stats }, { parallel: true, timeout: 100 })).type.toBe<
      Promise<{ readonly publish: Published; readonly stats: Stats }>
    >()
    expect(centrifugo.batch([requests.broadcast({ channels: ["a"], data: 1 })] as const)).type.toBe<
      Promise<
        readonly [
          CentrifugoPromise.Outcome<
            Array<Broadcast>,
            ApiMethod.Request.Error<ReturnType<typeof CentrifugoApi.broadcast>>
          >
        ]
      >
    >()
  })

  test("narrow to the value or to the errors of that member", () => {
    const read = (outcome: Published) => {
      if (outcome.ok) return expect(outcome.value).type.toBe<CentrifugoApi.PublishResult>()
      if (outcome.error._tag === "CentrifugoUnknownChannelError") {
        expect(outcome.error).type.toBe<CentrifugoError.UnknownChannelError>()
      }
      expect(outcome.error).type.not.toBeAssignableFrom<CentrifugoError.UnrecoverablePositionError>()
    }
  })

  test("of sendAll keep each request beside its own outcome", () => {
    const own = ApiMethod.make("own", {
      payload: {},
      result: { n: Wire.Count },
      codes: [113],
      repeat: "read"
    })
    const sent = centrifugo.sendAll([own()])
    type Item = typeof sent extends AsyncIterable<infer A> ? A : never
    expect<Item["request"]>().type.toBe<ReturnType<typeof own>>()
    expect<Item["outcome"]>().type.toBe<
      CentrifugoPromise.Outcome<{ readonly n: number }, ApiMethod.Request.Error<ReturnType<typeof own>>>
    >()
  })

  test("of sendAll keep the value that was paired with a request", () => {
    const rows: Iterable<readonly [{ readonly id: number }, ReturnType<typeof CentrifugoApi.publish>]> = []
    const sent = centrifugo.sendAll(rows)
    type Item = typeof sent extends AsyncIterable<infer A> ? A : never
    expect<Item[0]>().type.toBe<{ readonly id: number }>()
    expect<Item[1]>().type.toBe<
      CentrifugoPromise.Outcome<CentrifugoApi.PublishResult, CentrifugoApi.PublishError>
    >()
    // A value that is an Either, or has a field `outcome`, is not converted.
    const odd = centrifugo.sendAll([[Either.right(1), requests.publish({ channel: "a", data: 1 })]])
    type Odd = typeof odd extends AsyncIterable<infer A> ? A : never
    expect<Odd[0]>().type.toBe<Either.Either<number>>()
    expect(centrifugo.sendAll).type.not.toBeCallableWith([["row", 1]])
  })

  test("contain no Either", () => {
    type Deep<A> = Extract<A, Either.Either<unknown, unknown>>
    expect<Deep<Awaited<ReturnType<typeof centrifugo.broadcast>>[number]["outcome"]>>().type.toBe<never>()
  })

  test("unknown values stay unknown", () => {
    expect<CentrifugoPromise.Plain<unknown>>().type.toBe<unknown>()
    expect<CentrifugoPromise.Plain<void>>().type.toBe<void>()
  })
})

test("a key is a string, a Redacted, or a function", () => {
  type Key = CentrifugoPromise.Options["apiKey"]
  expect<string>().type.toBeAssignableTo<Key>()
  expect<() => Promise<string>>().type.toBeAssignableTo<Key>()
  expect<undefined>().type.not.toBeAssignableTo<Key>()
})

describe("schemas of a single call", () => {
  test("type its result, with options after the payload", async () => {
    const presence = await centrifugo.presence(
      { channel: "a", connInfoSchema: Schema.Date },
      { timeout: "1 second" }
    )
    expect(presence.presence["a"]!.connInfo).type.toBe<Date | undefined>()
    const plain = await centrifugo.presence({ channel: "a" }, { timeout: "1 second" })
    expect(plain.presence["a"]!.connInfo).type.toBe<unknown>()
    const map = await centrifugo.mapReadState({ channel: "a", schema: Schema.Date })
    expect(map.entries[0]!.data).type.toBe<Date>()
  })

  test("type what is sent", () => {
    const to = { channel: "a", user: "1" }
    const infoSchema = Schema.Date
    expect(centrifugo.subscribe).type.toBeCallableWith(
      { ...to, info: new Date(), infoSchema },
      { timeout: 1 }
    )
    expect(centrifugo.subscribe).type.not.toBeCallableWith({ ...to, info: 1, infoSchema })
  })
})
