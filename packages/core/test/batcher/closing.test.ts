import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { Batcher, Centrifugo, CentrifugoError, RetryPolicy, Server, Transport } from "../../src/index.js"
import * as Script from "./support/Script.js"
import { client, together } from "./support/setup.js"

const settle = Effect.repeatN(Effect.yieldNow(), 20)

const opened = (script: Script.Script, options: Batcher.Options = {}) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const centrifugo = yield* Scope.extend(client(script, { batching: options }), scope)
    return { ...centrifugo, close: Scope.close(scope, Exit.void) }
  })

describe("closing the scope of a client with batching", () => {
  it.effect("sends what was accepted, and what waits behind it", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const script = Script.make((request) => Effect.zipRight(Deferred.await(gate), Script.ok(request)))
      const { close, publish } = yield* opened(script, { shutdownTimeout: "10 seconds" })
      const fibers = yield* Effect.forEach([1, 2, 3], (data) =>
        Effect.zipLeft(Effect.fork(publish({ channel: "a", data })), settle)
      )
      const closing = yield* Effect.fork(close)
      yield* settle
      assert.isNull(closing.unsafePoll())
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.joinAll(fibers)
      yield* closing
      assert.deepStrictEqual(script.data(), [[1], [2, 3]])
    })
  )

  it.effect("takes no further calls", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { batch, close, info } = yield* opened(script)
      yield* close
      for (const error of [yield* Effect.flip(info()), yield* Effect.flip(batch([Server.info()]))]) {
        assert.deepInclude(error, { _tag: "CentrifugoNetworkError", phase: "queued", code: "ERR_CLOSED" })
        assert.match(error.message, /closed/)
      }
      assert.lengthOf(script.requests, 0)
    })
  )

  it.effect("fails what is not done in time, by real time, and says what is known of each", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { close, publish } = yield* opened(script, { shutdownTimeout: "20 millis" })
      const underWay = yield* Effect.fork(
        together([1, 2].map((data) => Effect.flip(publish({ channel: "a", data }))))
      )
      yield* settle
      const waiting = yield* Effect.fork(Effect.flip(publish({ channel: "a", data: 3 })))
      yield* settle
      yield* close
      assert.strictEqual(script.underWay(), 0)
      const errors = yield* underWay
      for (const error of errors) {
        assert.deepInclude(error, { method: "publish", phase: "unknown", code: "ERR_CLOSED" })
      }
      assert.notStrictEqual(errors[0], errors[1])
      assert.deepInclude(yield* waiting, { method: "publish", phase: "queued", code: "ERR_CLOSED" })
      assert.deepStrictEqual(script.data(), [[1, 2]])
    })
  )

  it.effect("waits for the end of what it breaks off", () =>
    Effect.gen(function* () {
      let hasEnded = false
      const ending = Effect.map(
        Effect.promise(() => new Promise((resume) => setTimeout(resume, 50))),
        () => {
          hasEnded = true
        }
      )
      const script = Script.make(() => Effect.onInterrupt(Effect.never, () => ending))
      const { close, info } = yield* opened(script, { shutdownTimeout: "20 millis" })
      yield* Effect.fork(together([Effect.flip(info()), Effect.flip(info())]))
      yield* settle
      yield* close
      assert.isTrue(hasEnded)
    })
  )

  it.effect("waits for the halves behind a call that its caller is sending", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const tooLarge = new CentrifugoError.StatusError({ method: "batch", status: 413, body: "" })
      const script = Script.make((request) =>
        request.commands.length > 1
          ? Effect.fail(tooLarge)
          : Effect.zipRight(Deferred.await(gate), Script.ok(request))
      )
      const { close, publish } = yield* opened(script, { shutdownTimeout: "10 seconds" })
      const calls = yield* Effect.fork(together([1, 2].map((data) => publish({ channel: "a", data }))))
      yield* settle
      const closing = yield* Effect.fork(close)
      yield* settle
      assert.isNull(closing.unsafePoll())
      yield* Deferred.succeed(gate, undefined)
      yield* calls
      yield* closing
      assert.deepStrictEqual(script.data(), [[1, 2], [1], [2]])
    })
  )

  it.effect("leaves a call that was sent alone to the transport, and sends it no second time", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const refused = new CentrifugoError.NetworkError({
        method: "info",
        phase: "connect",
        detail: "refused"
      })
      const script = Script.make(() => Effect.zipRight(Deferred.await(gate), Effect.fail(refused)))
      const { close, info } = yield* opened(script, { shutdownTimeout: "1 hour" })
      const call = yield* Effect.fork(Effect.flip(info()))
      yield* settle
      yield* close
      assert.strictEqual(script.underWay(), 1)
      yield* Deferred.succeed(gate, undefined)
      assert.deepInclude(yield* call, { phase: "connect", detail: "refused", attempts: 1 })
      assert.lengthOf(script.requests, 1)
    })
  )

  it.effect("does not wait for the next attempt longer than that", () =>
    Effect.gen(function* () {
      const refused = new CentrifugoError.NetworkError({
        method: "batch",
        phase: "connect",
        detail: "refused"
      })
      const script = Script.make(() => Effect.fail(refused))
      const { close, info } = yield* opened(script, { shutdownTimeout: "20 millis" })
      const calls = yield* Effect.fork(together([Effect.flip(info()), Effect.flip(info())]))
      yield* settle
      yield* close
      for (const error of yield* calls) {
        assert.deepInclude(error, { phase: "queued", code: "ERR_CLOSED" })
      }
    })
  )

  it.effect("comes before the transport below is closed", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let isClosed = false
      const script = Script.make((request) =>
        Effect.flatMap(Deferred.await(gate), () =>
          isClosed ? Effect.dieMessage("too late") : Script.ok(request)
        )
      )
      const transport = Layer.scoped(
        Transport.Transport,
        Effect.acquireRelease(Effect.succeed(script.transport), () => Effect.sync(() => (isClosed = true)))
      )
      const layer = Centrifugo.layerTransport({ batching: { shutdownTimeout: "10 seconds" } })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(Layer.provide(layer, transport), scope)
      const calls = yield* Effect.gen(function* () {
        const { publish } = yield* Centrifugo.Centrifugo
        return yield* together([1, 2].map((data) => publish({ channel: "a", data })))
      }).pipe(Effect.provide(context), Effect.fork)
      yield* settle
      const closing = yield* Effect.fork(Scope.close(scope, Exit.void))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* calls
      yield* closing
      assert.isTrue(isClosed)
    })
  )
})

