import {
  ApiMethod,
  CallOptions,
  type Centrifugo,
  type Centrifugo as Client,
  CentrifugoApi,
  CentrifugoError,
  type CentrifugoPro,
  Wire
} from "@effect-centrifugo/core"
import { Effect, Either, Schema } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service
declare const options: CallOptions.Options

type Success<K extends keyof Centrifugo.Service> = Centrifugo.Service[K] extends (
  ...args: infer _
) => Effect.Effect<infer A, infer _E, infer _R>
  ? A
  : never

/** The tags of a method's errors; for a `BroadcastOutcome`, those of the channel's errors. */
type Tags<K extends keyof Centrifugo.Service> = Centrifugo.Service[K] extends (
  ...args: infer _
) => Effect.Effect<infer _A, infer E, infer _R>
  ? E extends { readonly _tag: infer T }
    ? T
    : "an error without a tag"
  : never

type IsAny<T> = 0 extends 1 & T ? true : false

/** The errors of any call. */
type CallTags = CentrifugoError.CallError["_tag"]

describe("results", () => {
  test("a publish can have no position", () => {
    expect<Success<"publish">>().type.toBe<{
      readonly offset?: number
      readonly epoch?: string
    }>()
  })

  test("a broadcast has an outcome per channel", () => {
    expect<Success<"broadcast">>().type.toBe<Array<CentrifugoApi.BroadcastOutcome>>()
    expect<
      Either.Either.Right<CentrifugoApi.BroadcastOutcome["outcome"]>
    >().type.toBe<CentrifugoApi.PublishResult>()
    expect<Either.Either.Left<CentrifugoApi.BroadcastOutcome["outcome"]>["_tag"]>().type.toBe<
      | "CentrifugoInternalError"
      | "CentrifugoUnknownChannelError"
      | "CentrifugoBadRequestError"
      | "CentrifugoUnexpectedServerError"
      | "CentrifugoDecodeError"
    >()
  })

  test("a history has all its fields", () => {
    expect<Success<"history">>().type.toBe<{
      readonly publications: ReadonlyArray<Wire.Publication>
      readonly offset: number
      readonly epoch: string
    }>()
    expect<Wire.Publication>().type.toBe<{
      readonly data?: unknown
      readonly info?: Wire.ClientInfo
      readonly offset: number
      readonly tags: { readonly [key: string]: string }
    }>()
  })

  test("presence is a map, and counts are numbers", () => {
    expect<Success<"presence">>().type.toBe<{
      readonly presence: { readonly [client: string]: Wire.ClientInfo }
    }>()
    expect<Success<"presenceStats">>().type.toBe<{
      readonly numClients: number
      readonly numUsers: number
    }>()
  })

  test("an acknowledgement is an empty object", () => {
    expect<Success<"disconnect">>().type.toBe<{}>()
  })

  test("no result and no error has the type any", () => {
    type Anys = {
      [K in keyof Centrifugo.Service]: true extends IsAny<Success<K>> | IsAny<Tags<K>> ? K : never
    }[keyof Centrifugo.Service]
    expect<Anys>().type.toBe<never>()
    type ProAnys = {
      [K in keyof CentrifugoPro.Service]: CentrifugoPro.Service[K] extends (
        ...args: infer _
      ) => Effect.Effect<infer A, infer E, infer R>
        ? true extends IsAny<A> | IsAny<E> | IsAny<R>
          ? K
          : never
        : never
    }[keyof CentrifugoPro.Service]
    expect<ProAnys>().type.toBe<never>()
    const publish = centrifugo.publish({ channel: "a", data: 1 })
    expect<IsAny<Effect.Effect.Success<typeof publish>>>().type.toBe<false>()
    expect<IsAny<Effect.Effect.Error<typeof publish>>>().type.toBe<false>()
    expect<Effect.Effect.Context<typeof publish>>().type.toBe<never>()
    const info = centrifugo.info()
    expect<IsAny<Effect.Effect.Success<typeof info>["nodes"][number]>>().type.toBe<false>()
  })
})

