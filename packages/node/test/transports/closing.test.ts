/** Closing a client settles its calls within `shutdownTimeout`, over every transport. */
import { assert, describe, it } from "@effect/vitest"
import { RetryPolicy } from "@effect-centrifugo/core"
import { Duration, Effect, Exit, Fiber, Scope } from "effect"
import { type Options, options, transports } from "./over.js"
import * as Stub from "./stub.js"

for (const { make, name } of transports) {
  const opened = (url: string, more: Partial<Options> = {}) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const retry = RetryPolicy.make({ maxElapsed: "1 minute" })
      const centrifugo = yield* Scope.extend(make({ ...options(url), retry, ...more }), scope)
      return { ...centrifugo, close: Scope.close(scope, Exit.void) }
    })

  describe(`closing a client over ${name}`, () => {
    for (const batching of [false, true]) {
      it.scopedLive(`ends a call in flight long before its timeout, batching ${batching}`, () =>
        Effect.gen(function* () {
          const stub = yield* Stub.start(() => {})
          const { close, publish } = yield* opened(stub.url, {
            timeout: "1 minute",
            shutdownTimeout: "50 millis",
            batching: batching && { shutdownTimeout: "50 millis" }
          })
          const call = yield* Effect.fork(Effect.flip(publish({ channel: "a", data: 1 })))
          yield* stub.received
          const [time] = yield* Effect.timed(close)
          assert.isBelow(Duration.toMillis(time), 5000)
          assert.deepInclude(yield* Fiber.join(call), { code: "ERR_CLOSED", phase: "unknown", attempts: 1 })
          assert.deepInclude(yield* Effect.flip(publish({ channel: "a", data: 2 })), { code: "ERR_CLOSED" })
          assert.lengthOf(stub.requests, 1)
        })
      )
    }

    it.scopedLive("waits for the answer of a call in flight", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(({ socket }) => {
          setTimeout(() => socket.write(Stub.format({ status: 200, body: Stub.published })), 50)
        })
        const { close, publish } = yield* opened(stub.url, { shutdownTimeout: "1 minute" })
        const call = yield* Effect.fork(publish({ channel: "a", data: 1 }))
        yield* stub.received
        yield* close
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(call)))
      })
    )

    it.scopedLive("ends a call that waits for its key", () =>
      Effect.gen(function* () {
        const stub = yield* Stub.start(() => {})
        const { close, publish } = yield* opened(stub.url, {
          apiKey: Effect.never,
          shutdownTimeout: "50 millis"
        })
        const call = yield* Effect.fork(Effect.flip(publish({ channel: "a", data: 1 })))
        yield* Effect.sleep(20)
        yield* close
        assert.deepInclude(yield* Fiber.join(call), { code: "ERR_CLOSED", phase: "queued" })
        assert.lengthOf(stub.requests, 0)
      })
    )
  })
}

for (const { make, name } of transports) {
  it.scopedLive(`${name} refuses a shutdownTimeout that no timer can hold`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(make({ ...options("http://localhost"), shutdownTimeout: "60 days" }))
      assert.strictEqual(error.option, "shutdownTimeout")
    })
  )
}