describe("maxWaiting", () => {
  it.scoped("fails at once what would be one too many, with an error that says what to do", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const script = Script.make((request) => Effect.zipRight(Deferred.await(gate), Script.ok(request)))
      const { publish } = yield* client(script, {
        retry: RetryPolicy.transient,
        batching: { maxWaiting: 2, concurrency: 1 }
      })
      yield* Effect.fork(publish({ channel: "a", data: 0 }))
      yield* settle
      const fibers = yield* Effect.forEach([1, 2], (data) => Effect.fork(publish({ channel: "b", data })))
      yield* settle
      const error = yield* Effect.flip(publish({ channel: "b", data: 3 }))
      assert.deepInclude(error, {
        _tag: "CentrifugoOverloadedError",
        method: "publish",
        limit: 2,
        attempts: 0
      })
      assert.match(error.message, /2 calls are waiting already.*maxWaiting/)
      yield* Fiber.interrupt(fibers[0]!)
      const accepted = yield* Effect.fork(publish({ channel: "b", data: 4 }))
      yield* settle
      yield* Deferred.succeed(gate, undefined)
      yield* accepted
      assert.deepStrictEqual(script.data(), [[0], [2, 4]])
    })
  )

  it.scoped("does not count what can be sent at once", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { publish } = yield* client(script, { batching: { maxWaiting: 10 } })
      yield* together(Array.from({ length: 40 }, (_, data) => publish({ channel: `c:${data}`, data })))
      assert.strictEqual(script.data().flat().length, 40)
    })
  )
})

describe("the options of batching", () => {
  it.scoped.each([
    ["maxSize", 0],
    ["maxSize", 1.5],
    ["maxBytes", -1],
    ["concurrency", Infinity],
    ["maxWaiting", NaN],
    ["shutdownTimeout", "soon"]
  ] as const)("%s: %s makes no sense", ([option, value]) =>
    Effect.gen(function* () {
      const { transport } = Script.make()
      const error = yield* Effect.flip(Centrifugo.fromTransport(transport, { batching: { [option]: value } }))
      assert.deepInclude(error, { _tag: "CentrifugoConfigError", option: `batching.${option}` })
    })
  )

  it.scoped("false is none, and true is the defaults", () =>
    Effect.gen(function* () {
      for (const [batching, requests] of [
        [false, 2],
        [true, 1]
      ] as const) {
        const script = Script.make()
        const { info } = yield* Centrifugo.fromTransport(script.transport, { batching })
        yield* together([info(), info()])
        assert.lengthOf(script.requests, requests)
      }
      assert.deepStrictEqual(yield* Batcher.check({}), {
        maxSize: 1000,
        maxBytes: 1_000_000,
        concurrency: 4,
        maxWaiting: Infinity,
        shutdownTimeout: 500
      })
    })
  )
})
