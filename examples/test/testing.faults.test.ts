import { RetryPolicy } from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { placeOrder } from "../src/orders.js"

it.effect("says what went wrong", () =>
  Effect.gen(function* () {
    yield* CentrifugoTest.failNext("publish", { code: 100 })
    const refused = yield* Effect.flip(placeOrder(1, "alice"))
    assert.strictEqual(refused._tag, "CentrifugoInternalError")

    yield* CentrifugoTest.failNext("publish", { status: 502, body: "<html>bad gateway</html>" })
    const status = yield* Effect.flip(placeOrder(2, "alice"))
    assert.strictEqual(status._tag, "CentrifugoStatusError")
    assert.deepStrictEqual(yield* CentrifugoTest.published("user:alice"), [])
  }).pipe(Effect.provide(CentrifugoTest.layer()))
)

it.effect("goes through, and only once, when the first answer is lost", () =>
  Effect.gen(function* () {
    yield* CentrifugoTest.failNext("publish", { reset: true, carriedOut: true })
    const placing = yield* Effect.fork(placeOrder(42, "alice"))
    // TestClock controls the wait before the second attempt.
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(placing)
    assert.strictEqual((yield* CentrifugoTest.calls("publish")).length, 2)
    assert.strictEqual((yield* CentrifugoTest.published("user:alice")).length, 1)
  }).pipe(Effect.provide(CentrifugoTest.layer({ client: { retry: RetryPolicy.transient } })))
)

it.effect("gives up after ten seconds", () =>
  Effect.gen(function* () {
    yield* CentrifugoTest.failNext("publish", { stall: true })
    const placing = yield* Effect.fork(Effect.flip(placeOrder(42, "alice")))
    yield* TestClock.adjust("10 seconds")
    assert.strictEqual((yield* Fiber.join(placing))._tag, "CentrifugoTimeoutError")
  }).pipe(Effect.provide(CentrifugoTest.layer()))
)
