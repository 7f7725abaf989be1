import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { HttpApiClient } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Api, NewOrder } from "../src/orders-service/Api.js"
import { migration, service } from "../src/orders-service/service.js"
import * as Outbox from "./outbox.js"

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
