/** Typed channels on the real server, and their name rules compared with the server's. */
import { Batch, Centrifugo as Client, TypedChannel } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { assert, describe, layer } from "@effect/vitest"
import { Array, Effect, Either, FastCheck as fc, Layer, Option, Redacted, Schema, Stream } from "effect"

const Message = Schema.Struct({ text: Schema.String, at: Schema.DateFromNumber })
const message = (text: string) => ({ text, at: new Date(1_700_000_000_000) })

const Chat = TypedChannel.make("chat:{room}-{topic}", {
  params: { room: Schema.NumberFromString },
  data: Message
})

const live = Layer.scoped(
  Client.Centrifugo,
  Effect.flatMap(CentrifugoServer.CentrifugoServer, ({ apiKey, apiUrl }) =>
    CentrifugoNode.make({ url: apiUrl, apiKey: Redacted.make(apiKey) })
  )
).pipe(Layer.provideMerge(CentrifugoServer.layer()))

const subscribe = (channel: string, user?: string) =>
  Effect.flatMap(CentrifugoServer.CentrifugoServer, (server) =>
    Subscriber.connect(server, { channel, ...(user === undefined ? {} : { user }) })
  )

const isLeft = (outcomes: ReadonlyArray<Either.Either<unknown, unknown>>) => outcomes.map(Either.isLeft)

