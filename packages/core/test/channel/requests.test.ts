/** Requests of a typed channel: encoding, decoding, and refusals with their paths. */
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  Arbitrary,
  Chunk,
  Effect,
  Either,
  Encoding,
  FastCheck,
  Fiber,
  Schema,
  Stream,
  TestClock
} from "effect"
import {
  Batch,
  CallOptions,
  Centrifugo,
  CentrifugoApi,
  type CentrifugoError,
  RetryPolicy,
  TypedChannel
} from "../../src/index.js"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { left, right } from "../support/either.js"
import * as StubTransport from "../support/StubTransport.js"

class Message extends Schema.Class<Message>("Message")({ text: Schema.String, at: Schema.Date }) {}

const at = "2026-01-02T03:04:05.000Z"
const message = new Message({ text: "hi", at: new Date(at) })

const Chat = TypedChannel.make("chat:{room}", { params: { room: Schema.NumberFromString }, data: Message })
const Named = TypedChannel.make("chat:{name}", { data: Message })
const News = TypedChannel.make("news", { data: Schema.String })

/** Data that the schema refuses. */
const unfit = { text: "s3cret", at: "s3cret" } as unknown as Message

const withServer =
  (options?: CentrifugoTest.Options) =>
  <A, E>(test: (centrifugo: Centrifugo.Service) => Effect.Effect<A, E, CentrifugoTest.CentrifugoTest>) =>
    Effect.flatMap(Centrifugo.Centrifugo, test).pipe(Effect.provide(CentrifugoTest.layer(options)))

const refusal = <A, E>(request: { readonly encode: () => Either.Either<A, E> }) => left(request.encode())

