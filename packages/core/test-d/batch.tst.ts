import {
  ApiMethod,
  Batch,
  type Centrifugo,
  CentrifugoApi,
  type CentrifugoError,
  Wire
} from "@effect-centrifugo/core"
import { Effect, type Either } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service

type Request<T extends (...args: never) => unknown> = ReturnType<T>
type Result<T extends (...args: never) => unknown> = ApiMethod.Request.Success<ReturnType<T>>
type OutcomeOf<T extends (...args: never) => unknown> = Either.Either<
  Result<T>,
  ApiMethod.Request.Error<ReturnType<T>>
>

type Publish = OutcomeOf<typeof CentrifugoApi.publish>
type Stats = OutcomeOf<typeof CentrifugoApi.presenceStats>

const publish = CentrifugoApi.publish({ channel: "a", data: 1 })
const stats = CentrifugoApi.presenceStats({ channel: "a" })
const own = ApiMethod.make("own", {
  payload: {},
  result: { count: Wire.Count },
  codes: [113],
  repeat: "read"
})

type SuccessOf<T> = T extends Effect.Effect<infer A, infer _E, infer _R> ? A : never

describe("outcomes", () => {
  test("of a tuple are a tuple, each with its own type", () => {
    const batch = centrifugo.batch([publish, stats])
    expect<SuccessOf<typeof batch>>().type.toBe<readonly [Publish, Stats]>()
    expect<Effect.Effect.Error<typeof batch>>().type.toBe<CentrifugoError.CallError>()
    expect<Effect.Effect.Context<typeof batch>>().type.toBe<never>()
  })

  test("of an array of unknown length are an array", () => {
    const batch = centrifugo.batch([1, 2].map((n) => CentrifugoApi.publish({ channel: "a", data: n })))
    expect<SuccessOf<typeof batch>>().type.toBe<ReadonlyArray<Publish>>()
  })

  test("of an array of several methods are an array of their union", () => {
    const requests: ReadonlyArray<
      Request<typeof CentrifugoApi.publish> | Request<typeof CentrifugoApi.presenceStats>
    > = [publish, stats]
    const batch = centrifugo.batch(requests)
    expect<SuccessOf<typeof batch>>().type.toBe<ReadonlyArray<Publish | Stats>>()
  })

  test("of a record are a record", () => {
    const batch = centrifugo.batch({ sent: publish, online: stats })
    expect<SuccessOf<typeof batch>>().type.toBe<{ readonly sent: Publish; readonly online: Stats }>()
  })

  test("of an empty batch are empty", () => {
    const batch = centrifugo.batch([])
    expect<SuccessOf<typeof batch>>().type.toBe<readonly []>()
  })

  test("of a custom method have its result and errors", () => {
    const batch = centrifugo.batch([own(), publish])
    type Own = SuccessOf<typeof batch>[0]
    expect<Either.Either.Right<Own>>().type.toBe<{ readonly count: number }>()
    expect<Either.Either.Left<Own>["_tag"]>().type.toBe<
      CentrifugoError.CallError["_tag"] | "CentrifugoConflictError"
    >()
  })

  test("are the same through send", () => {
    const batch = Batch.batch([publish, stats])
    expect(batch.method).type.toBe<"batch">()
    expect<SuccessOf<ReturnType<typeof send>>>().type.toBe<readonly [Publish, Stats]>()
    function send() {
      return centrifugo.send(batch)
    }
  })
})

describe("members", () => {
  test("are only requests", () => {
    expect(centrifugo.batch).type.not.toBeCallableWith([1])
    expect(centrifugo.batch).type.not.toBeCallableWith([null])
    expect(centrifugo.batch).type.not.toBeCallableWith([CentrifugoApi.publish])
    expect(centrifugo.batch).type.not.toBeCallableWith([centrifugo.publish({ channel: "a", data: 1 })])
    expect(centrifugo.batch).type.not.toBeCallableWith(publish)
    expect(centrifugo.batch).type.not.toBeCallableWith({ sent: publish, other: 1 })
    expect(centrifugo.batch).type.not.toBeCallableWith([publish], { paralel: true })
    expect(centrifugo.batch).type.toBeCallableWith([publish], { parallel: true })
  })
})

describe("requireAll", () => {
  test("of a tuple gives a tuple of results", () => {
    const all = centrifugo.batch([publish, stats]).pipe(Batch.requireAll)
    expect<SuccessOf<typeof all>>().type.toBe<
      readonly [Result<typeof CentrifugoApi.publish>, Result<typeof CentrifugoApi.presenceStats>]
    >()
    expect<Effect.Effect.Error<typeof all>>().type.toBe<
      CentrifugoError.CallError | Batch.PartialFailureError<readonly [Publish, Stats]>
    >()
  })

  test("of a record gives a record of results", () => {
    const all = centrifugo.batch({ sent: publish, online: stats }).pipe(Batch.requireAll)
    expect<SuccessOf<typeof all>>().type.toBe<{
      readonly sent: Result<typeof CentrifugoApi.publish>
      readonly online: Result<typeof CentrifugoApi.presenceStats>
    }>()
  })

  test("of an array gives an array of results", () => {
    const all = centrifugo.batch([1].map(() => publish)).pipe(Batch.requireAll)
    expect<SuccessOf<typeof all>>().type.toBe<ReadonlyArray<Result<typeof CentrifugoApi.publish>>>()
  })

  test("of a broadcast gives each channel with its result", () => {
    const all = centrifugo.broadcast({ channels: ["a"], data: 1 }).pipe(Batch.requireAll)
    expect<SuccessOf<typeof all>[number]>().type.toBe<{
      readonly channel: string
      readonly result: CentrifugoApi.PublishResult
    }>()
  })

  test("fails with outcomes that still have their types", () => {
    const caught = centrifugo.batch([publish, stats]).pipe(
      Batch.requireAll,
      Effect.catchTag("CentrifugoPartialFailureError", ({ outcomes }) => Effect.succeed(outcomes[1]))
    )
    expect<Effect.Effect.Error<typeof caught>>().type.toBe<CentrifugoError.CallError>()
    expect<Exclude<SuccessOf<typeof caught>, ReadonlyArray<unknown>>>().type.toBe<Stats>()
  })
})
