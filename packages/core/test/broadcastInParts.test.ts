import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, TestClock } from "effect"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { Batch, Centrifugo, CentrifugoTransport, RetryPolicy } from "../src/index.js"
import * as StubTransport from "./support/StubTransport.js"

const channels = Array.from({ length: 10 }, (_, i) => `news:${i}`)
const payload = { channels, data: 1 }

const sizes = Effect.map(CentrifugoTest.calls("broadcast"), (calls) =>
  calls.map(({ request }) => (request as { readonly channels: ReadonlyArray<string> }).channels.length)
)

describe("broadcastInParts", () => {
  it.effect("sends every channel once, in bounded parts, with an outcome for each in order", () =>
    Effect.gen(function* () {
      const outcomes = yield* Centrifugo.broadcastInParts(payload, { size: 3 })
      assert.deepStrictEqual(
        outcomes.map(({ channel, outcome }) => [channel, Either.isRight(outcome)]),
        channels.map((channel) => [channel, true])
      )
      assert.sameMembers(Array.from(yield* sizes), [3, 3, 3, 1])
      for (const channel of channels) assert.deepStrictEqual(yield* CentrifugoTest.published(channel), [1])
    }).pipe(Effect.provide(CentrifugoTest.layer()))
  )

  it.effect("a part that fails has its error at each of its channels, and the others are sent", () =>
    Effect.gen(function* () {
      const options = { size: 4, concurrency: 1 }
      const keyed = { ...payload, idempotencyKey: "sale" }
      yield* CentrifugoTest.failNext("broadcast", { status: 502 })
      const failure = yield* Effect.flip(Batch.requireAll(Centrifugo.broadcastInParts(keyed, options)))
      assert(failure._tag === "CentrifugoPartialFailureError")
      assert.deepStrictEqual(
        failure.outcomes.map(({ outcome }) => (Either.isLeft(outcome) ? outcome.left._tag : "published")),
        channels.map((_, i) => (i < 4 ? "CentrifugoStatusError" : "published"))
      )
      assert.match(failure.message, /^4 of 10 parts failed/)
      // Again with the same key: only the channels that lack the publication get it.
      yield* Batch.requireAll(Centrifugo.broadcastInParts(keyed, options))
      for (const channel of channels) assert.deepStrictEqual(yield* CentrifugoTest.published(channel), [1])
    }).pipe(Effect.provide(CentrifugoTest.layer()))
  )

  it.effect(
    "has no more than `concurrency` requests in flight, each with its own key if it may be repeated",
    () =>
      Effect.gen(function* () {
        let [inFlight, most] = [0, 0]
        const { calls, centrifugo } = yield* StubTransport.make(
          ({ body }) =>
            Effect.gen(function* () {
              most = Math.max(most, ++inFlight)
              yield* Effect.sleep("1 second")
              inFlight--
              const { channels } = JSON.parse(body) as { readonly channels: ReadonlyArray<string> }
              return CentrifugoTransport.result({ responses: channels.map(() => ({ result: {} })) })
            }),
          { retry: RetryPolicy.transient }
        )
        const fiber = yield* Effect.fork(
          Effect.provideService(
            Centrifugo.broadcastInParts(payload, { size: 1, concurrency: 3 }),
            Centrifugo.Centrifugo,
            centrifugo
          )
        )
        yield* TestClock.adjust("10 seconds")
        assert.lengthOf(yield* Fiber.join(fiber), 10)
        assert.strictEqual(most, 3)
        const keys = calls.map(
          ({ body }) => (JSON.parse(body) as { readonly idempotency_key: string }).idempotency_key
        )
        assert.strictEqual(new Set(keys).size, 10)
      })
  )

  it.effect("refuses invalid options before anything is sent", () =>
    Effect.gen(function* () {
      const cases = [
        [{ channels: [], data: 1 }, {}, "channels"],
        [{ channels: "news" as never, data: 1 }, {}, "channels"],
        [{ channels, data: 1n }, {}, "data"],
        [payload, { size: 0 }, "size"],
        [payload, { concurrency: 1.5 }, "concurrency"]
      ] as const
      for (const [given, options, path] of cases) {
        const error = yield* Effect.flip(Centrifugo.broadcastInParts(given, options))
        assert.strictEqual(error._tag, "CentrifugoEncodeError")
        assert.strictEqual(error.path[0], path)
      }
      assert.deepStrictEqual(yield* sizes, [])
    }).pipe(Effect.provide(CentrifugoTest.layer()))
  )
})
