import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { HttpApiClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import * as Postgres from "@effect-centrifugo/tools/Postgres"
import { freePort } from "@effect-centrifugo/tools/resources"
import { assert, describe, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Schedule } from "effect"
import { Api, NewOrder } from "../src/orders-service/Api.js"
import { migration, service } from "../src/orders-service/service.js"
import * as Outbox from "./outbox.js"
import * as Program from "./program.js"

const live = service.pipe(
  Layer.provideMerge(NodeHttpServer.layerTest),
  Layer.provideMerge(Outbox.live(["orders"], migration))
)

describe.skipIf(!Outbox.isAvailable())("the orders service", () => {
  layer(live, { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.scoped("publishes committed orders, in order, and no others", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`INSERT INTO stock VALUES ('pen', 3)`
        const server = yield* CentrifugoServer.CentrifugoServer
        const subscriber = yield* Subscriber.connect(server, { channel: "orders:alice" })
        const client = yield* HttpApiClient.make(Api)
        const place = (quantity: number) =>
          client.orders.place({ payload: new NewOrder({ customer: "alice", item: "pen", quantity }) })

        const first = yield* place(1)
        const refused = yield* Effect.flip(place(5))
        assert.strictEqual(refused._tag, "OutOfStockError")
        const second = yield* place(2)
        assert.deepStrictEqual([first.quantity, second.quantity], [1, 2])

        const received = yield* subscriber.take(2)
        assert.deepStrictEqual(
          received.map(({ data }) => data as unknown),
          [first, second].map((order) => ({ _tag: "Placed", order: { ...order } }))
        )
        // The refused order had a row and an event until the rollback.
        assert.isAbove(second.id, first.id + 1)
        assert.deepStrictEqual(yield* sql`SELECT id FROM orders ORDER BY id`, [
          { id: first.id },
          { id: second.id }
        ])
        assert.deepStrictEqual(yield* sql`SELECT available FROM stock`, [{ available: 0 }])
        const more = yield* Effect.flip(subscriber.take(1, 500))
        assert.include(more.message, "0 of 1")
      })
    )
  })
})

const post = (url: string, body: unknown) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/orders`, {
      method: "POST",
      // A keep-alive connection would delay the server's end by five seconds, Node's `keepAliveTimeout`.
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify(body)
    })
    return { status: response.status, body: await response.text() }
  })

describe.skipIf(!Outbox.isAvailable())("the orders' service as a process", () => {
  layer(Outbox.live(["orders"], migration), { excludeTestServices: true, timeout: 90_000 })((it) => {
    it.scoped("answers with the status of each failure, and answers the last request after SIGTERM", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { dsn } = yield* Postgres.Postgres
        yield* sql`INSERT INTO stock VALUES ('pen', 3)`
        const server = yield* CentrifugoServer.CentrifugoServer
        const subscriber = yield* Subscriber.connect(server, { channel: "orders:bob" })
        const port = yield* freePort
        const env = { DATABASE_URL: dsn, PORT: String(port) }
        const child = yield* Program.start("orders-service/main.ts", env)
        yield* Program.printed(child, /Listening on/)
        const url = `http://127.0.0.1:${port}`
        const order = { customer: "bob", item: "pen", quantity: 1 }
        const statusOf = (body: unknown) => Effect.map(post(url, body), ({ status }) => status)

        assert.strictEqual(yield* statusOf(order), 200)
        assert.strictEqual(yield* statusOf({ ...order, quantity: -1 }), 400)
        assert.strictEqual(yield* statusOf({ ...order, quantity: 9 }), 409)
        yield* sql`ALTER TABLE stock RENAME TO away`
        assert.strictEqual(yield* statusOf(order), 503)
        yield* sql`ALTER TABLE away RENAME TO stock`

        // The last order waits for a row that is locked here. SIGTERM arrives meanwhile.
        const locked = yield* Deferred.make<void>()
        const waits = yield* Deferred.make<void>()
        const last = yield* Effect.fork(Effect.zipRight(Deferred.await(locked), statusOf(order)))
        const stopped = yield* Effect.fork(Effect.zipRight(Deferred.await(waits), child.stop))
        yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`UPDATE stock SET available = available WHERE item = 'pen'`
            yield* Deferred.succeed(locked, undefined)
            yield* sql`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`.pipe(
              Effect.repeat({ until: (rows) => rows.length > 0, schedule: Schedule.spaced("20 millis") })
            )
            yield* Deferred.succeed(waits, undefined)
            yield* Effect.sleep("300 millis")
          })
        )
        assert.strictEqual(yield* Fiber.join(last), 200)
        yield* Fiber.join(stopped)
        assert.strictEqual(yield* child.exited, 0, child.output())
        const received = yield* subscriber.take(2)
        assert.lengthOf(received, 2)
      })
    )
  })
})
