/** The database of the suites, and the server configuration that consumes it. */
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"

export const sqlClient = Layer.unwrapEffect(
  Effect.map(Postgres.Postgres, ({ dsn }) => PgClient.layer({ url: Redacted.make(dsn), maxConnections: 30 }))
)

/** An entry of the server's `consumers`. */
export const consumer = (name: string, options: OutboxSql.Options, more: object = {}) =>
  Effect.gen(function* () {
    const { dsn } = yield* Postgres.Postgres
    const { postgresql, ...entry } = yield* OutboxSql.consumer({ name, dsn }, options)
    return { ...entry, postgresql: { ...postgresql, ...more } }
  })
