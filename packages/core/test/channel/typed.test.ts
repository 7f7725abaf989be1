/** Typed presence, maps, shared polls and subscriptions: each value is decoded separately. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schema, Stream } from "effect"
import { Centrifugo, CentrifugoApi, HistoryStream, MapStream, TypedChannel } from "../../src/index.js"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { left, right } from "../support/either.js"
import { fieldsOf, messageOf } from "../support/fields.js"
import { collect } from "../stream/support.js"
import * as StubTransport from "../support/StubTransport.js"

const at = "2026-01-02T03:04:05.000Z"
const date = new Date(at)

const User = Schema.Struct({ name: Schema.String, since: Schema.Date })

const Room = TypedChannel.make("room:{id}", {
  data: Schema.String,
  connInfo: User,
  chanInfo: Schema.Struct({ seat: Schema.NumberFromString })
})
const Prices = TypedChannel.make("prices:{region}", {
  data: Schema.Struct({ price: Schema.NumberFromString })
})

const channel: CentrifugoTest.ChannelConfig = {
  namespaces: [
    { name: "room", presence: true },
    { name: "prices", subscription_type: "map", map: { mode: "recoverable", key_ttl: "300s" } }
  ]
}

const withServer = <A, E>(
  test: (
    centrifugo: Centrifugo.Service
  ) => Effect.Effect<A, E, CentrifugoTest.CentrifugoTest | Centrifugo.Centrifugo>
) => Effect.flatMap(Centrifugo.Centrifugo, test).pipe(Effect.provide(CentrifugoTest.layer({ channel })))

describe("a typed channel", () => {
  it("has a function for every open method of one channel", () => {
    for (const [name, { payload }] of Object.entries(CentrifugoApi.methods)) {
      if (!fieldsOf(messageOf(payload.ast)).has("channel")) continue
      assert.property(Prices, name, `add ${name} to TypedChannel.ts and to internal/channel/functions.ts`)
    }
  })
})

describe("presence", () => {
  it.effect("has decoded info; info that does not match is an error in its place", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({
        presence: {
          a: { client: "a", user: "1", conn_info: { name: "alice", since: at }, chan_info: { seat: "7" } },
          b: { client: "b", user: "2", conn_info: { name: "bob", since: "s3cret" } },
          c: { client: "c" }
        }
      })
      const { presence } = yield* centrifugo.send(Room.presence({ id: "1" }))
      assert.strictEqual(call().body, '{"channel":"room:1"}')
      assert.deepStrictEqual(right(presence["a"]!.connInfo!), { name: "alice", since: date })
      assert.deepStrictEqual(right(presence["a"]!.chanInfo!), { seat: 7 })
      const error = left(presence["b"]!.connInfo!)
      assert.deepInclude(error, { channel: "room:1", client: "b", path: ["connInfo", "since"] })
      assert.notInclude(error.message + JSON.stringify(error), "s3cret")
      assert.deepStrictEqual(presence["c"], { client: "c", user: "" })
      const copy = Schema.decodeUnknownSync(TypedChannel.ClientInfoError)(
        JSON.parse(JSON.stringify(Schema.encodeSync(TypedChannel.ClientInfoError)(error)))
      )
      assert.deepStrictEqual({ ...copy }, { ...error })
    })
  )

  it.effect("without schemas keeps the info", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({
        presence: { a: { client: "a", conn_info: { name: "alice" } } }
      })
      const { presence } = yield* centrifugo.send(Prices.presence({ region: "eu" }))
      assert.deepStrictEqual(presence["a"]?.connInfo, { name: "alice" })
    })
  )
})

describe("subscribe", () => {
  it("encodes the info with the schema of chanInfo", () => {
    const request = Room.subscribe({ id: "1" }, { user: "1", info: { seat: 7 } })
    assert.deepStrictEqual(JSON.parse(right(request.encode()) ?? ""), {
      channel: "room:1",
      user: "1",
      info: { seat: "7" }
    })
    const refused = Room.subscribe({ id: "1" }, { user: "1", info: { seat: "s3cret" as never } })
    const error = left(refused.encode())
    assert(error._tag === "CentrifugoEncodeError")
    assert.deepStrictEqual(error.path, ["info", "seat"])
    assert.notInclude(error.message, "s3cret")
    assert.isTrue(Either.isLeft(CentrifugoApi.subscribe(refused.payload).encode()))
  })
})

describe("maps", () => {
  it.effect("publish, read, count and remove with typed values", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const eu = { region: "eu" }
        yield* centrifugo.send(Prices.mapPublish(eu, "a", { price: 1.5 }, { idempotencyKey: "k" }))
        yield* centrifugo.mapPublish({ channel: "prices:eu", key: "b", data: { price: "s3cret" } })
        yield* centrifugo.send(Prices.mapPublish(eu, "c", { price: 3 }))
        yield* centrifugo.send(Prices.mapRemove(eu, "c"))
        const { entries } = yield* centrifugo.send(Prices.mapReadState(eu, { limit: -1 }))
        const state = Object.fromEntries(entries.map(({ data, key }) => [key, data]))
        assert.deepStrictEqual(state["a"], Either.right({ price: 1.5 }))
        const error = left(state["b"]!)
        assert.deepInclude(error, { channel: "prices:eu", offset: 2, path: ["data", "price"] })
        assert.notInclude(error.message, "s3cret")
        const { entries: changes } = yield* centrifugo.send(Prices.mapReadStream(eu, { limit: -1 }))
        assert.deepStrictEqual(
          changes.map((change) => (change.removed ? "removed" : Either.isRight(change.data))),
          [true, false, true, "removed"]
        )
        assert.deepStrictEqual(yield* centrifugo.send(Prices.mapStats(eu)), { numKeys: 2 })
        yield* centrifugo.send(Prices.mapClear(eu))
        assert.deepStrictEqual(yield* centrifugo.send(Prices.mapStats(eu)), { numKeys: 0 })
      })
    )
  )

  it("refuses values and names, with the path of the typed argument", () => {
    const unfit = { price: "s3cret" as never }
    const value = left(Prices.mapPublish({ region: "eu" }, "a", unfit).encode())
    assert.deepStrictEqual(value.path, ["data", "price"])
    const name = left(Prices.mapRemove({ region: "" }, "a").encode())
    assert.strictEqual(name.path[0], "params")
    const key = left(Prices.mapPublish({ region: "eu" }, "", { price: 1 }).encode())
    assert.deepStrictEqual(key.path, ["key"])
  })

  it.effect("streams take the name of a typed channel", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const eu = { region: "eu" }
        yield* centrifugo.send(Prices.mapPublish(eu, "a", { price: 1 }))
        const { entries } = yield* MapStream.state({ channel: Prices.name(eu), schema: Prices.data })
        const [entry] = yield* collect(entries)
        assert.deepStrictEqual(entry?.data, Either.right({ price: 1 }))
        const changes = MapStream.changes({ channel: Prices.name(eu), schema: Prices.data })
        assert.lengthOf(yield* collect(changes), 1)
        const invalid = Prices.name({ region: "" })
        const streams: ReadonlyArray<
          Stream.Stream<unknown, HistoryStream.HistoryError | MapStream.StateError, Centrifugo.Centrifugo>
        > = [
          HistoryStream.history({ channel: invalid }),
          MapStream.changes({ channel: invalid }),
          MapStream.stateThenChanges({ channel: invalid })
        ]
        for (const stream of streams) {
          const error = yield* Effect.flip(Stream.runDrain(stream))
          assert(error._tag === "CentrifugoEncodeError")
          assert.strictEqual(error.path[0], "params")
          assert.notStrictEqual(error.method, "name")
        }
      })
    )
  )
})

describe("shared poll", () => {
  it("publishes a typed value", () => {
    const request = Prices.sharedPollPublish({ region: "eu" }, "a", { price: 1.5 }, { version: 3 })
    assert.deepStrictEqual(JSON.parse(right(request.encode()) ?? ""), {
      channel: "prices:eu",
      key: "a",
      data: { price: "1.5" },
      version: 3
    })
    const unfit = Prices.sharedPollPublish(
      { region: "eu" },
      "a",
      { price: "s3cret" as never },
      { version: 3 }
    )
    assert.deepStrictEqual(left(unfit.encode()).path, ["data", "price"])
  })
})

describe("the description", () => {
  it("has Schemas for info", () => {
    for (const name of ["connInfo", "chanInfo"]) {
      const options = { data: Schema.String, [name]: "no schema" } as never
      assert.throws(() => TypedChannel.make("a", options), `${name}: expected a Schema`)
    }
  })
})
