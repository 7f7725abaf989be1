/** Every `dual` function works in both forms: with its subject first, and in a pipe. */
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, pipe, Schema, Stream } from "effect"
import {
  ApiMethod,
  CallOptions,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoTransport,
  HistoryStream,
  Outbox,
  Wire
} from "../src/index.js"

const publish = CentrifugoApi.publish({ channel: "chat:1", data: 1 })
const eventId = "e"
const failure = new CentrifugoError.TimeoutError({ method: "info", phase: "unknown", timeout: 5 })
const gap = new HistoryStream.GapError({
  method: "history",
  channel: "a",
  position: { offset: 1, epoch: "e" },
  top: { offset: 9, epoch: "e" },
  first: 5
})

const isOdd = [(value: number) => value % 2 === 1, "expected an odd number"] as const
const asText = { toWire: String, fromWire: Number }
const zero = () => 0
const count = (result: { readonly numClients: number }) => Either.right(result.numClients)
const decoded = (method: ApiMethod.ApiMethod<string, { readonly channel: string }, unknown, unknown>) =>
  method.decode(CentrifugoTransport.result({ num_clients: 3 }), { channel: "a" }, {})
const refusal = (schema: Schema.Schema<number>) =>
  Either.mapLeft(Schema.decodeUnknownEither(schema)(2), ({ message }) => message)
const annotation = (schema: Schema.Schema<number>, key: symbol) => schema.ast.annotations[key]

/** The outcome of both forms, by function. */
const cases: { readonly [name: string]: readonly [first: unknown, last: unknown] } = {
  mapResult: [
    decoded(ApiMethod.mapResult(CentrifugoApi.presenceStats, count)),
    decoded(pipe(CentrifugoApi.presenceStats, ApiMethod.mapResult(count)))
  ],
  withOptions: [
    Effect.runSync(CallOptions.with(CallOptions.CallOptions, { timeout: 7 })),
    Effect.runSync(CallOptions.CallOptions.pipe(CallOptions.with({ timeout: 7 })))
  ],
  withEffort: [
    { ...CentrifugoError.withEffort(failure, { attempts: 3 }) },
    { ...pipe(failure, CentrifugoError.withEffort({ attempts: 3 })) }
  ],
  catchPositionError: [
    Effect.runSync(
      Stream.runHead(HistoryStream.catchPositionError(Stream.fail(gap), ({ top }) => Stream.make(top)))
    ),
    Effect.runSync(
      Stream.runHead(Stream.fail(gap).pipe(HistoryStream.catchPositionError(({ top }) => Stream.make(top))))
    )
  ],
  event: [Outbox.event(publish, { eventId }), pipe(publish, Outbox.event({ eventId }))],
  envelope: [Outbox.envelope(publish, { eventId }), pipe(publish, Outbox.envelope({ eventId }))],
  message: [Outbox.message(publish, { eventId }), pipe(publish, Outbox.message({ eventId }))],
  publication: [Outbox.publication(publish, { eventId }), pipe(publish, Outbox.publication({ eventId }))],
  partition: [Outbox.partition("chat:1", 8), pipe("chat:1", Outbox.partition(8))],
  split: [Outbox.split(publish, 8, "key"), pipe(publish, Outbox.split(8, "key"))],
  rows: [Outbox.rows(publish, { partitions: 8 }), pipe(publish, Outbox.rows({ partitions: 8 }))],
  mapped: [
    annotation(Wire.mapped(Schema.Number, asText), Wire.EncodingId),
    annotation(Schema.Number.pipe(Wire.mapped(asText)), Wire.EncodingId)
  ],
  where: [refusal(Wire.where(Schema.Number, ...isOdd)), refusal(Schema.Number.pipe(Wire.where(...isOdd)))],
  withDefault: [
    { value: annotation(Wire.withDefault(Schema.Number, zero), Wire.DefaultId) },
    { value: annotation(Schema.Number.pipe(Wire.withDefault(zero)), Wire.DefaultId) }
  ]
}

const sources = new URL("../src/", import.meta.url)

/** The functions that the sources make with `dual`. */
const duals = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => readFileSync(new URL(file, sources), "utf8").split("= dual(").slice(0, -1))
  .map((before) => [...before.matchAll(/^(?:export )?const (\w+)/gm)].at(-1)?.[1])

describe("dual functions", () => {
  it("each has a case here", () => {
    assert.sameMembers(duals, Object.keys(cases))
  })

  it.each(Object.entries(cases))("%s: both forms do the same", (_, [first, last]) => {
    assert.isDefined(first)
    assert.isNotFunction(first)
    assert.deepStrictEqual(last, first)
  })

  it("options can be left out in a pipe", () => {
    assert.deepStrictEqual(pipe(publish, Outbox.event()), Outbox.event(publish))
    assert.deepStrictEqual(pipe(publish, Outbox.rows()), Outbox.rows(publish))
  })

  it("options may be part of a larger object", () => {
    const settings = { table: "app.events", partitions: 8 }
    assert.deepStrictEqual(
      pipe(publish, Outbox.rows(settings)),
      Outbox.rows(publish, { partitions: settings.partitions })
    )
  })

  it("a value that is no request is refused, and not taken for options", () => {
    for (const junk of [{ channel: "a", data: 1 }, "publish", "", 42, null, [], () => publish]) {
      assert.isTrue(Either.isLeft(Outbox.event(junk as unknown as Outbox.EventRequest)))
    }
  })
})
