import { Publishing } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Either, Layer } from "effect"
import { sqlClient } from "./database.js"

const request = Publishing.publish({ channel: "a", data: { b: 1 }, idempotencyKey: "k" })

const live = sqlClient.pipe(Layer.provideMerge(Postgres.layer()))

describe.skipIf(!Postgres.isAvailable())("OutboxSql.migration", () => {
  layer(live, { excludeTestServices: true, timeout: 60_000 })((it) => {
    it.effect(
      "makes the table that the consumer reads, also when several processes do it at once, and again",
      () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* Effect.replicateEffect(OutboxSql.migration(), 8, { concurrency: "unbounded" })
          const outbox = yield* OutboxSql.make()
          yield* outbox.insert(request)
          yield* OutboxSql.migration()
          const rows =
            yield* sql`SELECT method, payload, partition, created_at IS NOT NULL AS dated FROM centrifugo_outbox`
          assert.deepStrictEqual(rows, [
            {
              method: "publish",
              payload: { channel: "a", data: { b: 1 }, idempotency_key: "k" },
              partition: 0,
              dated: true
            }
          ])
        })
    )

    it.effect("takes a schema and names of any case, without quotes as the server does", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE SCHEMA app`
        const options = { table: "App.Events", notificationChannel: false } as const
        yield* OutboxSql.migration(options)
        const outbox = yield* OutboxSql.make(options)
        yield* outbox.insert(request)
        assert.lengthOf(yield* sql`SELECT 1 FROM app.events`, 1)
        assert.lengthOf(yield* sql`SELECT 1 FROM pg_trigger WHERE tgname = 'events_notify'`, 0)
      })
    )

    it.effect("is a migration for the Migrator of @effect/sql", () =>
      Effect.gen(function* () {
        const options = { table: "migrated", partitions: 8 }
        yield* Migrator.make({})({
          loader: Migrator.fromRecord({ "0001_outbox": OutboxSql.migration(options) })
        })
        const outbox = yield* OutboxSql.make(options)
        yield* outbox.insert(Publishing.publish({ channel: "chat:1", data: 1 }))
        const sql = yield* SqlClient.SqlClient
        assert.deepStrictEqual(yield* sql`SELECT partition FROM migrated`, [{ partition: 6 }])
      })
    )

    it.effect("inserts nothing where a later chunk fails", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const options = { table: "checked" }
        yield* OutboxSql.migration(options)
        yield* sql`ALTER TABLE checked ADD CHECK (id <> 1500)`
        const outbox = yield* OutboxSql.make(options)
        const many = Array.from({ length: 2000 }, (_, i) => Publishing.publish({ channel: "a", data: i }))
        assert.strictEqual((yield* Effect.flip(outbox.insert(many)))._tag, "SqlError")
        assert.lengthOf(yield* sql`SELECT 1 FROM checked`, 0)
      })
    )
  })
})

describe("OutboxSql options", () => {
  it.each([
    ["table", { table: "a; DROP TABLE b" }],
    ["table", { table: '"Quoted"' }],
    ["table", { table: "a.b.c" }],
    ["table", { table: "" }],
    ["table", { table: "1a" }],
    ["table", { table: "a".repeat(41) }],
    ["partitions", { partitions: 0 }],
    ["partitions", { partitions: 2.5 }],
    ["notificationChannel", { notificationChannel: "" }],
    ["notificationChannel", { notificationChannel: "a'b" }]
  ])("%s: refuses %o", (option, options) => {
    const error = Either.getOrThrow(Either.flip(OutboxSql.migrationStatements(options)))
    assert.strictEqual(error._tag, "CentrifugoConfigError")
    assert.strictEqual(error.option, option)
  })

  it("consumer: what the server must be told", () => {
    const dsn = "postgres://db/app"
    const made = OutboxSql.consumer({ name: "outbox", dsn }, { table: "events", partitions: 8 })
    assert.deepStrictEqual(Either.getOrThrow(made), {
      name: "outbox",
      enabled: true,
      type: "postgresql",
      postgresql: {
        dsn,
        outbox_table_name: "events",
        num_partitions: 8,
        partition_notification_channel: "centrifugo_partition_change"
      }
    })
    const quiet = OutboxSql.consumer({ name: "outbox", dsn }, { notificationChannel: false })
    assert.notProperty(Either.getOrThrow(quiet).postgresql, "partition_notification_channel")
  })
})