describe("publish", () => {
  it.effect("encodes data and name, and is a request of the method itself", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const request = Chat.publish({ room: 42 }, message, { tags: { a: "b" }, idempotencyKey: "k" })
        assert.strictEqual(request.method, "publish")
        assert.strictEqual(request.payload.channel, "chat:42")
        assert.deepStrictEqual(request.channels, ["chat:42"])
        assert.strictEqual((yield* centrifugo.send(request)).offset, 1)
        const [publication] = yield* CentrifugoTest.publications("chat:42")
        assert.deepInclude(publication, { data: { text: "hi", at }, tags: { a: "b" } })
        assert.deepStrictEqual(yield* CentrifugoTest.published(Chat, { room: 42 }), [message])
      })
    )
  )

  it.effect("takes no parameters if the template has none", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.send(News.publish("hello", { skipHistory: true }))
        yield* centrifugo.send(News.publish("again"))
        assert.deepStrictEqual(yield* CentrifugoTest.published(News), ["hello", "again"])
        assert.strictEqual((yield* centrifugo.send(News.history({ limit: -1 }))).publications.length, 1)
      })
    )
  )

  it.effect("fails alone if it can't be encoded, before anything is sent", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      const badName = yield* Effect.flip(centrifugo.send(Named.publish({ name: "a:b" }, message)))
      assert(badName._tag === "CentrifugoEncodeError")
      assert.deepStrictEqual([badName.method, ...badName.path], ["publish", "params", "name"])
      const badData = yield* Effect.flip(centrifugo.send(Named.publish({ name: "a" }, unfit)))
      assert(badData._tag === "CentrifugoEncodeError")
      assert.deepStrictEqual([badData.method, ...badData.path], ["publish", "data", "at"])
      assert.notInclude(badData.message + JSON.stringify(badData), "s3cret")
      assert.strictEqual(calls.length, 0)
    })
  )

  it("names the path inside the data, for the schema's errors and for JSON's", () => {
    const Count = TypedChannel.make("counts", {
      data: Schema.Struct({ counts: Schema.Array(Schema.Struct({ n: Schema.Number })) })
    })
    const wrong = { counts: [{ n: 1 }, { n: "s3cret" }] } as never
    assert.deepStrictEqual(refusal(Count.publish(wrong)).path, ["data", "counts", 1, "n"])
    const nan = refusal(Count.publish({ counts: [{ n: NaN }] }))
    assert.deepStrictEqual(nan.path, ["data", "counts", 0, "n"])
    assert.match(nan.message, /NaN/)
  })

  it("stays refused after a key is added, and in a request with a copy of its payload", () => {
    for (const request of [Named.publish({ name: "a:b" }, message), Named.publish({ name: "a" }, unfit)]) {
      refusal(request.withKey(() => "key"))
      const copy = refusal(CentrifugoApi.publish({ ...request.payload }))
      assert.notInclude(copy.message, "s3cret")
    }
    assert.deepStrictEqual(Named.publish({ name: "a:b" }, message).channels, [])
    assert.deepStrictEqual(Named.publish({ name: "a" }, unfit).channels, ["chat:a"])
  })

  it("encodes once, however the request is used", () => {
    let encoded = 0
    const Counted = TypedChannel.make("{a}", {
      data: Schema.transform(Schema.String, Schema.String, {
        decode: (text) => text,
        encode: (text) => {
          encoded++
          return text
        }
      })
    })
    const request = Counted.publish({ a: "a" }, "x").withKey(() => "key")
    assert.strictEqual(right(request.encode()), right(request.encode()))
    Counted.broadcast([{ a: "a" }, { a: "b" }, { a: "c" }], "x")
      .withKey(() => "key")
      .encode()
    assert.strictEqual(encoded, 2)
  })

  it("takes bytes, directly or from the schema", () => {
    const bytes = Uint8Array.of(0, 255)
    const Raw = TypedChannel.make("raw", { data: Schema.Uint8ArrayFromSelf })
    const Text = TypedChannel.make("text", { data: Schema.Uint8ArrayFromBase64 })
    assert.strictEqual(right(Raw.publish(bytes).encode()), '{"channel":"raw","b64data":"AP8="}')
    assert.strictEqual(
      right(Text.publish(bytes).encode()),
      `{"channel":"text","data":"${Encoding.encodeBase64(bytes)}"}`
    )
  })

  it("refuses a schema that throws or is asynchronous", () => {
    const throwing = Schema.transform(Schema.String, Schema.String, {
      decode: (text) => text,
      encode: () => {
        throw new Error("broken")
      }
    })
    const waiting = Schema.transformOrFail(Schema.String, Schema.String, {
      decode: (text) => Effect.succeed(text),
      encode: (text) => Effect.delay(Effect.succeed(text), "1 seconds")
    })
    for (const data of [throwing, waiting]) {
      assert.deepStrictEqual(refusal(TypedChannel.make("a", { data }).publish("x")).path, ["data"])
    }
  })
})

