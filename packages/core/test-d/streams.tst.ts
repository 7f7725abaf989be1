import {
  type Centrifugo,
  type CentrifugoError,
  HistoryStream,
  MapStream,
  TypedChannel,
  type Wire
} from "@effect-centrifugo/core"
import { Effect, type Schedule, Schema, Stream } from "effect"
import { describe, expect, test } from "tstyche"

type Tags<S> =
  S extends Stream.Stream<infer _A, infer E, infer _R>
    ? E extends { readonly _tag: infer T }
      ? T
      : "an error without a tag"
    : never

type PositionTags = HistoryStream.PositionError["_tag"] | "CentrifugoReadNotSupportedError"
type CallTags = CentrifugoError.CallError["_tag"]

declare const reverse: boolean
declare const follow: Schedule.Schedule<number, unknown, "Service">
const channel = "a"

describe("history", () => {
  test("is a stream of publications with their positions", () => {
    expect(HistoryStream.history({ channel })).type.toBe<
      Stream.Stream<
        Wire.Publication & { readonly position: HistoryStream.Position },
        HistoryStream.HistoryError,
        Centrifugo.Centrifugo
      >
    >()
  })

  test("can't fail with code 112, which becomes a position error", () => {
    const stream = HistoryStream.history({ channel })
    expect<Tags<typeof stream>>().type.toBe<
      | CallTags
      | PositionTags
      | "CentrifugoInternalError"
      | "CentrifugoUnknownChannelError"
      | "CentrifugoBadRequestError"
      | "CentrifugoNotAvailableError"
    >()
  })

  test("with a schema is a stream of outcomes", () => {
    const stream = HistoryStream.history({ channel, schema: Schema.Date, reverse })
    expect(stream).type.toBe<
      Stream.Stream<
        {
          readonly position: HistoryStream.Position
          readonly outcome: TypedChannel.PublicationOutcome<Date>
        },
        HistoryStream.HistoryError,
        Centrifugo.Centrifugo
      >
    >()
  })

  test("has the requirements of its schedule; reverse can't be combined with follow", () => {
    const stream = HistoryStream.history({ channel, follow })
    expect<Stream.Stream.Context<typeof stream>>().type.toBe<Centrifugo.Centrifugo | "Service">()
    expect(HistoryStream.history).type.toBeCallableWith({ channel, reverse })
    expect(HistoryStream.history).type.not.toBeCallableWith({ channel, reverse: true, follow })
    expect(HistoryStream.history).type.not.toBeCallableWith({ channel, since: 17 })
    expect(HistoryStream.history).type.not.toBeCallableWith({ pageSize: 1 })
  })

  test("takes a saved position", () => {
    const item = {} as Stream.Stream.Success<ReturnType<typeof HistoryStream.history>>
    expect(HistoryStream.history).type.toBeCallableWith({ channel, since: item.position })
    const error = {} as HistoryStream.GapError
    expect(HistoryStream.history).type.toBeCallableWith({ channel, since: error.top })
  })

  test("options can be undefined, as fields of payloads can", () => {
    const since = undefined as HistoryStream.Position | undefined
    expect(HistoryStream.history).type.toBeCallableWith({
      channel,
      since,
      pageSize: undefined,
      follow: undefined
    })
    expect(MapStream.changes).type.toBeCallableWith({ channel, since, reverse: undefined })
    expect(MapStream.state).type.toBeCallableWith({ channel, pageSize: undefined })
    expect(MapStream.stateThenChanges).type.toBeCallableWith({ channel, follow: undefined })
    expect(HistoryStream.fromRequests).type.toBeCallableWith(() => ({}) as never, { since })
  })

  test("one handler removes all position errors, and no other error", () => {
    const recovered = HistoryStream.history({ channel }).pipe(
      HistoryStream.catchPositionError(({ top }) => {
        expect(top).type.toBe<HistoryStream.Position>()
        return HistoryStream.history({ channel, since: top })
      })
    )
    expect<Stream.Stream.Error<typeof recovered>>().type.toBe<HistoryStream.HistoryError>()
    const ended = HistoryStream.catchPositionError(HistoryStream.history({ channel }), () => Stream.empty)
    expect<Tags<typeof ended>>().type.toBe<
      Exclude<HistoryStream.HistoryError, HistoryStream.PositionError>["_tag"]
    >()
    const map = Effect.catchIf(MapStream.state({ channel }), MapStream.isPositionError, () => Effect.void)
    expect<Extract<Effect.Effect.Error<typeof map>, MapStream.PositionError>>().type.toBe<never>()
  })

  test("of a typed channel has the channel's type", () => {
    const Chat = TypedChannel.make("chat:{room}", { data: Schema.Date })
    const stream = HistoryStream.fromRequests((page) => Chat.history({ room: "1" }, page), { follow })
    expect<Stream.Stream.Success<typeof stream>>().type.toBe<
      Stream.Stream.Success<ReturnType<typeof HistoryStream.history<Date, string>>>
    >()
    expect<Stream.Stream.Error<typeof stream>>().type.toBe<HistoryStream.HistoryError>()
  })
})

describe("maps", () => {
  test("changes and state", () => {
    const changes = MapStream.changes({ channel, follow })
    expect<Stream.Stream.Success<typeof changes>>().type.toBe<MapStream.Change>()
    expect<Stream.Stream.Context<typeof changes>>().type.toBe<Centrifugo.Centrifugo | "Service">()
    const typed = MapStream.changes({ channel, schema: Schema.Date })
    expect<Stream.Stream.Success<typeof typed>>().type.toBe<MapStream.TypedChange<Date>>()
    expect<Tags<typeof typed>>().type.toBe<
      | CallTags
      | PositionTags
      | "CentrifugoInternalError"
      | "CentrifugoUnknownChannelError"
      | "CentrifugoBadRequestError"
    >()
    const both = MapStream.stateThenChanges({ channel, schema: Schema.Date, follow })
    expect(both).type.toBe<
      Stream.Stream<
        MapStream.Event<MapStream.TypedEntry<Date>, MapStream.TypedChange<Date>>,
        MapStream.StateError | MapStream.ChangesError,
        Centrifugo.Centrifugo | "Service"
      >
    >()
  })
})
