import { CentrifugoApi, Outbox } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, layer } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, Layer, Queue } from "effect"
import { eventually, fresh, history, range, take } from "./support.js"
import { consumer, sqlClient } from "./database.js"

const options = { partitions: 4 }

/** Its consumer never polls, so events arrive only after a notification. */
const notified = { table: "Outbox.Notified", notificationChannel: "Outbox.Notified" }

/** Its consumer gets rows that this library would refuse. */
const stuck = { table: "outbox_stuck" }

const server = Layer.scoped(
  CentrifugoServer.CentrifugoServer,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE SCHEMA outbox`
    yield* Effect.forEach([options, notified, stuck], OutboxSql.migration, { discard: true })
    const consumers = [
      yield* consumer("outbox", options),
      yield* consumer("notified", notified, { partition_poll_interval: "1h" }),
      yield* consumer("stuck", stuck)
    ]
    return yield* CentrifugoServer.start({ env: { CENTRIFUGO_CONSUMERS: JSON.stringify(consumers) } })
  })
)

const live = Layer.mergeAll(OutboxSql.layer(options), server).pipe(
  Layer.provideMerge(sqlClient),
  Layer.provideMerge(Postgres.layer())
)

const publish = (channel: string) => (data: {} | null) => CentrifugoApi.publish({ channel, data })

const subscribe = (options: Subscriber.Options) =>
  Effect.flatMap(CentrifugoServer.CentrifugoServer, (server) => Subscriber.connect(server, options))

const count = (table: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<{ readonly n: number }>`SELECT count(*)::int AS n FROM ${sql(table)}`,
      ([row]) => row?.n ?? 0
    )
  )

describe.skipIf(!Centrifugo.isAvailable() || !Postgres.isAvailable())("OutboxSql", () => {
  layer(live, { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.effect(
      "with a list of namespaces, an event that the server would drop is refused, and nothing is written",
      () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const outbox = yield* OutboxSql.make({ table: "named_outbox", namespaces: ["chat"] })
          yield* OutboxSql.migration({ table: "named_outbox", notificationChannel: false })
          const requests = ["chat:1", "chta:1"].map((channel) => publish(channel)(1))
          const error = yield* Effect.flip(sql.withTransaction(outbox.insert(requests)))
          assert(error._tag === "CentrifugoEncodeError")
          assert.deepStrictEqual(error.path, [1, "channel"])
          assert.strictEqual(yield* count("named_outbox"), 0)
          yield* outbox.insert(requests[0]!)
          assert.strictEqual(yield* count("named_outbox"), 1)
          const invalid = yield* Effect.flip(OutboxSql.make({ namespaces: "chat" as never }))
          assert.strictEqual(invalid.option, "namespaces")
        })
    )

    it.scoped("committed events arrive in order in each channel, publishes and broadcasts alike", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const outbox = yield* OutboxSql.OutboxSql
        const channels = range(6).map(() => fresh("chat"))
        assert.isAbove(
          new Set(channels.map((channel) => Either.getOrThrow(Outbox.partition(channel, 4)))).size,
          1
        )
        const subscribers = yield* Effect.forEach(channels, (channel) => subscribe({ channel }))
        for (const n of range(30)) {
          const written = outbox.insert([
            ...channels.map((channel) => publish(channel)([n, "publish"])),
            CentrifugoApi.broadcast({ channels, data: [n, "broadcast"] })
          ])
          yield* sql.withTransaction(written)
        }
        const expected = range(30).flatMap((n) => [
          [n, "publish"],
          [n, "broadcast"]
        ])
        for (const subscriber of subscribers) {
          assert.deepStrictEqual(yield* take(subscriber, expected.length), expected)
        }
      })
    )

    it.scoped("events of a rolled-back transaction never arrive", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const outbox = yield* OutboxSql.OutboxSql
        const channel = fresh("chat")
        const subscriber = yield* subscribe({ channel })
        const aborted = Effect.zipRight(outbox.insert(range(100).map(publish(channel))), Effect.fail("no"))
        assert.strictEqual(yield* Effect.flip(sql.withTransaction(aborted)), "no")
        yield* outbox.insert(publish(channel)("the first"))
        const [publication] = yield* subscriber.take(1)
        assert.deepInclude(publication, { data: "the first", offset: 1 })
      })
    )

    it.scoped("events of an open transaction arrive when it commits", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const outbox = yield* OutboxSql.OutboxSql
        const [channel, other] = [fresh("chat"), fresh("chat")]
        const [subscriber, witness] = [yield* subscribe({ channel }), yield* subscribe({ channel: other })]
        const [written, gate] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const inOnePartition = { partitionKey: channel }
        const transaction = yield* outbox
          .insert(range(10).map(publish(channel)), inOnePartition)
          .pipe(
            Effect.zipRight(Deferred.succeed(written, undefined)),
            Effect.zipRight(Deferred.await(gate)),
            sql.withTransaction,
            Effect.fork
          )
        yield* Deferred.await(written)
        // Written later, in the same partition: the consumer has read past it.
        yield* outbox.insert(publish(other)("committed"), inOnePartition)
        assert.deepStrictEqual(yield* take(witness, 1), ["committed"])
        assert.strictEqual((yield* history(channel)).offset, 0)
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(transaction)
        assert.deepStrictEqual(yield* take(subscriber, 10), range(10))
      })
    )

    it.scoped("bytes arrive unchanged", () =>
      Effect.gen(function* () {
        const outbox = yield* OutboxSql.OutboxSql
        const channel = fresh("bin")
        const subscriber = yield* subscribe({ channel, protobuf: true })
        const all = Uint8Array.from(range(256))
        yield* outbox.insert([
          CentrifugoApi.publish({ channel, data: all }),
          CentrifugoApi.broadcast({ channels: [channel], data: Uint8Array.of(0) })
        ])
        const received = (yield* take(subscriber, 2)) as ReadonlyArray<Uint8Array>
        assert.deepStrictEqual(
          received.map((data) => [...data]),
          [[...all], [0]]
        )
      })
    )

    it.scoped(
      "10,000 events in one insert arrive in order, none lost, none repeated",
      () =>
        Effect.gen(function* () {
          const outbox = yield* OutboxSql.OutboxSql
          const channel = fresh("bulk")
          const subscriber = yield* subscribe({ channel })
          yield* outbox.insert(range(10_000).map(publish(channel)))
          assert.deepStrictEqual(yield* take(subscriber, 10_000, 60_000), range(10_000))
          assert.strictEqual((yield* history(channel)).offset, 10_000)
          yield* eventually(
            "an empty table",
            Effect.map(count("centrifugo_outbox"), (n) => n === 0)
          )
        }),
      90_000
    )

    it.scoped("each method has its effect", () =>
      Effect.gen(function* () {
        const outbox = yield* OutboxSql.OutboxSql
        const [user, channel] = [fresh("user"), fresh("chat")]
        const inOrder = { partitionKey: user }
        const subscriber = yield* subscribe({ user })
        yield* outbox.insert(
          [
            CentrifugoApi.subscribe({ channel, user }),
            CentrifugoApi.publish({ channel, data: 1 }),
            CentrifugoApi.broadcast({ channels: [channel], data: 2 }),
            CentrifugoApi.unsubscribe({ channel, user }),
            CentrifugoApi.publish({ channel, data: 3 }),
            CentrifugoApi.historyRemove({ channel }),
            CentrifugoApi.publish({ channel, data: 4 }),
            CentrifugoApi.refresh({ user, expired: true })
          ],
          inOrder
        )
        assert.deepStrictEqual(yield* take(subscriber, 2), [1, 2])
        assert.deepStrictEqual(yield* Queue.take(subscriber.unsubscribes), { channel })
        assert.strictEqual((yield* Queue.take(subscriber.disconnects)).code, 3005)
        assert.deepStrictEqual(yield* history(channel), { offset: 4, data: [4] })

        const another = yield* subscribe({ user })
        yield* outbox.insert(CentrifugoApi.disconnect({ user, disconnect: { code: 4500, reason: "enough" } }))
        assert.strictEqual((yield* Queue.take(another.disconnects)).code, 4500)
      })
    )

    it.scoped("an event that is written again arrives once, in every channel", () =>
      Effect.gen(function* () {
        const outbox = yield* OutboxSql.OutboxSql
        const channels = [fresh("chat"), fresh("chat")] as const
        const subscribers = yield* Effect.forEach(channels, (channel) => subscribe({ channel }))
        const placed = outbox.insert(
          channels.map((channel) => publish(channel)("placed")),
          { eventId: "order-42-placed" }
        )
        yield* placed
        yield* placed
        yield* outbox.insert(CentrifugoApi.broadcast({ channels, data: "shipped" }))
        for (const subscriber of subscribers) {
          assert.deepStrictEqual(yield* take(subscriber, 2), ["placed", "shipped"])
        }
      })
    )

    it.scoped("the trigger notifies a listening consumer", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const outbox = yield* OutboxSql.make(notified)
        const channel = fresh("chat")
        const subscriber = yield* subscribe({ channel })
        yield* eventually(
          "a listening consumer",
          Effect.map(
            sql`SELECT 1 FROM pg_stat_activity WHERE query = 'LISTEN "Outbox.Notified"'`,
            ({ length }) => length === 1
          )
        )
        yield* sql.withTransaction(outbox.insert(range(3).map(publish(channel))))
        assert.deepStrictEqual(yield* take(subscriber, 3), range(3))
      })
    )

    it.effect("an invalid request is named, and no event of the list is written", () =>
      Effect.gen(function* () {
        const outbox = yield* OutboxSql.OutboxSql
        const channel = fresh("chat")
        const good = publish(channel)(1)
        const refused = yield* Effect.flip(outbox.insert([good, publish(channel)({ text: "a\0" }), good]))
        assert.strictEqual(
          refused.message,
          "publish: not sent, the request can't be encoded at [1].data.text: it contains a NUL character, which PostgreSQL's jsonb can't store."
        )
        yield* outbox.insert(CentrifugoApi.publish({ channel, data: "next" }))
        yield* eventually(
          "the next",
          Effect.map(history(channel), ({ offset }) => offset > 0)
        )
        assert.deepStrictEqual((yield* history(channel)).data, ["next"])
      })
    )

    it.effect("two events that the server would treat as one are refused", () =>
      Effect.gen(function* () {
        const outbox = yield* OutboxSql.OutboxSql
        const channel = fresh("chat")
        const error = yield* Effect.flip(
          outbox.insert(
            [publish(channel)(1), CentrifugoApi.broadcast({ channels: ["x", channel], data: 2 })],
            {
              eventId: "e"
            }
          )
        )
        assert.include(error.message, "[1].idempotencyKey: an earlier event has the same")
        yield* outbox.insert([publish(channel)(1), publish(channel)(2)], { eventId: (_, i) => `e${i}` })
        yield* eventually(
          "both events",
          Effect.map(history(channel), ({ offset }) => offset === 2)
        )
      })
    )

    it.scoped("an empty list writes no row, with an ID and without", () =>
      Effect.gen(function* () {
        // No consumer reads this table, so its rows stay.
        const unread = { table: "outbox_unread", notificationChannel: false } as const
        const { table } = unread
        yield* OutboxSql.migration(unread)
        const outbox = yield* OutboxSql.make(unread)
        yield* outbox.insert([])
        yield* outbox.insert(new Set<Outbox.EventRequest>(), { eventId: "e" })
        assert.strictEqual(yield* count(table), 0)
        yield* outbox.insert([publish(fresh("chat"))(1)])
        assert.strictEqual(yield* count(table), 1)
      })
    )

    it.scoped("a subscription with an end is refused because, once expired, it blocks its partition", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { log } = yield* CentrifugoServer.CentrifugoServer
        const [user, channel] = [fresh("user"), fresh("chat")]
        yield* subscribe({ user })
        const payload = JSON.stringify({ user, channel, expire_at: 1_000_000_000 })
        yield* sql`INSERT INTO outbox_stuck (method, payload) VALUES ('subscribe', ${payload}::text::jsonb)`
        const outbox = yield* OutboxSql.make(stuck)
        yield* outbox.insert(publish(channel)("behind it"))
        yield* eventually(
          "three failures",
          Effect.sync(() => log().split("error processing consumed event").length > 3)
        )
        assert.strictEqual(yield* count("outbox_stuck"), 2)
        assert.strictEqual((yield* history(channel)).offset, 0)
      })
    )
  })
})