describe("broadcast", () => {
  const names = [{ name: "a" }, { name: "a:b" }, { name: "c" }]

  it.effect("parameters that make no name have their own outcome, at their index", () =>
    withServer({ channel: { namespaces: [{ name: "chat", history_size: 10, history_ttl: "60s" }] } })(
      (centrifugo) =>
        Effect.gen(function* () {
          const outcomes = yield* centrifugo.send(Named.broadcast(names, message))
          assert.deepStrictEqual(
            outcomes.map(({ channel, params }) => [channel, params]),
            [
              ["chat:a", names[0]],
              ["", names[1]],
              ["chat:c", names[2]]
            ]
          )
          assert.deepStrictEqual(
            outcomes.map(({ outcome }) => Either.isRight(outcome)),
            [true, false, true]
          )
          const error = left(outcomes[1]!.outcome)
          assert(error._tag === "CentrifugoEncodeError")
          assert.deepStrictEqual([error.method, ...error.path], ["broadcast", "params", 1, "name"])
          assert.deepStrictEqual(yield* CentrifugoTest.published(Named, { name: "c" }), [message])
          const [call] = yield* CentrifugoTest.calls("broadcast")
          assert.deepInclude(call?.request, { channels: ["chat:a", "chat:c"] })
        })
    )
  )

  it.effect(
    "invalid parameters keep their outcome if the server refuses other channels, or all of them",
    () =>
      withServer({ channel: { namespaces: [{ name: "known" }] } })((centrifugo) =>
        Effect.gen(function* () {
          const Any = TypedChannel.make("{namespace}:x", { data: Schema.String })
          const params = ["unknown", "", "known"].map((namespace) => ({ namespace }))
          const outcomes = yield* centrifugo.send(Any.broadcast(params, "hi"))
          assert.deepStrictEqual(
            outcomes.map(({ outcome }) => (Either.isLeft(outcome) ? outcome.left._tag : "sent")),
            ["CentrifugoUnknownChannelError", "CentrifugoEncodeError", "sent"]
          )
          const all = yield* Effect.flip(centrifugo.send(Any.broadcast(params, "hi")).pipe(Batch.requireAll))
          assert(all._tag === "CentrifugoPartialFailureError")
          assert.strictEqual(all.outcomes[2]?.params.namespace, "known")
        })
      )
  )

  it.effect("without valid parameters sends nothing, alone or in a batch", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const bad = Named.broadcast([{ name: "" }, { name: ":" }], message)
        const alone = yield* centrifugo.send(bad)
        assert.isTrue(alone.every(({ outcome }) => Either.isLeft(outcome)))
        assert.strictEqual((yield* CentrifugoTest.calls()).length, 0)
        const { inBatch, other } = yield* centrifugo.batch({ inBatch: bad, other: News.publish("x") })
        assert.deepStrictEqual(right(inBatch), alone)
        assert.strictEqual(right(other).offset, 1)
        assert.strictEqual((yield* CentrifugoTest.calls("broadcast")).length, 0)
      })
    )
  )

  it.effect("fails if the data can't be encoded, the value is no list, or there are no channels", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const data = yield* Effect.flip(centrifugo.send(Named.broadcast(names, unfit)))
        assert(data._tag === "CentrifugoEncodeError")
        assert.deepStrictEqual(data.path, ["data", "at"])
        const list = yield* Effect.flip(centrifugo.send(Named.broadcast({ name: "a" } as never, message)))
        assert.match(list.message, /at params: expected an array, got an object/)
        const none = yield* Effect.flip(centrifugo.send(Named.broadcast([], message)))
        assert.match(
          none.message,
          /not sent, .* at channels: the list is empty; expected at least one channel/
        )
      })
    )
  )

  it("keeps its refused members after a key is added; a copy refuses them by an empty name", () => {
    const request = Named.broadcast(names, message).withKey(() => "key")
    assert.deepStrictEqual(request.payload.channels, ["chat:a", "", "chat:c"])
    assert.strictEqual(request.payload.idempotencyKey, "key")
    assert.isTrue(request.repeatable)
    assert.deepStrictEqual(request.channels, ["chat:a", "chat:c"])
    assert.deepStrictEqual(CentrifugoApi.broadcast(request.payload).channels, ["chat:a", "", "chat:c"])
  })
})

