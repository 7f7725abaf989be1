import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Either, FastCheck as fc, Schema, Stream } from "effect"
import { ApiMethod, Centrifugo, RetryPolicy, Wire } from "../../src/index.js"
import type { Sent } from "../../src/internal/client/sendAll.js"
import * as ModelServer from "./support/ModelServer.js"
import { runs } from "./support/runs.js"
import { VirtualTime } from "./support/VirtualTime.js"

const call = ApiMethod.make("call", {
  payload: { id: Wire.Count, channels: Schema.Array(Schema.String), pad: Schema.String },
  result: { id: Wire.Count },
  codes: [100],
  repeat: "natural"
})

const millis = (max: number) => fc.nat(max / 5).map((n) => n * 5)

/** Requests that arrive at once, after a delay. */
const chunk = fc.record({
  after: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: millis(60) }),
  requests: fc.array(
    fc.record({
      channels: fc.constantFrom(["a"], ["a"], ["b"], ["c"], ["d"], [], ["a", "b"]),
      pad: fc.nat(60)
    }),
    { minLength: 1, maxLength: 12 }
  )
})

const behaviour = fc.record({
  kind: fc.constantFrom<ModelServer.Behaviour["kind"]>(
    "answers",
    "answers",
    "answers",
    "refused",
    "unavailable",
    "too large",
    "loses the reply",
    "cuts the reply off",
    "answers too few",
    "stalls"
  ),
  latency: millis(80)
})

describe("sendAll under random faults", () => {
  it.effect.prop(
    "returns the outcome of each request once and in order, and keeps the order within channels",
    {
      chunks: fc.array(chunk, { maxLength: 8 }),
      behaviours: fc.array(behaviour, { maxLength: 20 }),
      limits: fc.record({
        maxSize: fc.integer({ min: 1, max: 6 }),
        maxBytes: fc.integer({ min: 150, max: 900 }),
        concurrency: fc.integer({ min: 1, max: 4 })
      }),
      maxAttempts: fc.integer({ min: 1, max: 3 }),
      fails: fc.boolean()
    },
    ({ behaviours, chunks, fails, limits, maxAttempts }) =>
      Effect.promise(async () => {
        const server = ModelServer.make((_, i) => behaviours[i] ?? { kind: "answers", latency: 10 })
        let next = 0
        const timeline = chunks.map(({ after, requests }) => ({
          after,
          requests: requests.map(({ channels, pad }) => call({ id: next++, channels, pad: "é".repeat(pad) }))
        }))
        const requests = Stream.fromIterable(timeline).pipe(
          Stream.mapEffect(({ after, requests }) => Effect.delay(Effect.succeed(requests), after)),
          Stream.flatMap(Stream.fromIterable),
          (requests) => (fails ? Stream.concat(requests, Stream.fail("upstream")) : requests)
        )
        const retry = RetryPolicy.make({ maxAttempts, baseDelay: "20 millis" })
        const client = Effect.orDie(
          Centrifugo.fromTransport(server.transport, { timeout: "200 millis", retry })
        )
        const outcomes: Array<Sent<ReturnType<typeof call>>> = []
        const end = await new VirtualTime().run(
          Effect.scoped(
            Effect.flatMap(client, ({ sendAll }) =>
              sendAll(requests, limits).pipe(
                Stream.runForEachChunk((chunk) =>
                  Effect.sync(() => outcomes.push(...Chunk.toReadonlyArray(chunk)))
                ),
                Effect.either
              )
            )
          )
        )
        assert.strictEqual(Either.isLeft(end), fails)
        assert.deepStrictEqual(
          outcomes.map(({ request }) => request.payload.id),
          Array.from({ length: next }, (_, id) => id)
        )
        const done = new Set(server.done.map(({ id }) => id))
        outcomes.forEach(({ outcome }, id) => {
          if (Either.isRight(outcome)) {
            assert.strictEqual(outcome.right.id, id)
            assert.isTrue(done.has(id))
          } else assert.strictEqual(outcome.left.method, "call")
        })
        for (const channel of ["a", "b", "c", "d"]) {
          const seen = server.done.filter(({ channels }) => channels.includes(channel)).map(({ id }) => id)
          assert.deepStrictEqual(
            seen,
            [...seen].sort((a, b) => a - b)
          )
        }
        for (const { body, commands } of server.requests) {
          assert.isAtMost(commands.length, limits.maxSize)
          if (commands.length > 1) assert.isAtMost(Buffer.byteLength(body), limits.maxBytes)
        }
        assert.isAtMost(server.peak(), limits.concurrency)
      }),
    { fastCheck: { numRuns: runs(100) }, timeout: 60_000 * Math.max(1, runs(100) / 100) }
  )
})
