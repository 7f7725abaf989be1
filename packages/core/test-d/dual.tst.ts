import {
  ApiMethod,
  CallOptions,
  CentrifugoApi,
  CentrifugoError,
  HistoryStream,
  Outbox,
  Wire
} from "@effect-centrifugo/core"
import { type Effect, Either, pipe, Schema, type Stream } from "effect"
import { describe, expect, test } from "tstyche"

declare const call: Effect.Effect<number, "failed", "service">
declare const timeout: CentrifugoError.TimeoutError
declare const again: Stream.Stream<string>
declare const positions: Stream.Stream<number, HistoryStream.GapError | "other", "service">

const publish = CentrifugoApi.publish({ channel: "a", data: 1 })
const count = ({ numClients }: CentrifugoApi.PresenceStatsResult) =>
  numClients > 5 ? Either.left("busy" as const) : Either.right(numClients)

describe("both forms of a dual function have the same type", () => {
  test("ApiMethod.mapResult", () => {
    type Mapped = ApiMethod.ApiMethod<
      "presence_stats",
      CentrifugoApi.PresenceStatsPayload,
      number,
      CentrifugoApi.PresenceStatsError | "busy"
    >
    expect(ApiMethod.mapResult(CentrifugoApi.presenceStats, count)).type.toBe<Mapped>()
    expect(pipe(CentrifugoApi.presenceStats, ApiMethod.mapResult(count))).type.toBe<Mapped>()
  })

  test("CallOptions.with", () => {
    expect(CallOptions.with(call, { timeout: 7 })).type.toBe<Effect.Effect<number, "failed", "service">>()
    expect(call.pipe(CallOptions.with({ timeout: 7 }))).type.toBe<
      Effect.Effect<number, "failed", "service">
    >()
    expect(CallOptions.with).type.not.toBeCallableWith({ timeouts: 7 })
  })

  test("CentrifugoError.withEffort", () => {
    expect(CentrifugoError.withEffort(timeout, { attempts: 2 })).type.toBe<CentrifugoError.TimeoutError>()
    expect(
      pipe(timeout, CentrifugoError.withEffort({ attempts: 2 }))
    ).type.toBe<CentrifugoError.TimeoutError>()
  })

  test("HistoryStream.catchPositionError", () => {
    type Caught = Stream.Stream<number | string, "other", "service">
    expect(HistoryStream.catchPositionError(positions, () => again)).type.toBe<Caught>()
    expect(positions.pipe(HistoryStream.catchPositionError(() => again))).type.toBe<Caught>()
  })

  test("Outbox.event, envelope, message, publication and rows", () => {
    const options = { eventId: "e" }
    type Result<A> = Either.Either<A, CentrifugoError.EncodeError>
    expect(Outbox.event(publish, options)).type.toBe<Result<Outbox.Event>>()
    expect(pipe(publish, Outbox.event(options))).type.toBe<Result<Outbox.Event>>()
    expect(pipe(publish, Outbox.event())).type.toBe<Result<Outbox.Event>>()
    expect([publish].map((request) => pipe(request, Outbox.event(options)))).type.toBe<
      Array<Result<Outbox.Event>>
    >()
    expect(Outbox.envelope(publish, options)).type.toBe<Result<string>>()
    expect(pipe(publish, Outbox.envelope(options))).type.toBe<Result<string>>()
    expect(Outbox.message(publish, options)).type.toBe<Result<Outbox.Message>>()
    expect(pipe(publish, Outbox.message(options))).type.toBe<Result<Outbox.Message>>()
    expect(Outbox.publication(publish, options)).type.toBe<Result<Outbox.Message>>()
    expect(pipe(publish, Outbox.publication(options))).type.toBe<Result<Outbox.Message>>()
    expect(Outbox.rows(publish, { partitions: 2 })).type.toBe<Result<ReadonlyArray<Outbox.Row>>>()
    expect(pipe(publish, Outbox.rows({ partitions: 2 }))).type.toBe<Result<ReadonlyArray<Outbox.Row>>>()
    expect(Outbox.event).type.not.toBeCallableWith({ eventID: "e" })
    expect(Outbox.event()).type.not.toBeCallableWith(CentrifugoApi.info())
    expect(Outbox.publication()).type.not.toBeCallableWith(CentrifugoApi.disconnect({ user: "42" }))
  })

  test("Outbox.partition and split", () => {
    expect(Outbox.partition("a", 8)).type.toBe<Either.Either<number, CentrifugoError.ConfigError>>()
    expect(pipe("a", Outbox.partition(8))).type.toBe<Either.Either<number, CentrifugoError.ConfigError>>()
    type Parts = Either.Either<ReadonlyArray<Outbox.Part<typeof publish>>, CentrifugoError.EncodeError>
    expect(Outbox.split(publish, 8)).type.toBe<Parts>()
    expect(pipe(publish, Outbox.split(8))).type.toBe<Parts>()
  })

  test("Wire.mapped, where and withDefault", () => {
    const mapping = { toWire: (value: number) => String(value), fromWire: Number }
    expect(Wire.mapped(Schema.Number, mapping)).type.toBe<Schema.Schema<number>>()
    expect(Schema.Number.pipe(Wire.mapped(mapping))).type.toBe<Schema.Schema<number>>()
    expect(Wire.where(Schema.Number, (value) => value > 0, "expected more")).type.toBe<
      Schema.Schema<number>
    >()
    expect(Schema.Number.pipe(Wire.where((value: number) => value > 0, "expected more"))).type.toBe<
      Schema.Schema<number>
    >()
    expect(Wire.withDefault(Schema.Number, () => 0)).type.toBe<Schema.Schema<number>>()
    expect(Schema.Number.pipe(Wire.withDefault(() => 0))).type.toBe<Schema.Schema<number>>()
    expect(Schema.Number.pipe).type.not.toBeCallableWith(Wire.withDefault(() => "0"))
  })
})
