/** A real database, and a real server that consumes its outbox. */
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import type { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"

export const isAvailable = () => Centrifugo.isAvailable() && Postgres.isAvailable()

const database = Layer.unwrapEffect(
  Effect.map(Postgres.Postgres, ({ dsn }) => PgClient.layer({ url: Redacted.make(dsn) }))
).pipe(Layer.provideMerge(Postgres.layer()))

const client = Layer.unwrapEffect(
  Effect.map(CentrifugoServer.CentrifugoServer, ({ apiKey, apiUrl }) =>
    CentrifugoNode.layer({ url: apiUrl, apiKey: Redacted.make(apiKey) })
  )
)

const kept = {
  history_size: 100,
  history_ttl: "300s",
  allow_subscribe_for_client: true,
  allow_subscribe_for_anonymous: true
}

/** The server has the `namespaces`, and starts after the tables exist. */
export const live = <E>(
  namespaces: ReadonlyArray<string>,
  migration: Effect.Effect<void, E, SqlClient.SqlClient>
) => {
  const server = Effect.gen(function* () {
    yield* migration
    const { dsn } = yield* Postgres.Postgres
    const consumer = yield* OutboxSql.consumer({ name: "outbox", dsn })
    return yield* CentrifugoServer.start({
      namespaces: namespaces.map((name) => ({ name, ...kept })),
      env: { CENTRIFUGO_CONSUMERS: JSON.stringify([consumer]) }
    })
  })
  return client.pipe(
    Layer.provideMerge(Layer.scoped(CentrifugoServer.CentrifugoServer, server)),
    Layer.provideMerge(database)
  )
}
