import { Centrifugo } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { SqlClient } from "@effect/sql"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { announce } from "../src/fan-out/announce.js"
import * as Outbox from "./outbox.js"

/** Ten thousand users. Every thousandth belongs to a tenant that the server does not know. */
const migration = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE users (id int PRIMARY KEY, tenant text NOT NULL)`
  yield* sql`CREATE TABLE undelivered (channel text NOT NULL, reason text NOT NULL)`
  yield* sql`
    INSERT INTO users
    SELECT id, CASE WHEN id % 1000 = 0 THEN 'gone' ELSE 'acme' END FROM generate_series(1, 10000) AS id`
})

const live = Outbox.live(["acme"], Effect.zipRight(migration, OutboxSql.migration()))

describe.skipIf(!Outbox.isAvailable())("an announcement to 10,000 users", () => {
  layer(live, { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.effect("reaches each user once, and records failures", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const centrifugo = yield* Centrifugo.Centrifugo
        const announcement = { id: "spring", text: "hello" }
        assert.deepStrictEqual(yield* announce(announcement), { published: 9990, failed: 10 })
        assert.deepStrictEqual(
          yield* sql`SELECT channel FROM undelivered ORDER BY length(channel), channel LIMIT 2`,
          [{ channel: "gone:user_1000" }, { channel: "gone:user_2000" }]
        )
        assert.deepStrictEqual(
          yield* sql`SELECT reason, count(*)::int AS n FROM undelivered GROUP BY reason`,
          [{ reason: "CentrifugoUnknownChannelError", n: 10 }]
        )

        // Another run, for example after a crash.
        yield* announce(announcement)
        for (const id of [1, 999, 1001, 5555, 9999]) {
          const { publications } = yield* centrifugo.history({ channel: `acme:user_${id}`, limit: -1 })
          assert.deepStrictEqual(
            publications.map(({ data }) => data),
            [{ text: "hello" }]
          )
        }
      })
    )
  })
})
