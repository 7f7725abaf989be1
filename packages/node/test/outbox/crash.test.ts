import { CentrifugoApi } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import * as Redis from "@effect-centrifugo/tools/Redis"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { assert, describe, layer } from "@effect/vitest"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { consumer, sqlClient } from "./database.js"
import { eventually, fresh, history, range, take } from "./support.js"

const recovered = {
  name: "recovered",
  history_size: 100_000,
  history_ttl: "300s",
  force_recovery: true,
  allow_subscribe_for_client: true,
  allow_subscribe_for_anonymous: true
}

/** A server that loses nothing when it is killed: streams and keys are in Redis. */
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
      "killing and restarting it in the middle of 6,000 events loses and repeats none",
      () =>
        Effect.gen(function* () {
          const outbox = yield* OutboxSql.OutboxSql
          const server = yield* CentrifugoServer.CentrifugoServer
          const channel = fresh("recovered")
          const total = 6000
          const subscriber = yield* Subscriber.connect(server, { channel })
          // Also while the server is down, which is the purpose of an outbox.
          const writing = yield* Effect.forEach(
            range(total / 100),
            (n) => outbox.insert(range(100, n * 100).map((data) => CentrifugoApi.publish({ channel, data }))),
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

    it.scoped(
      "with twenty concurrent writers, 20,000 events and ten kills, each arrives once, in order",
      () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const outbox = yield* OutboxSql.OutboxSql
          const server = yield* CentrifugoServer.CentrifugoServer
          const [writers, perWriter, perTransaction] = [20, 1000, 25]
          yield* sql`CREATE TABLE IF NOT EXISTS counters (id integer PRIMARY KEY, n integer NOT NULL)`
          yield* sql`INSERT INTO counters VALUES (0, 0)`
          const channels = range(writers).map(() => fresh("recovered"))
          const everybody = fresh("recovered")

          /** A step that is rolled back to its savepoint; its events must not arrive. */
          const rolledBack = (channel: string) =>
            outbox
              .insert(CentrifugoApi.publish({ channel, data: "taken back" }))
              .pipe(Effect.zipRight(Effect.fail("no")), sql.withTransaction, Effect.ignore)
          const transaction = (channel: string, writer: number, from: number) =>
            Effect.gen(function* () {
              if (writer % 2 === 0) yield* sql`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`
              const [counter] = yield* sql<{ n: number }>`SELECT n FROM counters WHERE id = 0`
              // Half of the serializable transactions fail here, and are retried.
              if (writer % 4 === 0) yield* sql`UPDATE counters SET n = ${counter!.n + 1} WHERE id = 0`
              const [half, rest] = [range(perTransaction - 10, from), range(10, from + perTransaction - 10)]
              yield* outbox.insert(half.map((data) => CentrifugoApi.publish({ channel, data })))
              yield* rolledBack(channel)
              yield* sql.withTransaction(
                outbox.insert(rest.map((data) => CentrifugoApi.publish({ channel, data })))
              )
              yield* outbox.insert(CentrifugoApi.publish({ channel: everybody, data: [writer, from] }))
            }).pipe(
              sql.withTransaction,
              Effect.retry({ times: 1000, schedule: Schedule.jittered(Schedule.spaced("5 millis")) })
            )
          const writing = yield* Effect.forEach(
            channels,
            (channel, writer) =>
              Effect.forEach(
                range(perWriter / perTransaction),
                (n) => Effect.delay(transaction(channel, writer, n * perTransaction), "20 millis"),
                { discard: true }
              ),
            { concurrency: "unbounded", discard: true }
          ).pipe(Effect.fork)

          for (const _ of range(10)) {
            const before = (yield* history(channels[7]!)).offset
            // It has sent an event since its start.
            yield* eventually(
              "progress",
              Effect.map(history(channels[7]!), ({ offset }) => offset > before || offset === perWriter)
            )
            yield* server.kill
            yield* server.start
          }
          yield* Fiber.join(writing)
          yield* eventually(
            "an empty table",
            Effect.map(sql`SELECT 1 FROM centrifugo_outbox LIMIT 1`, ({ length }) => length === 0)
          )
          for (const channel of channels) {
            assert.deepStrictEqual(yield* history(channel), { offset: perWriter, data: range(perWriter) })
          }
          // In a channel shared by all writers: each event once, those of each writer in order.
          const { data } = yield* history(everybody)
          assert.lengthOf(data, (writers * perWriter) / perTransaction)
          for (const writer of range(writers)) {
            const own = (data as ReadonlyArray<readonly [number, number]>).filter(([by]) => by === writer)
            assert.deepStrictEqual(
              own.map(([, from]) => from),
              range(perWriter / perTransaction).map((n) => n * perTransaction)
            )
          }
        }),
      120_000
    )
  })
})
