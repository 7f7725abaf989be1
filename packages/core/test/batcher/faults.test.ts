import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Scope, Stream, TestClock } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import {
  Batcher,
  CallOptions,
  Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoTransport,
  RetryPolicy,
  Timeouts
} from "../../src/index.js"
import * as Script from "./support/Script.js"
import { client, together } from "./support/setup.js"

const settle = Effect.repeatN(Effect.yieldNow(), 20)
const slowly = (request: Script.Request) => Effect.delay(Script.ok(request), "10 millis")
const status = (status: number, retryAfter?: number) =>
  new CentrifugoError.StatusError({
    method: "batch",
    status,
    body: "",
    ...(retryAfter === undefined ? {} : { retryAfter })
  })

describe("calls that share a dispatcher", () => {
  for (const gaveUp of ["interrupt", "deadline"] as const) {
    it.scoped(`a queued broadcast that gives up (${gaveUp}) releases the calls behind it`, () =>
      Effect.gen(function* () {
        const script = Script.make(() => Effect.never)
        const { broadcast, publish } = yield* client(script)
        yield* Effect.fork(publish({ channel: "a", data: "a1" }))
        yield* settle
        const waiting = yield* Effect.fork(
          CallOptions.with(broadcast({ channels: ["a", "b"], data: "ab" }), { deadline: "1 second" })
        )
        yield* settle
        yield* Effect.fork(publish({ channel: "b", data: "b1" }))
        yield* Effect.fork(publish({ channel: "c", data: "c1" }))
        yield* settle
        assert.deepStrictEqual(script.data(), [["a1"], ["c1"]])
        if (gaveUp === "interrupt") yield* Fiber.interrupt(waiting)
        else yield* TestClock.adjust("1 second")
        yield* settle
        assert.deepStrictEqual(script.data(), [["a1"], ["c1"], ["b1"]])
      })
    )
  }

  for (const batching of [false, true]) {
    it.effect(`closing ends retry delays, also those of sendAll (batching: ${batching})`, () =>
      Effect.gen(function* () {
        const script = Script.make(() => Effect.fail(status(503, 60_000)))
        const scope = yield* Scope.make()
        const shutdown = { shutdownTimeout: "20 millis" as const }
        const { info, sendAll } = yield* Scope.extend(
          client(script, {
            batching: batching && shutdown,
            retry: RetryPolicy.make({ maxElapsed: "1 hour" })
          }),
          scope
        )
        const alone = yield* Effect.fork(Effect.flip(info()))
        const many = yield* Effect.fork(
          Stream.runCollect(
            sendAll([CentrifugoApi.history({ channel: "a" }), CentrifugoApi.history({ channel: "b" })])
          )
        )
        yield* settle
        assert.lengthOf(script.requests, 2)
        yield* Scope.close(scope, Exit.void)
        assert.deepInclude(yield* alone, { code: "ERR_CLOSED", attempts: 1, method: "info" })
        for (const { outcome } of yield* many)
          assert.deepNestedInclude(outcome, { "left.code": "ERR_CLOSED" })
      })
    )
  }

  it.scoped("a decoder that throws in sendAll is a defect of the stream", () =>
    Effect.gen(function* () {
      const { sendAll } = yield* client(Script.make())
      const broken = Object.assign(CentrifugoApi.publish({ channel: "a", data: 1 }), {
        decode: () => {
          throw new Error("of the user's own")
        }
      })
      const exit = yield* Effect.exit(
        Stream.runDrain(sendAll([broken, CentrifugoApi.publish({ channel: "b", data: 1 })]))
      )
      assert(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    })
  )

  it.scoped("an answer that is too large is requested again in halves, only by repeatable calls", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        request.commands.length > 1
          ? Effect.fail(new CentrifugoError.ResponseTooLargeError({ method: "batch", limit: 1 }))
          : Script.ok(request)
      )
      const { history, historyRemove } = yield* client(script)
      const outcomes = yield* together([
        Effect.either(history({ channel: "a" })),
        Effect.either(historyRemove({ channel: "x" })),
        Effect.either(history({ channel: "b" }))
      ])
      assert.deepInclude(outcomes[1], { _tag: "Left" })
      assert.deepStrictEqual(
        script.requests.map(({ commands }) => commands.length),
        [3, 1, 1]
      )
    })
  )

  it.scoped("halves that share no channel are sent concurrently", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        Effect.zipRight(Effect.sleep(10), Effect.fail(status(400))).pipe(Effect.zipRight(Script.ok(request)))
      )
      const { publish } = yield* client(script, { batching: { concurrency: 4 } })
      const all = Array.from({ length: 64 }, (_, i) => Effect.flip(publish({ channel: `c:${i}`, data: i })))
      const fiber = yield* Effect.fork(together(all))
      let millis = 0
      for (; fiber.unsafePoll() === null; millis += 10) yield* Effect.zipRight(TestClock.adjust(10), settle)
      assert.lengthOf(script.requests, 127)
      assert.isAtMost(millis, 400)
    })
  )

  it.scoped("attempts counts the requests made", () =>
    Effect.gen(function* () {
      const script = Script.make((request) => Effect.delay(Script.ok(request), 350))
      const { info } = yield* client(script, { retry: RetryPolicy.make({ maxAttempts: 2, baseDelay: 1 }) })
      const fiber = yield* Effect.fork(
        together([Effect.flip(CallOptions.with(info(), { timeout: 100 })), info()])
      )
      for (let i = 0; i < 50; i++) yield* TestClock.adjust("10 millis")
      const [error] = yield* fiber
      assert.deepInclude(error, { attempts: 1 })
    })
  )

  it.live("closing with a long queue does not block the event loop", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const script = Script.make(() => Effect.never)
      const { publish } = yield* Scope.extend(
        client(script, { batching: { shutdownTimeout: 1, concurrency: 1 } }),
        scope
      )
      let ended = 0
      yield* Effect.forEach(
        Array.from({ length: 4000 }, (_, i) => i),
        (i) =>
          publish({ channel: `c:${i}`, data: i }).pipe(
            Effect.exit,
            Effect.zipRight(Effect.sync(() => ended++)),
            Effect.forkDaemon
          ),
        { discard: true }
      )
      yield* Effect.sleep(50)
      const seen = new Set<number>()
      const timer = setInterval(() => seen.add(ended), 0)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.sleep(20)
      clearInterval(timer)
      assert.strictEqual(ended, 4000)
      const steps = [...seen]
      for (const [i, count] of steps.entries()) assert.isAtMost(count - (steps[i - 1] ?? 0), 2000)
    })
  )

  it.scopedLive("callers continue in their own AsyncLocalStorage context", () =>
    Effect.gen(function* () {
      const { publish } = yield* client(Script.make((request) => Effect.delay(Script.ok(request), 5)))
      const storage = new AsyncLocalStorage<number>()
      const seen = yield* Effect.promise(() =>
        Promise.all(
          Array.from({ length: 10 }, (_, data) =>
            storage.run(data, () =>
              Effect.runPromise(Effect.map(publish({ channel: "a", data }), () => storage.getStore()))
            )
          )
        )
      )
      assert.deepStrictEqual(
        seen,
        Array.from({ length: 10 }, (_, i) => i)
      )
    })
  )

  it.effect("policies are layers", () =>
    Effect.gen(function* () {
      const script = Script.make(slowly)
      const live = Centrifugo.layerTransport().pipe(
        Layer.provide(Batcher.layer({ maxSize: 2 })),
        Layer.provide(Timeouts.layer({ timeout: "3 seconds" })),
        Layer.provide(RetryPolicy.layer(RetryPolicy.none)),
        Layer.provide(Layer.succeed(CentrifugoTransport.CentrifugoTransport, script.transport))
      )
      const fiber = yield* Effect.fork(
        Effect.flatMap(Centrifugo.Centrifugo, ({ info }) => together([info(), info(), info()])).pipe(
          Effect.provide(live)
        )
      )
      yield* settle
      assert.deepStrictEqual(
        script.requests.map(({ call }) => [call.method, call.timeout]),
        [
          ["batch", 3000],
          ["info", 3000]
        ]
      )
      yield* TestClock.adjust("1 second")
      yield* fiber
    })
  )
})
