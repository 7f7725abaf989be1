import { CentrifugoNode } from "@effect-centrifugo/node"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { placeOrder } from "../src/orders.js"

/** The production client, and a server on a free port. */
const OverHttp = Layer.unwrapEffect(
  Effect.map(EmbeddedServer.EmbeddedServer, ({ apiKey, apiUrl }) =>
    CentrifugoNode.layer({ url: apiUrl, apiKey })
  )
).pipe(Layer.provideMerge(EmbeddedServer.layer()))

it.live("publishes over a socket", () =>
  Effect.gen(function* () {
    const server = yield* EmbeddedServer.EmbeddedServer
    yield* placeOrder(42, "alice")
    assert.deepStrictEqual(yield* server.published("user:alice"), [{ kind: "placed", order: 42 }])
  }).pipe(Effect.provide(OverHttp))
)
