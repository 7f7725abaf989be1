import { CentrifugoApi, Outbox } from "@effect-centrifugo/core"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Redis from "@effect-centrifugo/tools/Redis"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Redis as IORedis } from "ioredis"
import { eventually, fresh, history, range, take } from "./support.js"

class Client extends Context.Tag("Client")<Client, IORedis>() {}

const client = Layer.scoped(
  Client,
  Effect.flatMap(Redis.Redis, ({ url }) =>
    Effect.acquireRelease(
      Effect.sync(() => new IORedis(url(2))),
      (redis) => Effect.sync(() => redis.disconnect())
    )
  )
)

const run = <A>(use: (redis: IORedis) => Promise<A>) =>
  Effect.flatMap(Client, (redis) => Effect.promise(() => use(redis)))

/** Writes messages in order, as many at once as fit into a pipeline. */
const add = (stream: string, messages: ReadonlyArray<Outbox.Message>) =>
  run(async (redis) => {
    const pipeline = redis.pipeline()
    for (const message of messages) {
      const fields = Object.entries(Outbox.streamEntry(message)).flatMap(([name, value]) => [
        name,
        typeof value === "string" ? value : Buffer.from(value)
      ])
      pipeline.xadd(stream, "*", ...fields)
    }
    await pipeline.exec()
  })

const publish = (channel: string) => (data: {} | null) => CentrifugoApi.publish({ channel, data })

const group = "centrifugo"

const server = Layer.scoped(
  CentrifugoServer.CentrifugoServer,
  Effect.gen(function* () {
    const redis = yield* Redis.Redis
    // Before the server starts, because the server would create the group after the existing messages.
    yield* run((redis) => redis.xgroup("CREATE", "commands", group, "0", "MKSTREAM"))
    yield* run((redis) => redis.xgroup("CREATE", "publications", group, "0", "MKSTREAM"))
    yield* add("commands", [yield* Outbox.message(publish("chat:early")("before the server"))])
    const settings = { address: [redis.url(2)], consumer_group: group }
    const consumers = [
      { name: "commands", redis_stream: { ...settings, streams: ["commands"], visibility_timeout: "1s" } },
      {
        name: "publications",
        redis_stream: {
          ...settings,
          streams: ["publications"],
          publication_data_mode: { enabled: true }
        }
      }
    ].map((consumer) => ({ ...consumer, type: "redis_stream", enabled: true }))
    return yield* CentrifugoServer.start({
      env: {
        CENTRIFUGO_ENGINE_TYPE: "redis",
        CENTRIFUGO_ENGINE_REDIS_ADDRESS: redis.url(1),
        CENTRIFUGO_CONSUMERS: JSON.stringify(consumers)
      }
    })
  })
)

const live = server.pipe(Layer.provideMerge(client), Layer.provideMerge(Redis.layer()))

const subscribe = (options: Subscriber.Options) =>
  Effect.flatMap(CentrifugoServer.CentrifugoServer, (server) => Subscriber.connect(server, options))

describe.skipIf(!Centrifugo.isAvailable() || !Redis.isAvailable())("Outbox in Redis Streams", () => {
  layer(live, { excludeTestServices: true, timeout: 60_000 })((it) => {
    it.effect("messages written before the server started are delivered", () =>
      eventually(
        "the early event",
        Effect.map(history("chat:early"), ({ data }) => data[0] === "before the server")
      )
    )

    it.scoped(
      "10,000 commands arrive in order, none lost, none repeated",
      () =>
        Effect.gen(function* () {
          const channel = fresh("bulk")
          const subscriber = yield* subscribe({ channel })
          const requests = range(10_000).map(publish(channel))
          const messages = yield* Effect.forEach(requests, (request, i) =>
            Outbox.message(request, { eventId: `event-${i}` })
          )
          yield* add("commands", messages)
          assert.deepStrictEqual(yield* take(subscriber, 10_000, 60_000), range(10_000))
          assert.strictEqual((yield* history(channel)).offset, 10_000)
        }),
      90_000
    )

    it.scoped("an event that is written again arrives once", () =>
      Effect.gen(function* () {
        const channel = fresh("chat")
        const subscriber = yield* subscribe({ channel })
        const placed = yield* Outbox.message(publish(channel)("placed"), { eventId: "order-42-placed" })
        yield* add("commands", [placed, placed, yield* Outbox.message(publish(channel)("shipped"))])
        assert.deepStrictEqual(yield* take(subscriber, 2), ["placed", "shipped"])
      })
    )

    it.scoped("an envelope needs no other field", () =>
      Effect.gen(function* () {
        const channel = fresh("chat")
        const subscriber = yield* subscribe({ channel })
        const payload = yield* Outbox.envelope(publish(channel)({ text: "дом\0" }))
        yield* run((redis) => redis.xadd("commands", "*", "payload", payload))
        assert.deepStrictEqual(yield* take(subscriber, 1), [{ text: "дом\0" }])
      })
    )

    it.scoped("publication data mode: every attribute has its effect, and bytes arrive unchanged", () =>
      Effect.gen(function* () {
        const channels = [fresh("chat"), fresh("chat")]
        const subscribers = yield* Effect.forEach(channels, (channel) => subscribe({ channel }))
        const binary = fresh("bin")
        const bytes = yield* subscribe({ channel: binary, protobuf: true })
        const all = Uint8Array.from(range(256))
        const versioned = (data: string, version: bigint) =>
          Outbox.publication(
            CentrifugoApi.broadcast({
              channels,
              data,
              version,
              versionEpoch: "e",
              delta: false,
              tags: { Lang: "de" }
            })
          )
        yield* add("publications", [
          yield* versioned("new", 7n),
          yield* versioned("old", 6n),
          yield* Outbox.publication(CentrifugoApi.publish({ channel: binary, data: all }), { eventId: "e" }),
          yield* Outbox.publication(CentrifugoApi.publish({ channel: binary, data: all }), { eventId: "e" }),
          yield* Outbox.publication(CentrifugoApi.publish({ channel: binary, data: Uint8Array.of(0) }))
        ])
        for (const subscriber of subscribers) {
          const [publication] = yield* subscriber.take(1)
          assert.deepInclude(publication, { data: "new", tags: { Lang: "de" }, offset: 1 })
        }
        const received = (yield* take(bytes, 2)) as ReadonlyArray<Uint8Array>
        assert.deepStrictEqual(
          received.map((data) => [...data]),
          [[...all], [0]]
        )
        for (const channel of channels) assert.strictEqual((yield* history(channel)).offset, 1)
      })
    )

    it.scoped(
      "killing and restarting it in the middle loses and repeats none",
      () =>
        Effect.gen(function* () {
          const server = yield* CentrifugoServer.CentrifugoServer
          const channel = fresh("bulk")
          const total = 3000
          const subscriber = yield* subscribe({ channel })
          const messages = yield* Effect.forEach(range(total).map(publish(channel)), (request, i) =>
            Outbox.message(request, { eventId: `event-${i}` })
          )
          yield* add("commands", messages)
          yield* take(subscriber, 500, 30_000)
          yield* server.kill
          yield* server.start
          yield* eventually(
            "every event in the channel",
            Effect.map(history(channel), ({ offset }) => offset === total)
          )
          // The message that was being processed comes back after visibility_timeout, possibly last.
          yield* eventually(
            "no event that is pending",
            Effect.map(
              run((redis) => redis.xpending("commands", group)),
              ([pending]) => pending === 0
            )
          )
          const { data } = yield* history(channel)
          assert.sameMembers([...data], range(total))
        }),
      90_000
    )
  })
})
