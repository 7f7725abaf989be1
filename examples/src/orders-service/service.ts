/** The service: its tables and its request handlers. It needs a database and the outbox. */
import { HttpApiBuilder } from "@effect/platform"
import { SqlClient } from "@effect/sql"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { Effect, Layer } from "effect"
import { Api } from "./Api.js"
import { placeOrder } from "./placeOrder.js"

export const migration = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE orders (
    id serial PRIMARY KEY, customer text NOT NULL, item text NOT NULL, quantity int NOT NULL)`
  yield* sql`CREATE TABLE stock (item text PRIMARY KEY, available int NOT NULL)`
  yield* OutboxSql.migration()
})

const orders = HttpApiBuilder.group(Api, "orders", (handlers) =>
  handlers.handle("place", ({ payload }) =>
    // The caller only sees that the stock is empty. Any other failure gives status 500 and is logged.
    placeOrder(payload).pipe(Effect.catchIf((error) => error._tag !== "OutOfStockError", Effect.die))
  )
)

export const service = HttpApiBuilder.serve().pipe(
  Layer.provide(HttpApiBuilder.api(Api)),
  Layer.provide(orders),
  Layer.provide(OutboxSql.layer())
)
