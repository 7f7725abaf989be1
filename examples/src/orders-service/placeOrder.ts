/**
 * Writes an order and its event in one transaction. Centrifugo publishes committed events and nothing else,
 * even if it is down at that moment.
 */
import { SqlClient, SqlSchema } from "@effect/sql"
import { TypedChannel } from "@effect-centrifugo/core"
import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
import { Effect, Schema } from "effect"
import { NewOrder, Order, OutOfStockError } from "./Api.js"

/** The channel that a customer's devices subscribe to. */
export const CustomerOrders = TypedChannel.make("orders:{customer}", {
  data: Schema.TaggedStruct("Placed", { order: Order })
})

export const placeOrder = (newOrder: NewOrder) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* OutboxSql.OutboxSql
    const insert = SqlSchema.single({
      Request: NewOrder,
      Result: Order,
      execute: (row) => sql`INSERT INTO orders ${sql.insert(row)} RETURNING *`
    })

    const place = Effect.gen(function* () {
      const order = yield* insert(newOrder)
      const { customer, id, item, quantity } = order
      yield* outbox.insert(CustomerOrders.publish({ customer }, { _tag: "Placed", order }), {
        eventId: `order-${id}-placed`
      })
      // Last, because every order waits for the lock on this row. If it fails, order and event are rolled back.
      const reserved = yield* sql`
        UPDATE stock SET available = available - ${quantity}
        WHERE item = ${item} AND available >= ${quantity} RETURNING item`
      if (reserved.length === 0) return yield* new OutOfStockError({ item })
      return order
    })

    return yield* sql.withTransaction(place)
  })
