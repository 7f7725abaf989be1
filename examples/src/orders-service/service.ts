/** The service: its tables and its request handlers. It needs a database and the outbox. */
import { HttpApiBuilder, HttpApiError } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { Effect, Layer } from "effect"
import { Api } from "./Api.js"
import { placeOrder } from "./placeOrder.js"

export const migration = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS orders (
    id serial PRIMARY KEY, customer text NOT NULL, item text NOT NULL, quantity int NOT NULL)`
  yield* sql`CREATE TABLE IF NOT EXISTS stock (item text PRIMARY KEY, available int NOT NULL)`
  yield* OutboxSql.migration()
})

const orders = HttpApiBuilder.group(Api, "orders", (handlers) =>
  handlers.handle("place", ({ payload }) =>
    placeOrder(payload).pipe(
      Effect.catchTags({
        // The transaction is rolled back, so that the caller can try again.
        SqlError: (error) =>
          Effect.zipRight(Effect.logError(error), Effect.fail(new HttpApiError.ServiceUnavailable())),
        // Faults of this program: status 500.
        CentrifugoEncodeError: Effect.die,
        NoSuchElementException: Effect.die,
        ParseError: Effect.die
      })
    )
  )
)

export const service = HttpApiBuilder.serve().pipe(
  Layer.provide(HttpApiBuilder.api(Api)),
  Layer.provide(orders),
  Layer.provide(OutboxSql.layer())
)
