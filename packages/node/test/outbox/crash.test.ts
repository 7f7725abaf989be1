import { Publishing } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import * as Redis from "@effect-centrifugo/tools/Redis"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { consumer, sqlClient } from "./database.js"
import { fresh, history, range, take } from "./support.js"

const recovered = {
  name: "recovered",
  history_size: 100_000,
  history_ttl: "300s",
  force_recovery: true,
  allow_subscribe_for_client: true,
  allow_subscribe_for_anonymous: true
}

/** A server that loses nothing of what it has sent when it dies: streams and keys are in Redis. */
const server = Layer.scoped(
  CentrifugoServer.CentrifugoServer,
  Effect.gen(function* () {
    const redis = yield* Redis.Redis
    yield* OutboxSql.migration()
    return yield* CentrifugoServer.start({
      namespaces: [recovered],
      env: {
        CENTRIFUGO_ENGINE_TYPE: "redis",
        CENTRIFUGO_ENGINE_REDIS_ADDRESS: redis.url(1),
        CENTRIFUGO_CLIENT_RECOVERY_MAX_PUBLICATION_LIMIT: "100000",
        CENTRIFUGO_CLIENT_QUEUE_MAX_SIZE: "100000000",
        CENTRIFUGO_CONSUMERS: JSON.stringify([yield* consumer("outbox", {})])
      }
    })
  })
)

const live = Layer.merge(OutboxSql.layer(), server).pipe(
  Layer.provideMerge(sqlClient),
  Layer.provideMerge(Layer.merge(Postgres.layer(), Redis.layer()))
)

const available = Centrifugo.isAvailable() && Postgres.isAvailable() && Redis.isAvailable()

describe.skipIf(!available)("OutboxSql, while the server dies", () => {
  layer(live, { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.scoped(
      "killed and started again in the middle of 6,000 events: none lost, none twice",
      () =>
        Effect.gen(function* () {
          const outbox = yield* OutboxSql.OutboxSql
          const server = yield* CentrifugoServer.CentrifugoServer
          const channel = fresh("recovered")
          const total = 6000
          const subscriber = yield* Subscriber.connect(server, { channel })
          // Also while the server is down, which is what an outbox is for.
          const writing = yield* Effect.forEach(
            range(total / 100),
            (n) => outbox.insert(range(100, n * 100).map((data) => Publishing.publish({ channel, data }))),
            { discard: true }
          ).pipe(Effect.fork)
          const received: Array<unknown> = []
          for (const seen of [500, 2500, 4500]) {
            received.push(...(yield* take(subscriber, seen - received.length, 60_000)))
            yield* server.kill
            yield* server.start
          }
          yield* Fiber.join(writing)
          received.push(...(yield* take(subscriber, total - received.length, 60_000)))
          assert.deepStrictEqual(received, range(total))
          assert.deepStrictEqual(yield* history(channel), { offset: total, data: range(total) })
        }),
      180_000
    )
  })
})
