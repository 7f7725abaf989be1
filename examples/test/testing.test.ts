import { CentrifugoTest } from "@effect-centrifugo/testing"
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { placeOrder } from "../src/orders.js"

it.effect("tells the user", () =>
  Effect.gen(function* () {
    yield* placeOrder(42, "alice")
    const published = yield* CentrifugoTest.published("user:alice")
    assert.deepStrictEqual(published, [{ kind: "placed", order: 42 }])
  }).pipe(Effect.provide(CentrifugoTest.layer()))
)

const Placed = Schema.Struct({ kind: Schema.Literal("placed"), order: Schema.Number })

it.effect("tells the user once", () =>
  Effect.gen(function* () {
    yield* placeOrder(42, "alice")
    yield* placeOrder(42, "alice")
    // With a Schema the data has its type.
    const [first, ...others] = yield* CentrifugoTest.published("user:alice", Placed)
    assert.strictEqual(first?.order, 42)
    assert.strictEqual(others.length, 0)
    // The server dropped the second publication, but received both calls.
    const calls = yield* CentrifugoTest.calls("publish")
    assert.deepStrictEqual(
      calls.map(({ request }) => request),
      Array(2).fill({
        channel: "user:alice",
        data: { kind: "placed", order: 42 },
        idempotency_key: "order-42"
      })
    )
  }).pipe(Effect.provide(CentrifugoTest.layer()))
)