describe.skipIf(!Centrifugo.isAvailable())("a typed channel on the real server", () => {
  layer(live, { excludeTestServices: true, timeout: 60_000 })((it) => {
    it.scoped("reaches the subscribers of exactly that channel", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Client.Centrifugo
        const own = yield* subscribe("chat:1-cats", "alice")
        const other = yield* subscribe("chat:1-dogs")
        const position = yield* centrifugo.send(Chat.publish({ room: 1, topic: "cats" }, message("hi")))
        assert.strictEqual(position.offset, 1)
        const [received] = yield* own.take(1)
        assert.deepStrictEqual(Schema.decodeUnknownSync(Chat.data)(received?.data), message("hi"))
        yield* Effect.flip(other.take(1, 100))

        const { presence } = yield* centrifugo.send(Chat.presence({ room: 1, topic: "cats" }))
        assert.deepStrictEqual(Object.keys(presence), [own.client])
        const stats = yield* centrifugo.send(Chat.presenceStats({ room: 1, topic: "cats" }))
        assert.deepStrictEqual(stats, { numClients: 1, numUsers: 1 })
        yield* centrifugo.send(Chat.unsubscribe({ room: 1, topic: "cats" }, { user: "alice" }))
        const { numClients } = yield* centrifugo.send(Chat.presenceStats({ room: 1, topic: "cats" }))
        assert.strictEqual(numClients, 0)
      })
    )

    it.scoped("a broadcast goes to all channels except the one with an invalid name", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Client.Centrifugo
        const [a, c] = yield* Effect.all([subscribe("chat:2-a"), subscribe("chat:2-c")])
        const params = ["a", "b:", "c"].map((topic) => ({ room: 2, topic }))
        const outcomes = yield* centrifugo.send(Chat.broadcast(params, message("all")))
        assert.deepStrictEqual(isLeft(outcomes.map(({ outcome }) => outcome)), [false, true, false])
        for (const subscriber of [a, c]) {
          assert.deepStrictEqual((yield* subscriber.take(1))[0]?.data, { text: "all", at: 1_700_000_000_000 })
        }
        const partial = yield* Effect.flip(
          centrifugo.send(Chat.broadcast(params, message("again"))).pipe(Batch.requireAll)
        )
        assert.match(partial.message, /1 of 3 parts failed.*params\[1\]\.topic/)
      })
    )

    it.effect("a stored publication that does not match fails alone, also in a batch", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Client.Centrifugo
        const params = { room: 3, topic: "a" }
        yield* centrifugo.send(Chat.publish(params, message("one"), { tags: { v: "1" } }))
        yield* centrifugo.publish({ channel: "chat:3-a", data: { text: "two" } })
        yield* centrifugo.send(Chat.publish(params, message("three")))
        const { alone, refused, sent } = yield* centrifugo.batch({
          sent: Chat.publish(params, message("four")),
          refused: Chat.publish({ room: 3, topic: "" }, message("nowhere")),
          alone: Chat.history(params, { limit: -1 })
        })
        assert.isTrue(Either.isRight(sent))
        assert.isTrue(Either.isLeft(refused))
        const [misfits, read] = Array.separate((yield* alone).publications)
        assert.deepStrictEqual(
          read.map(({ data, offset, tags }) => [data, offset, tags]),
          [
            [message("one"), 1, { v: "1" }],
            [message("three"), 3, {}],
            [message("four"), 4, {}]
          ]
        )
        assert.strictEqual(misfits.length, 1)
        assert.deepInclude(misfits[0], { channel: "chat:3-a", offset: 2, path: ["data", "at"] })
        yield* centrifugo.send(Chat.historyRemove(params))
        assert.deepStrictEqual((yield* centrifugo.send(Chat.history(params, { limit: -1 }))).publications, [])
      })
    )

    it.scoped(
      "typed info goes to the server and comes back in presence, with a schema per call or per channel",
      () =>
        Effect.gen(function* () {
          const centrifugo = yield* Client.Centrifugo
          const User = Schema.Struct({ name: Schema.String, since: Schema.DateFromNumber })
          const Seat = Schema.Struct({ seat: Schema.NumberFromString })
          const Seats = TypedChannel.make("chat:{room}", { data: Message, connInfo: User, chanInfo: Seat })
          const user = { name: "bob", since: new Date(1_700_000_000_000) }
          const { client } = yield* subscribe("chat:other", "bob")
          const expireAt = Math.floor(Date.now() / 1000) + 600
          yield* centrifugo.refresh({ user: "bob", expireAt, info: user, infoSchema: User })
          yield* centrifugo.send(Seats.subscribe({ room: "7" }, { user: "bob", info: { seat: 42 } }))
          const typed = yield* centrifugo.send(Seats.presence({ room: "7" }))
          assert.deepStrictEqual(typed.presence[client], {
            user: "bob",
            client,
            connInfo: Either.right(user),
            chanInfo: Either.right({ seat: 42 })
          })
          const { presence } = yield* centrifugo.presence({
            channel: "chat:7",
            connInfoSchema: User,
            chanInfoSchema: Seat
          })
          assert.deepStrictEqual(presence[client], {
            user: "bob",
            client,
            connInfo: user,
            chanInfo: { seat: 42 }
          })
          const error = yield* Effect.flip(centrifugo.presence({ channel: "chat:7", connInfoSchema: Seat }))
          assert.deepInclude(error, {
            _tag: "CentrifugoDecodeError",
            path: ["presence", client, "connInfo", "seat"]
          })
        })
    )

    it.effect("a typed map", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Client.Centrifugo
        const Prices = TypedChannel.make("map:{region}", { data: Schema.NumberFromString })
        const eu = { region: "eu" }
        yield* centrifugo.send(Prices.mapPublish(eu, "a", 1.5))
        yield* centrifugo.mapPublish({
          channel: "map:eu",
          key: "b",
          data: 2,
          schema: Schema.NumberFromString
        })
        yield* centrifugo.send(Prices.mapRemove(eu, "a"))
        const { entries } = yield* centrifugo.send(Prices.mapReadState(eu, { limit: -1 }))
        assert.deepStrictEqual(
          entries.map(({ data, key }) => [key, data]),
          [["b", Either.right(2)]]
        )
        const changes = yield* centrifugo.mapReadStream({
          channel: "map:eu",
          limit: -1,
          schema: Schema.NumberFromString
        })
        assert.deepStrictEqual(
          changes.entries.map((change) => (change.removed ? "removed" : change.data)),
          [1.5, 2, "removed"]
        )
      })
    )

    it.effect("bytes that a schema writes as text are decoded again", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Client.Centrifugo
        const Files = TypedChannel.make("chat:files", { data: Schema.Uint8ArrayFromBase64 })
        yield* centrifugo.send(Files.publish(Uint8Array.of(0, 255)))
        const { publications } = yield* centrifugo.send(Files.history({ limit: 1 }))
        const [first] = yield* Either.all(publications)
        assert.deepStrictEqual(first?.data, Uint8Array.of(0, 255))
      })
    )

    it.scoped("a client can subscribe to any valid name, and it has its own stream", () =>
      Effect.gen(function* () {
        const centrifugo = yield* Client.Centrifugo
        const Any = TypedChannel.make("{a}.{b}", { data: Schema.String })
        const value = fc.string({ minLength: 1, maxLength: 120, unit: "binary-ascii" })
        const made = fc
          .record({ a: value, b: value })
          .map((params) => ({ params, name: Any.name(params) }))
          .filter(({ name }) => Either.isRight(name))
        const all = new Map(fc.sample(made, 200).map(({ name, params }) => [Either.getOrThrow(name), params]))
        const requests = Array.fromIterable(all.values()).map((params) =>
          Any.publish(params, JSON.stringify(params))
        )
        yield* Stream.runDrain(centrifugo.sendAll(requests))
        for (const [name, params] of all) {
          const { publications } = yield* centrifugo.send(Any.history(params, { limit: -1 }))
          const data = (yield* Either.all(publications)).map(({ data }) => data)
          assert.deepStrictEqual(data, [JSON.stringify(params)], name)
          const stored = yield* centrifugo.history({ channel: name, limit: -1 })
          assert.deepStrictEqual(stored.publications[0]?.data, JSON.stringify(params))
          assert.deepStrictEqual(Any.parse(name), Option.some(params))
        }
        yield* Effect.forEach(Array.take([...all.keys()], 20), (name) => subscribe(name))
      })
    )

    it.scoped("refused names are those that clients can't use", () =>
      Effect.gen(function* () {
        const options = { data: Schema.String }
        const Room = TypedChannel.make("chat:{room}", options)
        const Loose = TypedChannel.make("chat:{room}", { ...options, maxLength: 1000, unicode: true })
        const longest = { room: "x".repeat(250) }
        yield* subscribe(yield* Room.name(longest))
        for (const room of [{ room: `${longest.room}x` }, { room: "é" }]) {
          assert.isTrue(Either.isLeft(Room.name(room)))
          yield* Effect.flip(Effect.scoped(subscribe(yield* Loose.name(room))))
        }
      })
    )
  })
})
