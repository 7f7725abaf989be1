import { CentrifugoApi } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import * as Migrator from "@effect/sql/Migrator"
import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it, layer } from "@effect/vitest"
import { Deferred, Effect, Either, Fiber, Layer } from "effect"
import { sqlClient } from "./database.js"

const request = CentrifugoApi.publish({ channel: "a", data: { b: 1 }, idempotencyKey: "k" })

const live = sqlClient.pipe(Layer.provideMerge(Postgres.layer()))

describe.skipIf(!Postgres.isAvailable())("OutboxSql.migration", () => {
  layer(live, { excludeTestServices: true, timeout: 60_000 })((it) => {
    it.effect(
      "creates the table that the consumer reads, also from several processes at once, and repeatedly",
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

    it.effect("takes a schema and names of any case, unquoted as in the server", () =>
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
        yield* outbox.insert(CentrifugoApi.publish({ channel: "chat:1", data: 1 }))
        const sql = yield* SqlClient.SqlClient
        assert.deepStrictEqual(yield* sql`SELECT partition FROM migrated`, [{ partition: 6 }])
      })
    )

    it.effect("migrates from any options to any others, and changes nothing that is correct already", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const table = "Stated"
        /** The existing objects, and their versions. */
        const state = Effect.map(
          Effect.all([
            sql`SELECT oid, xmin::text FROM pg_trigger WHERE tgrelid = 'stated'::regclass AND NOT tgisinternal`,
            sql`SELECT oid, xmin::text, prosrc FROM pg_proc WHERE proname = 'stated_notify'`,
            sql`SELECT oid, xmin::text FROM pg_class WHERE relname LIKE 'stated%'`
          ]),
          ([triggers, functions, relations]) => ({
            triggers,
            relations,
            notified: functions.map(({ prosrc }) => /pg_notify\('(.*?)'/.exec(String(prosrc))?.[1]),
            functions
          })
        )
        const all = [undefined, "first", false, "second", "first", false] as const
        for (const notificationChannel of all) {
          const migration = OutboxSql.migration({ table, notificationChannel })
          yield* migration
          const reached = yield* state
          const expected =
            notificationChannel === false ? [] : [notificationChannel ?? "centrifugo_partition_change"]
          assert.deepStrictEqual(reached.notified, expected)
          assert.lengthOf(reached.triggers, expected.length)
          yield* migration
          assert.deepStrictEqual(yield* state, reached)
        }
        // An object that is not ours.
        yield* OutboxSql.migration({ table })
        const right = yield* state
        yield* sql`ALTER TABLE stated DISABLE TRIGGER stated_notify`
        yield* OutboxSql.migration({ table })
        assert.lengthOf(
          yield* sql`SELECT 1 FROM pg_trigger WHERE tgname = 'stated_notify' AND tgenabled = 'O'`,
          1
        )
        yield* sql`DROP INDEX stated_partition_id`
        yield* OutboxSql.migration({ table })
        assert.lengthOf((yield* state).relations, right.relations.length)
      })
    )

    it.scoped("waits for no open transaction and blocks none if nothing has to change", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const options = { table: "awaited" }
        yield* OutboxSql.migration(options)
        const outbox = yield* OutboxSql.make(options)
        const [written, gate] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const open = yield* outbox
          .insert(request)
          .pipe(
            Effect.zipRight(Deferred.succeed(written, undefined)),
            Effect.zipRight(Deferred.await(gate)),
            sql.withTransaction,
            Effect.fork
          )
        yield* Deferred.await(written)
        const meanwhile = Effect.all([
          OutboxSql.migration(options),
          OutboxSql.migration(options),
          outbox.insert(CentrifugoApi.publish({ channel: "a", data: 2 }))
        ])
        yield* Effect.timeout(meanwhile, "10 seconds")
        yield* Deferred.succeed(gate, undefined)
        yield* Fiber.join(open)
        assert.lengthOf(yield* sql`SELECT 1 FROM awaited`, 2)
      })
    )

    it.effect("needs only read permission once the table exists", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const options = { table: "looked.at" }
        yield* sql`CREATE SCHEMA looked`
        yield* OutboxSql.migration(options)
        yield* sql`CREATE ROLE program`
        yield* sql`GRANT USAGE ON SCHEMA looked TO program`
        const asProgram = Effect.zipRight(sql`SET LOCAL ROLE program`, OutboxSql.migration(options))
        yield* sql.withTransaction(asProgram)
        const refused = yield* Effect.flip(
          sql.withTransaction(
            Effect.zipRight(
              sql`SET LOCAL ROLE program`,
              OutboxSql.migration({ ...options, notificationChannel: false })
            )
          )
        )
        assert.strictEqual(refused._tag, "SqlError")
      })
    )

    it.effect("every event gets a key, or none is written", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const options = { table: "keyed" }
        yield* OutboxSql.migration(options)
        const outbox = yield* OutboxSql.make(options)
        const plain = CentrifugoApi.publish({ channel: "a", data: 1 })
        const boom = () => {
          throw new Error("s3cret")
        }
        const ids: ReadonlyArray<unknown> = [() => undefined, () => null, () => "", () => 42, "", null, boom]
        for (const eventId of ids) {
          const refused = yield* Effect.flip(outbox.insert([request, plain], { eventId: eventId as string }))
          assert.deepInclude(refused, { _tag: "CentrifugoEncodeError" })
          assert.include((refused as { path: ReadonlyArray<unknown> }).path, "eventId")
          assert.notInclude(refused.message, "s3cret")
        }
        for (const partitionKey of [null, "", 42]) {
          const refused = yield* Effect.flip(outbox.insert(plain, { partitionKey: partitionKey as string }))
          assert.deepInclude(refused, { _tag: "CentrifugoEncodeError", path: ["partitionKey"] })
        }
        const list = {
          *[Symbol.iterator]() {
            yield plain
            boom()
          }
        }
        for (const requests of [list, null, 5, "ab", [5]] as ReadonlyArray<unknown>) {
          const refused = yield* Effect.flip(outbox.insert(requests as typeof plain))
          assert.strictEqual(refused._tag, "CentrifugoEncodeError")
        }
        assert.lengthOf(yield* sql`SELECT 1 FROM keyed`, 0)
        yield* outbox.insert([plain, plain])
        yield* outbox.insert([plain, plain], { eventId: (_, i) => `e${i}` })
        const keys = yield* sql<{
          key: string
        }>`SELECT payload->>'idempotency_key' AS key FROM keyed ORDER BY id`
        assert.strictEqual(new Set(keys.map(({ key }) => key)).size, 4)
        assert.isTrue(keys.every(({ key }) => typeof key === "string" && key !== ""))
      })
    )

    it.effect("inserts nothing if a later chunk fails", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const options = { table: "checked" }
        yield* OutboxSql.migration(options)
        yield* sql`ALTER TABLE checked ADD CHECK (id <> 1500)`
        const outbox = yield* OutboxSql.make(options)
        const many = Array.from({ length: 2000 }, (_, i) => CentrifugoApi.publish({ channel: "a", data: i }))
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

  it("consumer: the entry for the server's configuration", () => {
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
