import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { assert, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { placeOrder } from "../src/orders.js"

it.effect("reaches the devices that are online", () =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    const phone = yield* CentrifugoTest.connect({ user: "alice", channels: ["user:alice"] })
    yield* placeOrder(42, "alice")
    const [publication] = yield* phone.take(1)
    assert.deepStrictEqual(publication?.data, { kind: "placed", order: 42 })

    assert.strictEqual((yield* centrifugo.presenceStats({ channel: "user:alice" })).numClients, 1)
    yield* centrifugo.disconnect({ user: "alice", disconnect: { code: 4501, reason: "signed out" } })
    assert.deepStrictEqual(yield* phone.disconnected, {
      code: 4501,
      reason: "signed out",
      reconnects: false
    })
  }).pipe(Effect.provide(CentrifugoTest.layer()))
)

it.effect("can be read by devices that come back within a minute", () =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    yield* placeOrder(42, "alice")
    const missed = Effect.map(
      centrifugo.history({ channel: "user:alice", limit: -1 }),
      ({ publications }) => publications.length
    )
    yield* TestClock.adjust("59 seconds")
    assert.strictEqual(yield* missed, 1)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(yield* missed, 0)
  }).pipe(
    Effect.provide(
      // The `channel` section of the real server's configuration file.
      CentrifugoTest.layer({
        channel: {
          namespaces: [{ name: "user", presence: true, history_size: 10, history_ttl: "60s" }]
        }
      })
    )
  )
)
