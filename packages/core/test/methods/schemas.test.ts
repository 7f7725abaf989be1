/** Methods with schemas for one call. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type ApiMethod, CentrifugoApi, Outbox } from "../../src/index.js"
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

  it.effect("data that does not match is a DecodeError with its path, without the data", () =>
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

  it.effect("params that don't match are an EncodeError, and nothing is sent", () =>
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

  it.effect("data that does not match, or is missing, is a DecodeError", () =>
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

const User = Schema.Struct({ name: Schema.String, since: Schema.Date })
const user = { name: "alice", since: new Date(at) }
const wireUser = { name: "alice", since: at }

describe("presence with schemas", () => {
  const present = (infos: { readonly [client: string]: object }) => ({
    presence: Object.fromEntries(
      Object.entries(infos).map(([client, info]) => [client, { client, user: "1", ...info }])
    )
  })

  it.effect("decodes connInfo, chanInfo or both; info that a connection does not have stays absent", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering(
        present({ a: { conn_info: wireUser, chan_info: at }, b: {} })
      )
      const channel = "news"
      const { presence } = yield* centrifugo.presence({
        channel,
        connInfoSchema: User,
        chanInfoSchema: Schema.Date
      })
      assert.deepStrictEqual(presence, {
        a: { client: "a", user: "1", connInfo: user, chanInfo: new Date(at) },
        b: { client: "b", user: "1" }
      })
      assert.strictEqual(call().body, '{"channel":"news"}')
      const one = yield* centrifugo.presence({ channel, chanInfoSchema: Schema.Date })
      assert.deepStrictEqual(one.presence["a"]?.connInfo, wireUser)
      assert.deepStrictEqual(one.presence["a"]?.chanInfo, new Date(at))
    })
  )

  it.effect("info that does not match is a DecodeError with its path, without the info", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering(
        present({ a: { conn_info: wireUser }, b: { conn_info: { ...wireUser, since: "s3cret" } } })
      )
      const error = yield* Effect.flip(centrifugo.presence({ channel: "news", connInfoSchema: User }))
      assert(error._tag === "CentrifugoDecodeError")
      assert.deepStrictEqual(error.path, ["presence", "b", "connInfo", "since"])
      assert.strictEqual(error.method, "presence")
      assert.notInclude(error.message + JSON.stringify(error), "s3cret")
    })
  )

  it.effect("keeps a client whose ID is the name of a prototype", () =>
    Effect.gen(function* () {
      const wire = JSON.parse(
        `{"presence":{"__proto__":{"client":"__proto__","conn_info":${JSON.stringify(wireUser)}}}}`
      )
      const { centrifugo } = yield* StubTransport.answering(wire)
      const { presence } = yield* centrifugo.presence({ channel: "news", connInfoSchema: User })
      assert.deepStrictEqual(Object.keys(presence), ["__proto__"])
      assert.deepStrictEqual(Object.values(presence)[0]?.connInfo, user)
    })
  )
})

describe("reading a map with a schema", () => {
  const channel = "prices"
  const entry = (data: unknown) => ({ key: "a", data, offset: 1 })

  it.effect("decodes the value of each key, and keeps the rest", () =>
    Effect.gen(function* () {
      const wire = { entries: [entry(at)], offset: 1, epoch: "e", cursor: "next" }
      const { call, centrifugo } = yield* StubTransport.answering(wire)
      const page = yield* centrifugo.mapReadState({ channel, limit: 1, schema: Schema.Date })
      assert.deepStrictEqual(
        page.entries.map(({ data, key }) => [key, data]),
        [["a", new Date(at)]]
      )
      assert.deepInclude(page, { offset: 1, epoch: "e", cursor: "next" })
      assert.strictEqual(call().body, '{"channel":"prices","limit":1}')
    })
  )

  it.effect("decodes the value of each change; a removed key has none", () =>
    Effect.gen(function* () {
      const entries = [entry(at), { key: "a", removed: true, offset: 2 }]
      const { centrifugo } = yield* StubTransport.answering({ entries, offset: 2, epoch: "e" })
      const page = yield* centrifugo.mapReadStream({ channel, limit: -1, schema: Schema.Date })
      assert.deepStrictEqual(
        page.entries.map((change) => (change.removed ? "removed" : change.data)),
        [new Date(at), "removed"]
      )
    })
  )

  it.effect("a value that does not match, also an empty one, is a DecodeError with its path", () =>
    Effect.gen(function* () {
      const entries = [entry(at), entry(undefined)]
      const { centrifugo } = yield* StubTransport.answering({ entries, offset: 2, epoch: "e" })
      const payload = { channel, limit: -1, schema: Schema.Date }
      const calls = [centrifugo.mapReadState(payload), centrifugo.mapReadStream(payload)]
      for (const call of calls) {
        const error = yield* Effect.flip<unknown, CentrifugoApi.MapReadStateError, never>(call)
        assert(error._tag === "CentrifugoDecodeError")
        assert.deepStrictEqual(error.path, ["entries", 1, "data"])
      }
    })
  )
})

describe("sending with a schema", () => {
  /** Each request encodes a date, which is in the field of its body. */
  const given = (date: Date) => {
    const schema = Schema.Date
    const infoSchema = Schema.Date
    const requests: ReadonlyArray<readonly [string, ApiMethod.Request.Any]> = [
      ["data", CentrifugoApi.mapPublish({ channel: "prices", key: "a", data: date, schema })],
      [
        "data",
        CentrifugoApi.sharedPollPublish({ channel: "prices", key: "a", version: 1, data: date, schema })
      ],
      ["info", CentrifugoApi.subscribe({ channel: "a", user: "1", info: date, infoSchema })],
      ["data", CentrifugoApi.subscribe({ channel: "a", user: "1", data: date, schema })],
      ["info", CentrifugoApi.refresh({ user: "1", expireAt: 2_000_000_000, info: date, infoSchema })],
      ["params", CentrifugoApi.rpc({ method: "a", params: date, paramsSchema: schema, schema })]
    ]
    return requests
  }

  it("encodes the field, in the payload and in the body", () => {
    for (const [field, request] of given(new Date(at))) {
      const payload = request.payload as Record<string, unknown>
      assert.strictEqual(payload[field], at, request.method)
      const body = JSON.parse(right(request.encode()) ?? "") as Record<string, unknown>
      assert.strictEqual(body[field], at, request.method)
      assert.isFalse(Object.keys(payload).some((name) => /schema/i.test(name)))
    }
  })

  it.effect("a value that does not match is an EncodeError with its path, and nothing is sent", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.answering({})
      for (const [field, request] of given("s3cret" as unknown as Date)) {
        const error = yield* Effect.flip(centrifugo.send(request))
        assert(typeof error === "object" && error !== null && "path" in error && "method" in error)
        assert.deepStrictEqual(error.path, [field])
        assert.strictEqual(error.method, request.method)
        assert.notInclude(String(error), "s3cret")
      }
      assert.strictEqual(calls.length, 0)
    })
  )

  it("without the value nothing is encoded", () => {
    const request = CentrifugoApi.subscribe({ channel: "a", user: "1", infoSchema: Schema.Date })
    assert.strictEqual(right(request.encode()), '{"channel":"a","user":"1"}')
  })

  it("a value that is not a Schema is an EncodeError that says so, and so is a getter that throws", () => {
    const wrong = { channel: "a", schema: "Date" } as never
    const error = left(CentrifugoApi.history(wrong).encode())
    assert.deepInclude(error, { path: ["schema"], detail: "expected a Schema, got a string" })
    const throwing = {
      get schema(): never {
        throw new Error("s3cret")
      }
    } as never
    const thrown = left(CentrifugoApi.history(throwing).encode())
    assert.notInclude(thrown.message, "s3cret")
    assert.include(thrown.message, "threw")
  })

  it("an event of the outbox has the encoded value", () => {
    const request = CentrifugoApi.refresh({
      user: "1",
      expireAt: 2_000_000_000,
      info: user,
      infoSchema: User
    })
    const { payload } = right(Outbox.event(request))
    assert.deepInclude(JSON.parse(payload), { info: wireUser })
  })
})
