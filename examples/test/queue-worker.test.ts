import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as RedisServer from "@effect-centrifugo/tools/Redis"
import * as Client from "@effect-centrifugo/core/Centrifugo"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Redis } from "ioredis"
import * as Program from "./program.js"

const server = CentrifugoServer.layer({
  namespaces: [{ name: "inbox", history_size: 5000, history_ttl: "300s" }]
})

const client = Layer.unwrapEffect(
  Effect.map(CentrifugoServer.CentrifugoServer, ({ apiKey, apiUrl }) =>
    CentrifugoNode.layer({ url: apiUrl, apiKey: Redacted.make(apiKey) })
  )
)

const live = client.pipe(Layer.provideMerge(server), Layer.provideMerge(RedisServer.layer()))

/** A worker, and a Redis connection to fill its queue. Each test has its own database. */
const start = (db: number) =>
  Effect.gen(function* () {
    const { apiKey, apiUrl } = yield* CentrifugoServer.CentrifugoServer
    const url = (yield* RedisServer.Redis).url(db)
    const redis = yield* Effect.acquireRelease(
      Effect.sync(() => new Redis(url)),
      (redis) => Effect.sync(() => redis.disconnect())
    )
    const env = {
      REDIS_URL: url,
      CENTRIFUGO_API_URL: apiUrl,
      CENTRIFUGO_API_KEY: apiKey,
      CLAIM_AFTER: "500 millis"
    }
    return { redis, worker: Program.start("queue-worker/main.ts", env) }
  })

const add = (redis: Redis, notifications: ReadonlyArray<Readonly<Record<string, string>>>) =>
  Effect.promise(async () => {
    const pipeline = redis.pipeline()
    for (const fields of notifications) {
      pipeline.xadd("notifications", "*", ...Object.entries(fields).flat())
    }
    await pipeline.exec()
  })

const rest = (redis: Redis) => Effect.promise(() => redis.xlen("notifications"))

const restIs = (redis: Redis, isWanted: (count: number) => boolean) =>
  Effect.filterOrFail(rest(redis), isWanted, (count) => `${count} notifications are in the queue`)

const isEmpty = (count: number) => count === 0

const textsOf = (user: string) =>
  Effect.gen(function* () {
    const centrifugo = yield* Client.Centrifugo
    const { publications } = yield* centrifugo.history({ channel: `inbox:${user}`, limit: -1 })
    return publications.map(({ data }) => (data as { readonly text: string }).text)
  })

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i))

describe.skipIf(!Centrifugo.isAvailable() || !RedisServer.isAvailable())("the queue worker", () => {
  layer(live, { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.scoped("publishes in order, and moves entries that can't be published to the dead letters", () =>
      Effect.gen(function* () {
        const { redis, worker } = yield* start(0)
        yield* add(redis, [{ user: "ann" }, { user: "a".repeat(300), text: "too long a channel" }])
        yield* add(
          redis,
          numbers(2500).map((text) => ({ user: "ann", text }))
        )
        const child = yield* worker
        yield* Program.eventually(child, restIs(redis, isEmpty))
        assert.deepStrictEqual(yield* textsOf("ann"), numbers(2500))
        const dead = yield* Effect.promise(() => redis.xrange("notifications:dead", "-", "+"))
        assert.lengthOf(dead, 2)
        assert.include(String(dead[0]), "text")
        assert.include(String(dead[1]), "too long a channel")
      })
    )

    it.scoped("keeps entries while the server is down", () =>
      Effect.gen(function* () {
        const centrifugo = yield* CentrifugoServer.CentrifugoServer
        const { redis, worker } = yield* start(1)
        yield* centrifugo.stop
        const child = yield* worker
        yield* add(
          redis,
          numbers(10).map((text) => ({ user: "bob", text }))
        )
        yield* Program.printed(child, /10 notifications stay in the queue/)
        assert.strictEqual(yield* rest(redis), 10)
        yield* centrifugo.start
        yield* Program.eventually(child, restIs(redis, isEmpty))
        assert.deepStrictEqual(yield* textsOf("bob"), numbers(10))
        assert.notInclude(child.output(), centrifugo.apiKey)
      })
    )

    it.scoped(
      "settles the entries it has taken on SIGTERM, and the next worker publishes the rest once",
      () =>
        Effect.gen(function* () {
          const { redis, worker } = yield* start(2)
          yield* add(
            redis,
            numbers(4000).map((text) => ({ user: "eve", text }))
          )
          const first = yield* worker
          // Stops it after its first batch.
          yield* Program.eventually(
            first,
            restIs(redis, (count) => count < 4000)
          )
          yield* first.stop
          assert.strictEqual(yield* first.exited, 0, first.output())
          const left = yield* rest(redis)
          assert.lengthOf(yield* textsOf("eve"), 4000 - left)

          const second = yield* worker
          yield* Program.eventually(second, restIs(redis, isEmpty))
          const texts = yield* textsOf("eve")
          assert.deepStrictEqual(
            texts.toSorted((a, b) => Number(a) - Number(b)),
            numbers(4000)
          )
        }),
      // It starts two processes.
      120_000
    )
  })
})