describe("history", () => {
  it.effect("decodes each publication separately", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.send(Chat.publish({ room: 1 }, message, { tags: { v: "2" } }))
        yield* centrifugo.publish({ channel: "chat:1", data: { text: "s3cret", at: "s3cret" } })
        yield* centrifugo.send(Chat.publish({ room: 1 }, message))
        const { epoch, offset, publications } = yield* centrifugo.send(
          Chat.history({ room: 1 }, { limit: -1 })
        )
        assert.strictEqual(offset, 3)
        assert.deepStrictEqual(right(publications[0]!), { data: message, offset: 1, tags: { v: "2" } })
        assert.instanceOf(right(publications[2]!).data, Message)
        const misfit = left(publications[1]!)
        assert.strictEqual(misfit._tag, "CentrifugoPublicationDataError")
        assert.deepInclude(misfit, { channel: "chat:1", offset: 2, path: ["data", "at"] })
        assert.match(misfit.message, /offset 2 of channel "chat:1".*at data\.at: expected/)
        assert.notInclude(misfit.message + JSON.stringify(misfit), "s3cret")

        const since = yield* centrifugo.send(
          Chat.history({ room: 1 }, { limit: 1, since: { offset: 2, epoch } })
        )
        assert.deepStrictEqual(
          since.publications.map((publication) => right(publication).offset),
          [3]
        )
      })
    )
  )

  it.effect("returns published data, transformed in both directions", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const Everything = Schema.Struct({
          date: Schema.Date,
          big: Schema.BigInt,
          bytes: Schema.Uint8ArrayFromBase64,
          map: Schema.ReadonlyMap({ key: Schema.String, value: Schema.NullOr(Schema.Int) }),
          maybe: Schema.Option(Schema.String),
          absent: Schema.optionalWith(Schema.String, { exact: true }),
          message: Message,
          union: Schema.Union(
            Schema.TaggedStruct("A", { a: Schema.JsonNumber }),
            Schema.TaggedStruct("B", { b: Schema.Boolean })
          )
        })
        const Any = TypedChannel.make("chat:any", { data: Everything })
        const isEqual = Schema.equivalence(Everything)
        const wellFormed = (data: typeof Everything.Type) => Either.isRight(Any.publish(data).encode())
        const all = FastCheck.sample(Arbitrary.make(Everything).filter(wellFormed), { numRuns: 100, seed: 1 })
        yield* Stream.runDrain(centrifugo.sendAll(all.map((data) => Any.publish(data))))
        const { publications } = yield* centrifugo.send(Any.history({ limit: -1 }))
        assert.strictEqual(publications.length, 100)
        publications.forEach((publication, i) => {
          assert.isTrue(isEqual(right(publication).data, all[i]!), `publication ${i}`)
        })
      })
    )
  )

  it.effect("an empty payload does not match, and neither does data for which a schema throws", () =>
    Effect.gen(function* () {
      const answer = { publications: [{ offset: 1 }, { offset: 2, data: "x" }], offset: 2, epoch: "e" }
      const { centrifugo } = yield* StubTransport.answering(answer)
      const throwing = Schema.transform(Schema.String, Schema.String, {
        decode: () => {
          throw new Error("broken")
        },
        encode: (text) => text
      })
      const plain = yield* centrifugo.send(News.history({ limit: 2 }))
      assert.deepStrictEqual(plain.publications.map(Either.isRight), [false, true])
      const Throwing = TypedChannel.make("a", { data: throwing })
      const { publications } = yield* centrifugo.send(Throwing.history({ limit: 2 }))
      assert.match(left(publications[1]!).message, /threw an Error,/)
    })
  )

  it("survives a JSON round trip", () => {
    const error = new TypedChannel.PublicationDataError({
      channel: "chat:1",
      offset: 2,
      path: ["data", 0],
      detail: "expected string, got a number"
    })
    const schema = TypedChannel.PublicationDataError
    const copy = Schema.decodeUnknownSync(schema)(Schema.encodeSync(schema)(error))
    assert.strictEqual(copy.message, error.message)
  })
})

