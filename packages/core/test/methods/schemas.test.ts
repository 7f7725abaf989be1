/** `history` and `rpc` with schemas for one call. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CentrifugoApi } from "../../src/index.js"
import { left, right } from "../support/either.js"
import * as StubTransport from "../support/StubTransport.js"

const Message = Schema.Struct({ text: Schema.String, at: Schema.Date })
const at = "2026-01-02T03:04:05.000Z"

const answered = (...data: ReadonlyArray<unknown>) => ({
  publications: data.map((data, i) => ({ ...(data === undefined ? {} : { data }), offset: i + 1 })),
  offset: data.length,
  epoch: "e"
})

describe("history with a schema", () => {
  it.effect("decodes each publication's data, and keeps the rest", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering(answered({ text: "a", at }))
      const history = yield* centrifugo.history({ channel: "news", limit: 1, schema: Message })
      assert.deepStrictEqual(history, {
        publications: [{ data: { text: "a", at: new Date(at) }, offset: 1, tags: {} }],
        offset: 1,
        epoch: "e"
      })
      assert.strictEqual(call().body, '{"channel":"news","limit":1}')
    })
  )

  it.effect("data that does not fit is a DecodeError with its path, without the data", () =>
    Effect.gen(function* () {
      const wrong = { text: "s3cret", at: "s3cret" }
      const { centrifugo } = yield* StubTransport.answering(answered({ text: "a", at }, wrong))
      const error = yield* Effect.flip(centrifugo.history({ channel: "news", limit: -1, schema: Message }))
      assert(error._tag === "CentrifugoDecodeError")
      assert.deepStrictEqual(error.path, ["publications", 1, "data", "at"])
      assert.strictEqual(error.method, "history")
      assert.notInclude(error.message + JSON.stringify(error), "s3cret")
    })
  )

  it.effect("an empty payload fits only a schema of undefined", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering(answered(undefined))
      const given = { channel: "news", limit: 1 }
      const error = yield* Effect.flip(centrifugo.history({ ...given, schema: Message }))
      assert.include(error.message, "publications[0].data")
      const { publications } = yield* centrifugo.history({
        ...given,
        schema: Schema.UndefinedOr(Message)
      })
      assert.isUndefined(publications[0]?.data)
    })
  )

  it.effect("a schema that throws, or is asynchronous, is a DecodeError", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering(answered("x"))
      const throwing = Schema.transform(Schema.String, Schema.String, {
        decode: () => {
          throw new Error("broken")
        },
        encode: (text) => text
      })
      const waiting = Schema.transformOrFail(Schema.String, Schema.String, {
        decode: (text) => Effect.delay(Effect.succeed(text), "1 seconds"),
        encode: (text) => Effect.succeed(text)
      })
      for (const schema of [throwing, waiting]) {
        const error = yield* Effect.flip(centrifugo.history({ channel: "news", limit: 1, schema }))
        assert.strictEqual(error._tag, "CentrifugoDecodeError")
      }
    })
  )

  it.effect("is a normal request: it has a method and payload, and a batch can contain it", () =>
    Effect.gen(function* () {
      const request = CentrifugoApi.history({ channel: "news", limit: 1, schema: Message })
      assert.strictEqual(request.method, "history")
      assert.deepStrictEqual(request.payload, { channel: "news", limit: 1 })
      assert.deepStrictEqual(request.channels, ["news"])
      const { centrifugo } = yield* StubTransport.answering({
        replies: [{ history: answered({ text: "a", at }) }, { history: answered("x") }]
      })
      const [good, bad] = yield* centrifugo.batch([request, request])
      assert.deepStrictEqual(right(good).publications[0]?.data, { text: "a", at: new Date(at) })
      assert.strictEqual(left(bad)._tag, "CentrifugoDecodeError")
    })
  )

  it.effect("without a schema nothing changes", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering(answered({ text: 1 }))
      const { publications } = yield* centrifugo.history({ channel: "news", limit: 1 })
      assert.deepStrictEqual(publications[0]?.data, { text: 1 })
    })
  )
})

describe("rpc with schemas", () => {
  it.effect("encodes params and decodes data", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({ data: { text: "b", at } })
      const result = yield* centrifugo.rpc({
        method: "echo",
        params: { text: "a", at: new Date(at) },
        paramsSchema: Message,
        schema: Message
      })
      assert.deepStrictEqual(result, { data: { text: "b", at: new Date(at) } })
      assert.strictEqual(call().body, `{"method":"echo","params":{"text":"a","at":"${at}"}}`)
    })
  )

  it.effect("params that don't fit are an EncodeError, and nothing is sent", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.answering({})
      const error = yield* Effect.flip(
        centrifugo.rpc({
          method: "echo",
          params: { text: "a", at: new Date(Number.NaN) },
          paramsSchema: Schema.Struct({ text: Schema.String, at: Schema.ValidDateFromSelf }),
          schema: Schema.Unknown
        })
      )
      assert(error._tag === "CentrifugoEncodeError")
      assert.deepStrictEqual(error.path, ["params", "at"])
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("data that does not fit, or is missing, is a DecodeError", () =>
    Effect.gen(function* () {
      for (const result of [{ data: { text: 1 } }, {}]) {
        const { centrifugo } = yield* StubTransport.answering(result)
        const error = yield* Effect.flip(centrifugo.rpc({ method: "echo", schema: Message }))
        assert(error._tag === "CentrifugoDecodeError")
        assert.strictEqual(error.path[0], "data")
      }
    })
  )

  it("its payload contains no schema", () => {
    const request = CentrifugoApi.rpc({ method: "echo", schema: Message })
    assert.deepStrictEqual(request.payload, { method: "echo" })
  })
})