describe("errors", () => {
  test("of any call are exactly these", () => {
    expect<CallTags>().type.toBe<
      CentrifugoError.TransportError["_tag"] | "CentrifugoEncodeError" | "CentrifugoUnexpectedServerError"
    >()
    expect<CentrifugoError.CentrifugoError["_tag"]>().type.toBe<
      CallTags | CentrifugoError.ErrorByCode[CentrifugoError.Code]["_tag"]
    >()
  })

  test("of a method are exactly those that it can return", () => {
    type Publish = "CentrifugoInternalError" | "CentrifugoUnknownChannelError" | "CentrifugoBadRequestError"
    expect<Tags<"publish">>().type.toBe<CallTags | Publish>()
    expect<Tags<"broadcast">>().type.toBe<
      CallTags | "CentrifugoInternalError" | "CentrifugoBadRequestError"
    >()
    expect<Tags<"disconnect">>().type.toBe<CallTags | "CentrifugoInternalError">()
    expect<Tags<"info">>().type.toBe<CallTags | "CentrifugoInternalError">()
    expect<Tags<"presence">>().type.toBe<CallTags | Publish | "CentrifugoNotAvailableError">()
    expect<Tags<"presenceStats">>().type.toBe<CallTags | Publish | "CentrifugoNotAvailableError">()
    expect<Tags<"history">>().type.toBe<
      CallTags | Publish | "CentrifugoNotAvailableError" | "CentrifugoUnrecoverablePositionError"
    >()
  })

  test("that a method can't return can't be caught", () => {
    const caught = "CentrifugoUnrecoverablePositionError"
    const publish = centrifugo.publish({ channel: "a", data: 1 })
    expect(Effect.catchTag).type.not.toBeCallableWith(publish, caught, () => Effect.void)
    const history = centrifugo.history({ channel: "a" })
    expect(Effect.catchTag).type.toBeCallableWith(history, caught, () => Effect.void)
  })

  test("that are caught are removed, and exactly the rest remains", () => {
    const safe = centrifugo.history({ channel: "a" }).pipe(
      Effect.catchTags({
        CentrifugoUnrecoverablePositionError: () => Effect.succeed("reloaded" as const),
        CentrifugoNotAvailableError: (error) => Effect.dieMessage(error.message)
      })
    )
    expect<Effect.Effect.Error<typeof safe>["_tag"]>().type.toBe<
      CallTags | "CentrifugoInternalError" | "CentrifugoUnknownChannelError" | "CentrifugoBadRequestError"
    >()
    expect<Effect.Effect.Success<typeof safe>>().type.toBe<Success<"history"> | "reloaded">()
  })

  test("have a literal code if the code is known", () => {
    expect<CentrifugoError.UnknownChannelError["code"]>().type.toBe<102>()
    expect<CentrifugoError.UnexpectedServerError["code"]>().type.toBe<number>()
  })

  test("are narrowed by the groups' guards", () => {
    const publish = centrifugo.publish({ channel: "a", data: 1 }).pipe(Effect.mapError((error) => error))
    type E = Effect.Effect.Error<typeof publish>
    const serverCode = (error: E) => (CentrifugoError.isServerError(error) ? error.code : undefined)
    expect(serverCode).type.toBe<(error: E) => number | undefined>()
  })
})

describe("requests", () => {
  test("are typed values with typed parts", () => {
    const request = CentrifugoApi.publish({ channel: "a", data: 1 })
    expect(request.method).type.toBe<"publish">()
    expect(request.payload.channel).type.toBe<string>()
    expect<ApiMethod.Request.Success<typeof request>>().type.toBe<Success<"publish">>()
    expect<ApiMethod.Request.Error<typeof request>["_tag"]>().type.toBe<Tags<"publish">>()
  })

  test("through send have the same type as the client's function", () => {
    const history = CentrifugoApi.history({ channel: "a" })
    expect(centrifugo.send(history)).type.toBe(centrifugo.history({ channel: "a" }))
  })

  test("a history's position can be used as since", () => {
    type History = Success<"history">
    expect<Pick<History, "offset" | "epoch">>().type.toBeAssignableTo<Wire.StreamPosition>()
  })

  test("options of a call change neither result nor errors", () => {
    const publish = centrifugo.publish({ channel: "a", data: 1 })
    const withOptions = CallOptions.with
    expect(withOptions(publish, options)).type.toBe<typeof publish>()
    expect(publish.pipe(withOptions({ timeout: "1 second" }))).type.toBe<typeof publish>()
    expect(withOptions).type.not.toBeCallableWith({ timeOut: "1 second" })
  })
})

describe("a custom method", () => {
  const channelStats = ApiMethod.make("channel_stats", {
    payload: { channel: Wire.ChannelName, sinceTime: Schema.optional(Wire.UnixSeconds) },
    result: { numMessages: Wire.Count, lastData: Schema.optionalWith(Wire.JsonReply, { exact: true }) },
    codes: [100, 102],
    repeat: "read"
  })

  test("has the payload, result and errors of its description", () => {
    expect(channelStats).type.toBeCallableWith({ channel: "a" })
    expect(channelStats).type.toBeCallableWith({ channel: "a", sinceTime: undefined })
    expect(channelStats).type.not.toBeCallableWith({ channel: "a", since_time: 1 })
    expect(channelStats).type.not.toBeCallableWith()
    const sent = centrifugo.send(channelStats({ channel: "a" }))
    expect<Effect.Effect.Success<typeof sent>>().type.toBe<{
      readonly numMessages: number
      readonly lastData?: unknown
    }>()
    expect<Effect.Effect.Error<typeof sent>["_tag"]>().type.toBe<
      CallTags | "CentrifugoInternalError" | "CentrifugoUnknownChannelError"
    >()
    expect(channelStats.method).type.toBe<"channel_stats">()
  })

  test("can't declare unknown codes", () => {
    expect(ApiMethod.make).type.not.toBeCallableWith("x", {
      payload: {},
      result: {},
      codes: [101],
      repeat: "read" as const
    })
  })

  test("mapped also has the result and failure of the mapping", () => {
    const mapped = ApiMethod.mapResult(channelStats, ({ numMessages }, { channel }) =>
      numMessages > 5 ? Either.left("busy" as const) : Either.right([channel, numMessages] as const)
    )
    const sent = centrifugo.send(mapped({ channel: "a" }))
    expect<Effect.Effect.Success<typeof sent>>().type.toBe<readonly [string, number]>()
    expect<Exclude<Effect.Effect.Error<typeof sent>, { readonly _tag: string }>>().type.toBe<"busy">()
  })
})

describe("a broadcast in parts", () => {
  test("has an outcome per channel, with the errors of its channel and of its part", () => {
    const parts = {} as Effect.Effect.Success<ReturnType<typeof Client.broadcastInParts>>
    expect<Either.Either.Left<(typeof parts)[number]["outcome"]>>().type.toBe<
      CentrifugoApi.BroadcastChannelError | CentrifugoApi.BroadcastError
    >()
    expect<
      Effect.Effect.Error<ReturnType<typeof Client.broadcastInParts>>
    >().type.toBe<CentrifugoError.EncodeError>()
  })
})