describe("the other methods", () => {
  it.effect("use the channel of the parameters", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice" })
        yield* centrifugo.send(Chat.subscribe({ room: 7 }, { user: "alice" }))
        const { presence } = yield* centrifugo.send(Chat.presence({ room: 7 }))
        assert.deepStrictEqual(Object.keys(presence), [alice.client])
        assert.strictEqual((yield* centrifugo.send(Chat.presenceStats({ room: 7 }))).numClients, 1)
        yield* centrifugo.send(Chat.publish({ room: 7 }, message))
        const [received] = yield* alice.take(1)
        assert.deepStrictEqual(received?.data, { text: "hi", at })
        yield* centrifugo.send(Chat.unsubscribe({ room: 7 }, { user: "alice" }))
        assert.strictEqual((yield* centrifugo.send(Chat.presenceStats({ room: 7 }))).numClients, 0)
        yield* centrifugo.send(Chat.historyRemove({ room: 7 }))
        const { publications } = yield* centrifugo.send(Chat.history({ room: 7 }, { limit: -1 }))
        assert.strictEqual(publications.length, 0)
      })
    )
  )

  it("refuse parameters that make no name", () => {
    const bad = { name: "a:b" }
    const requests = [
      Named.history(bad),
      Named.historyRemove(bad),
      Named.presence(bad),
      Named.presenceStats(bad),
      Named.subscribe(bad, { user: "a" }),
      Named.unsubscribe(bad, { user: "a" })
    ]
    for (const request of requests) {
      const error: CentrifugoError.EncodeError = left<unknown, CentrifugoError.EncodeError>(request.encode())
      assert.strictEqual(error.method, request.method)
      assert.deepStrictEqual(error.path, ["params", "name"])
    }
  })
})

describe("as requests of the client", () => {
  it.effect("members of a batch fail separately", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const outcomes = yield* centrifugo.batch({
          sent: Chat.publish({ room: 1 }, message),
          badName: Named.publish({ name: "" }, message),
          badData: Named.publish({ name: "1" }, unfit),
          some: Named.broadcast([{ name: "1" }, { name: "*" }], message),
          history: Chat.history({ room: 1 }, { limit: -1 })
        })
        assert.strictEqual(right(outcomes.sent).offset, 1)
        assert.strictEqual(left(outcomes.badName)._tag, "CentrifugoEncodeError")
        assert.deepInclude(left(outcomes.badData), { path: ["data", "at"] })
        assert.deepStrictEqual(
          right(outcomes.some).map(({ outcome }) => Either.isRight(outcome)),
          [true, false]
        )
        assert.strictEqual(right(outcomes.history).publications.length, 2)
      })
    )
  )

  it.effect("automatic batching joins them, each with its own result", () =>
    withServer({ client: { batching: true } })((centrifugo) =>
      Effect.gen(function* () {
        const rooms = [1, 2, 3, 4]
        const results = yield* Effect.forEach(
          rooms,
          (room) =>
            Effect.either(
              centrifugo.send(
                room === 3 ? Named.publish({ name: "" }, message) : Chat.publish({ room }, message)
              )
            ),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(results.map(Either.isRight), [true, true, false, true])
        assert.isBelow((yield* CentrifugoTest.calls()).length, 3)
      })
    )
  )

  it.effect("go through sendAll, whose outcomes have the channel", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const requests = ["a", "b:", "c"].map((name) => Named.publish({ name }, message))
        const sent = Chunk.toReadonlyArray(yield* Stream.runCollect(centrifugo.sendAll(requests)))
        assert.deepStrictEqual(
          sent.map(({ outcome, request }) => [request.payload.channel, Either.isRight(outcome)]),
          [
            ["chat:a", true],
            ["", false],
            ["chat:c", true]
          ]
        )
      })
    )
  )

  it.effect("get a key if they can be repeated, and use the call's options", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        for (const method of ["publish", "broadcast"]) {
          yield* CentrifugoTest.failNext(method, { reset: true, carriedOut: true })
        }
        const requests = [
          Chat.publish({ room: 1 }, message),
          Named.broadcast([{ name: "1" }, { name: ":" }], message)
        ] as const
        const sending = yield* Effect.forEach(requests, (request) =>
          centrifugo.send<string, unknown, unknown, unknown>(request)
        ).pipe(CallOptions.with({ retry: RetryPolicy.transient }), Effect.fork)
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(sending)
        assert.strictEqual((yield* CentrifugoTest.calls()).length, 4)
        assert.strictEqual((yield* CentrifugoTest.published(Chat, { room: 1 })).length, 2)
      })
    )
  )
})

