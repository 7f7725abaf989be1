import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, TestClock } from "effect"
import {
  Batcher,
  Centrifugo,
  CentrifugoError,
  CentrifugoPro,
  CentrifugoTransport,
  RetryPolicy,
  Timeouts
} from "../../src/index.js"
import * as Script from "../batcher/support/Script.js"
import { together } from "../batcher/support/setup.js"

const settle = Effect.repeatN(Effect.yieldNow(), 20)
const over = (script: Script.Script) =>
  Layer.succeed(CentrifugoTransport.CentrifugoTransport, script.transport)
const down = new CentrifugoError.StatusError({ method: "batch", status: 503, body: "" })

/** Opens after a number of consecutive failures, and then refuses calls for a second. */
const circuitBreaker =
  (failures: number) =>
  (inner: CentrifugoTransport.Service): CentrifugoTransport.Service => {
    let inARow = 0
    let opensAt = 0
    return {
      send: (call) =>
        Effect.flatMap(Effect.clock, (clock) => {
          const now = clock.unsafeCurrentTimeMillis()
          if (now < opensAt) {
            return new CentrifugoError.NetworkError({
              method: call.method,
              phase: "connect",
              code: "ERR_CIRCUIT_OPEN",
              detail: "the circuit breaker is open"
            })
          }
          return Effect.tapBoth(inner.send(call), {
            onSuccess: () => Effect.sync(() => (inARow = 0)),
            onFailure: () =>
              Effect.sync(() => {
                if (++inARow >= failures) opensAt = now + 1000
              })
          })
        })
    }
  }

const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, i) =>
        permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest])
      )

describe("policies as layers", () => {
  const policies = {
    batching: Batcher.layer({ maxSize: 2 }),
    retry: RetryPolicy.layer(RetryPolicy.make({ maxAttempts: 2 })),
    times: Timeouts.layer({ timeout: "3 seconds", deadline: "1 minute" })
  } as const

  for (const order of permutations(["batching", "retry", "times", "transport"] as const)) {
    it.effect(`have the same effect in the order ${order.join(", ")}`, () =>
      Effect.gen(function* () {
        const script = Script.make((request, i) => (i === 0 ? Effect.fail(down) : Script.ok(request)))
        const pieces = { ...policies, transport: over(script) }
        const [a, b, c, d] = order.map((piece) => pieces[piece])
        const live = Centrifugo.layerTransport().pipe(
          Layer.provide(a as typeof pieces.transport),
          Layer.provide(b as typeof pieces.transport),
          Layer.provide(c as typeof pieces.transport),
          Layer.provide(d as typeof pieces.transport)
        )
        const fiber = yield* Effect.flatMap(Centrifugo.Centrifugo, ({ info }) =>
          together([info(), info(), info()])
        ).pipe(Effect.provide(live), Effect.fork)
        yield* settle
        yield* TestClock.adjust("1 second")
        yield* fiber
        assert.deepStrictEqual(
          script.requests.map(({ call }) => [call.method, call.timeout]),
          [
            ["batch", 3000],
            ["info", 3000],
            ["batch", 3000]
          ]
        )
      })
    )
  }

  it.effect("of the client replace those of the context; other settings stay", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const live = Centrifugo.layerTransport({ timeout: "1 second", batching: false }).pipe(
        Layer.provide([policies.batching, policies.times, over(script)])
      )
      yield* Effect.flatMap(Centrifugo.Centrifugo, ({ info }) => together([info(), info()])).pipe(
        Effect.provide(live)
      )
      const calls = script.requests.map(({ call }) => call)
      assert.lengthOf(calls, 2)
      for (const call of calls) assert.deepInclude(call, { method: "info", timeout: 1000, deadline: 60_000 })
    })
  )

  it.effect("one policy or client layer works over the transports of two clusters", () =>
    Effect.gen(function* () {
      class Eu extends Context.Tag("Eu")<Eu, Centrifugo.Service>() {}
      class Us extends Context.Tag("Us")<Us, Centrifugo.Service>() {}
      const [eu, us] = [Script.make(), Script.make()]
      const counted = CentrifugoTransport.wrap((inner) => ({ send: (call) => inner.send(call) }))
      const client = Centrifugo.layerTransport()
      const under = <I>(tag: Context.Tag<I, Centrifugo.Service>, script: Script.Script) =>
        Layer.effect(tag, Centrifugo.Centrifugo).pipe(
          Layer.provide(client),
          Layer.provide(policies.times),
          Layer.provide(counted),
          Layer.provide(over(script))
        )
      const both = Layer.merge(under(Eu, eu), under(Us, us))
      yield* Effect.gen(function* () {
        yield* (yield* Eu).publish({ channel: "a", data: "eu" })
        yield* (yield* Us).publish({ channel: "a", data: "us" })
      }).pipe(Effect.provide(both))
      assert.deepStrictEqual([eu.data(), us.data()], [[["eu"]], [["us"]]])
    })
  )

  it.effect("clients share a transport", () =>
    Effect.gen(function* () {
      let built = 0
      const script = Script.make()
      const transport = Layer.effect(
        CentrifugoTransport.CentrifugoTransport,
        Effect.sync(() => {
          built++
          return script.transport
        })
      )
      const live = Layer.merge(Centrifugo.layerTransport(), CentrifugoPro.layerTransport()).pipe(
        Layer.provide(transport)
      )
      yield* Effect.gen(function* () {
        yield* (yield* Centrifugo.Centrifugo).info()
        yield* (yield* CentrifugoPro.CentrifugoPro).getUserStatus({ users: ["1"] })
      }).pipe(Effect.provide(live))
      assert.strictEqual(built, 1)
      assert.lengthOf(script.requests, 2)
    })
  )

  it.effect("report invalid values when they are built", () =>
    Effect.gen(function* () {
      const layers: ReadonlyArray<readonly [string, Layer.Layer<never, CentrifugoError.ConfigError>]> = [
        ["batching.maxSize", Batcher.layer({ maxSize: 0 })],
        ["batching.shutdownTimeout", Batcher.layer({ shutdownTimeout: "60 days" })],
        ["timeout", Timeouts.layer({ timeout: 0 })],
        ["deadline", Timeouts.layer({ deadline: "60 days" })],
        ["retry", RetryPolicy.layer(RetryPolicy.make({ maxAttempts: 0 }))],
        ["retry", RetryPolicy.layer(RetryPolicy.make({ baseDelay: "soon" as never }))],
        ["retry", RetryPolicy.layer(RetryPolicy.make({ while: true as never }))],
        ["retry", RetryPolicy.layer("transient" as never)],
        ["retry", RetryPolicy.layer({ maxAttempts: 5 } as never)]
      ]
      for (const [option, layer] of layers) {
        const exit = yield* Effect.exit(Effect.scoped(Layer.build(layer)))
        assert.isTrue(Exit.isFailure(exit))
        const error = Exit.isFailure(exit) ? Cause.failureOption(exit.cause) : undefined
        assert.deepNestedInclude(error, { "value._tag": "CentrifugoConfigError", "value.option": option })
      }
    })
  )
})

describe("a custom policy", () => {
  it.effect("sees every attempt, also of batches, and its errors are repeated like any others", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.fail(down))
      const live = Centrifugo.layerTransport({
        batching: true,
        retry: RetryPolicy.make({ maxAttempts: 4 })
      }).pipe(Layer.provide(CentrifugoTransport.wrap(circuitBreaker(2))), Layer.provide(over(script)))
      const fiber = yield* Effect.flatMap(Centrifugo.Centrifugo, ({ info }) =>
        together([Effect.flip(info()), Effect.flip(info())])
      ).pipe(Effect.provide(live), Effect.fork)
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("100 millis")
      const [error] = yield* fiber
      assert.deepInclude(error, { code: "ERR_CIRCUIT_OPEN", attempts: 4 })
      assert.lengthOf(script.requests, 2)
    })
  )

  it.effect("decides with `while` which failures are repeated", () =>
    Effect.gen(function* () {
      const script = Script.make((_, i) =>
        Effect.fail(
          new CentrifugoError.StatusError({ method: "info", status: i === 0 ? 503 : 429, body: "" })
        )
      )
      const retry = RetryPolicy.make({
        while: (failure) => failure._tag !== "CentrifugoStatusError" || failure.status !== 429
      })
      const live = Centrifugo.layerTransport({ retry }).pipe(Layer.provide(over(script)))
      const fiber = yield* Effect.flatMap(Centrifugo.Centrifugo, ({ info }) => Effect.flip(info())).pipe(
        Effect.provide(live),
        Effect.fork
      )
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* fiber, { status: 429, attempts: 2 })
    })
  )
})