describe("errors about data", () => {
  const secret = "4111 1111 secret"
  const failing =
    (centrifugo: Centrifugo.Service) =>
    <A, I extends {} | null>(data: Schema.Schema<A, I>, value: A) => {
      const channel = TypedChannel.make("chat:wrong", { data })
      return Effect.flip(centrifugo.send(channel.publish(value)))
    }

  it.effect("say what to do", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const fails = failing(centrifugo)
        const dated = yield* fails(Schema.Struct({ at: Schema.Date }), { at: new Date(NaN) })
        assert.include(dated.message, "got an invalid Date")
        class Service extends Context.Tag("Service")<Service, string>() {}
        const wait = Effect.as(Effect.sleep("1 millis"), "")
        for (const effect of [wait, Service as unknown as typeof wait]) {
          const schema = Schema.transformOrFail(Schema.String, Schema.String, {
            decode: () => effect,
            encode: () => effect
          })
          const error = yield* fails(schema, "a")
          assert.include(error.message, "is asynchronous or needs a service")
        }
      })
    )
  )

  it.effect("never contain the data, for any exception of a schema or of JavaScript", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const channel = "chat:secret"
        const fails = failing(centrifugo)
        const bigint = Schema.transform(Schema.String, Schema.BigIntFromSelf, {
          decode: (text) => BigInt(text),
          encode: (number) => String(number)
        })
        const wordy = Schema.String.pipe(
          Schema.filter((text) => text.length < 3, { message: ({ actual }) => `${String(actual)} is long` })
        )
        const structured = Schema.Struct({ card: Schema.String }).pipe(
          Schema.filter(() => false, {
            message: ({ actual }) => ({ message: `not ${JSON.stringify(actual)}`, override: true })
          })
        )
        const numeric = Schema.Number.pipe(
          Schema.filter(() => false, { message: ({ actual }) => `${String(actual)} is no card` })
        )
        const card = { card: secret }
        yield* centrifugo.publish({ channel, data: secret })
        yield* centrifugo.publish({ channel, data: card })
        yield* centrifugo.publish({ channel, data: 41111111 })
        const messages: Array<string> = []
        for (const schema of [bigint, wordy, structured, numeric] as unknown as ReadonlyArray<
          Schema.Schema<unknown, string>
        >) {
          const typed = TypedChannel.make("chat:secret", { data: schema })
          const { publications } = yield* centrifugo.send(typed.history({ limit: 10 }))
          for (const publication of publications) messages.push(left(publication).message)
          messages.push((yield* Effect.flip(centrifugo.history({ channel, limit: 10, schema }))).message)
        }
        const own = { toJSON: () => BigInt(secret) }
        messages.push((yield* Effect.flip(centrifugo.publish({ channel, data: own }))).message)
        messages.push((yield* fails(wordy, secret)).message)
        for (const message of messages) {
          assert.notInclude(message, "4111")
          assert.notInclude(message, "secret ")
        }
        // A message that does not contain the data is used.
        const plain = Schema.String.pipe(Schema.filter(() => false, { message: () => "no cards, please" }))
        assert.include((yield* fails(plain, secret)).message, "no cards, please")
      })
    )
  )

  it("refuse undefined data without a schema when the request is created", () => {
    for (const data of [undefined, null, String, { text: "string" }]) {
      assert.throws(
        () => TypedChannel.make("chat:a", { data: data as never }),
        TypeError,
        "expected a Schema"
      )
    }
    const params = { room: Number as never }
    assert.throws(
      () => TypedChannel.make("chat:{room}", { params, data: Schema.String }),
      TypeError,
      "expected a Schema for {room}"
    )
  })
})
