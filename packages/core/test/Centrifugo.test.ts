import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Effect, Either, FastCheck, Fiber, Layer, Schema, TestClock } from "effect"
import { inspect } from "node:util"
import {
  ApiMethod,
  Batch,
  CallOptions,
  Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoPro,
  CentrifugoTransport,
  RetryPolicy,
  Wire
} from "../src/index.js"
import { left, right } from "./support/either.js"
import * as StubTransport from "./support/StubTransport.js"

const channelStats = ApiMethod.make("channel_stats", {
  payload: { channel: Wire.ChannelName, sinceTime: Schema.optional(Wire.UnixSeconds) },
  result: { numMessages: Wire.Count },
  codes: [100, 102],
  repeat: "read"
})

describe("requests", () => {
  it.effect("publish sends the method, the body unchanged, and the channel", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({ offset: 7, epoch: "x" })
      assert.deepStrictEqual(yield* centrifugo.publish({ channel: "news", data: { a: 1 } }), {
        offset: 7,
        epoch: "x"
      })
      assert.deepInclude(call(), {
        method: "publish",
        body: '{"channel":"news","data":{"a":1}}',
        channels: ["news"],
        batchable: true,
        timeout: 10_000
      })
      assert.deepStrictEqual(call().headers, {})
    })
  )

  it.effect("a method without required fields needs no argument", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.answering({})
      assert.deepStrictEqual(yield* centrifugo.info(), { nodes: [] })
      yield* centrifugo.info({})
      assert.deepStrictEqual(
        calls.map(({ body, channels, method }) => ({ body, channels, method })),
        Array.from({ length: 2 }, () => ({ body: "{}", channels: [], method: "info" }))
      )
    })
  )

  it.effect("a broadcast has all its channels, and a call about a user has none", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      yield* centrifugo.broadcast({ channels: ["a", "b"], data: 1 })
      yield* centrifugo.disconnect({ user: "u" })
      assert.deepStrictEqual(
        calls.map((call) => call.channels),
        [["a", "b"], []]
      )
    })
  )

  it.effect("creating the effect sends nothing, and each run sends once", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      const publish = centrifugo.publish({ channel: "a", data: 1 })
      assert.strictEqual(calls.length, 0)
      yield* publish
      yield* publish
      assert.strictEqual(calls.length, 2)
    })
  )

  it.effect("a payload that can't be encoded is not sent", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      const error = yield* Effect.flip(centrifugo.publish({ channel: "a", data: { n: 1n } }))
      assert.deepInclude(error, {
        _tag: "CentrifugoEncodeError",
        path: ["data", "n"],
        attempts: 0,
        elapsed: 0
      })
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("a payload whose getter throws is refused under every policy, and is not a defect", () =>
    Effect.gen(function* () {
      const boom = () => {
        throw new Error("boom")
      }
      const payloads = [
        new Proxy({ channel: "a", data: 1 }, { get: boom }),
        new Proxy({ channel: "a", data: 1 }, { has: boom, ownKeys: boom }),
        Object.defineProperty({ channel: "a", data: 1 }, "idempotencyKey", { get: boom, enumerable: true })
      ]
      for (const retry of [RetryPolicy.none, RetryPolicy.transient]) {
        const { calls, centrifugo } = yield* StubTransport.make(undefined, { retry })
        for (const payload of payloads) {
          const error = yield* Effect.flip(centrifugo.publish(payload))
          assert.deepInclude(error, { _tag: "CentrifugoEncodeError", method: "publish" })
          assert.match(error.message, /reading the value threw an Error,/)
          const [outcome] = yield* centrifugo.batch([CentrifugoApi.publish(payload)])
          assert.strictEqual(left(outcome)._tag, "CentrifugoEncodeError")
        }
        assert.strictEqual(calls.length, 0)
      }
    })
  )

  for (const [registry, client] of [
    [CentrifugoApi.methods, Centrifugo.fromTransport],
    [CentrifugoApi.proMethods, CentrifugoPro.fromTransport]
  ] as const) {
    it.scoped.each(Object.entries(registry))("%s sends what its request encodes", ([name, descriptor]) =>
      Effect.gen(function* () {
        // The payload types differ; each method only gets payloads from its own Schema.
        const method = descriptor as unknown as ApiMethod.ApiMethod<string, unknown, unknown, unknown>
        const calls: Array<CentrifugoTransport.Call> = []
        const stub: CentrifugoTransport.Service = {
          send: (call) => {
            calls.push(call)
            return Effect.succeed(CentrifugoTransport.failure({ code: 999, message: "none" }))
          }
        }
        const service = (yield* client(stub)) as unknown as {
          readonly [name: string]: (payload: unknown) => Effect.Effect<unknown, unknown>
        }
        const payloads = FastCheck.sample(Arbitrary.make(Schema.typeSchema(method.payload)), 20)
        const bodies: Array<string> = []
        for (const payload of payloads) {
          const error = yield* Effect.flip(service[name]!(payload))
          const text = method.encode(payload)
          if (Either.isRight(text)) {
            bodies.push(text.right)
            assert.deepInclude(error, {
              _tag: "CentrifugoUnexpectedServerError",
              method: method.method,
              code: 999
            })
          } else {
            assert.deepInclude(error, { _tag: "CentrifugoEncodeError", method: method.method })
          }
        }
        assert.deepStrictEqual(
          calls.map(({ body, method }) => [method, body]),
          bodies.map((body) => [method.method, body])
        )
      })
    )
  }
})

describe("send", () => {
  it.effect("takes a request created earlier, as a plain value", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.answering({ offset: 1, epoch: "e" })
      const request = CentrifugoApi.publish({ channel: "orders", data: 1 })
      assert.strictEqual(request.method, "publish")
      assert.deepStrictEqual(request.payload, { channel: "orders", data: 1 })
      assert.deepStrictEqual(
        yield* centrifugo.send(request),
        yield* centrifugo.publish({ channel: "orders", data: 1 })
      )
      assert.strictEqual(calls[0]?.body, calls[1]?.body)
    })
  )

  it.effect("takes a request of a custom method", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({ num_messages: 3, more: 1 })
      const stats = yield* centrifugo.send(channelStats({ channel: "a", sinceTime: 5 }))
      assert.deepStrictEqual(stats, { numMessages: 3 })
      assert.deepInclude(call(), {
        method: "channel_stats",
        body: '{"channel":"a","since_time":5}',
        channels: ["a"]
      })
    })
  )

  it.effect("takes a request of a mapped method", () =>
    Effect.gen(function* () {
      const isBusy = ApiMethod.mapResult(channelStats, ({ numMessages }) =>
        numMessages < 0 ? Either.left("negative" as const) : Either.right(numMessages > 2)
      )
      const { centrifugo } = yield* StubTransport.answering({ num_messages: 3 })
      assert.isTrue(yield* centrifugo.send(isBusy({ channel: "a" })))
    })
  )

  it.effect("takes a batch", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({ replies: [{ channel_stats: {} }] })
      const [stats] = yield* centrifugo.send(Batch.batch([channelStats({ channel: "a" })]))
      assert.deepStrictEqual(right(stats), { numMessages: 0 })
      assert.strictEqual(call().method, "batch")
    })
  )
})

describe("errors", () => {
  it.effect("a server error is the method's own error class, with method and channel", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(102, "unknown channel")
      const error = yield* Effect.flip(centrifugo.publish({ channel: "zz:a", data: 1 }))
      assert.deepInclude(error, {
        _tag: "CentrifugoUnknownChannelError",
        code: 102,
        method: "publish",
        channel: "zz:a",
        serverMessage: "unknown channel",
        attempts: 1
      })
    })
  )

  it.effect("a server error is caught by its tag, and has its code", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(108, "not available")
      const code = yield* centrifugo
        .history({ channel: "a" })
        .pipe(Effect.catchTag("CentrifugoNotAvailableError", (error) => Effect.succeed(error.code)))
      assert.strictEqual(code, 108)
    })
  )

  it.effect("code 108 names the namespace option to set", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(108, "not available")
      const history = yield* Effect.flip(centrifugo.history({ channel: "a" }))
      assert.match(history.message, /history_size.*history_ttl/)
      const presence = yield* Effect.flip(centrifugo.presence({ channel: "a" }))
      assert.match(presence.message, /presence/)
    })
  )

  it.effect("a code that the method does not declare is an UnexpectedServerError", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(112, "unrecoverable position")
      const publish = yield* Effect.flip(centrifugo.publish({ channel: "a", data: 1 }))
      assert.deepInclude(publish, { _tag: "CentrifugoUnexpectedServerError", code: 112 })
      const history = yield* Effect.flip(centrifugo.history({ channel: "a" }))
      assert.strictEqual(history._tag, "CentrifugoUnrecoverablePositionError")
    })
  )

  it.effect("a result that does not match is a DecodeError of the method", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({ offset: 2 ** 53 })
      const error = yield* Effect.flip(centrifugo.publish({ channel: "a", data: 1 }))
      assert.deepInclude(error, { _tag: "CentrifugoDecodeError", method: "publish", path: ["offset"] })
    })
  )

  it.effect("a transport error keeps tag, phase and cause, and gets the elapsed time", () =>
    Effect.gen(function* () {
      const cause = new Error("socket hang up")
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.delay(
          Effect.fail(
            new CentrifugoError.NetworkError({
              method: "publish",
              phase: "unknown",
              code: "ECONNRESET",
              detail: "socket hang up",
              cause
            })
          ),
          "3 seconds"
        )
      )
      const fiber = yield* Effect.fork(Effect.flip(centrifugo.publish({ channel: "a", data: 1 })))
      yield* TestClock.adjust("3 seconds")
      const error = yield* Fiber.join(fiber)
      assert.instanceOf(error, CentrifugoError.NetworkError)
      assert.deepInclude(error, { phase: "unknown", code: "ECONNRESET", attempts: 1, elapsed: 3000 })
      assert.strictEqual(error.cause, cause)
    })
  )

  it.effect("a server error has the elapsed time", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.delay(Effect.succeed(CentrifugoTransport.failure({ code: 102, message: "x" })), "250 millis")
      )
      const fiber = yield* Effect.fork(Effect.flip(centrifugo.publish({ channel: "a", data: 1 })))
      yield* TestClock.adjust("250 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).elapsed, 250)
    })
  )

  it.effect("no error of a call contains the payload", () =>
    Effect.gen(function* () {
      const failures: ReadonlyArray<
        Effect.Effect<CentrifugoTransport.Reply, CentrifugoError.TransportError>
      > = [
        ...[100, 102, 107, 999].map((code) =>
          Effect.succeed(CentrifugoTransport.failure({ code, message: "no" }))
        ),
        Effect.succeed(CentrifugoTransport.result({ offset: "x" })),
        Effect.succeed(CentrifugoTransport.result(null)),
        Effect.fail(new CentrifugoError.TimeoutError({ method: "publish", phase: "unknown", timeout: 1 }))
      ]
      for (const failure of failures) {
        const { centrifugo } = yield* StubTransport.make(() => failure)
        const error = yield* Effect.flip(
          centrifugo.publish({
            channel: "a",
            data: "s3cret",
            tags: { t: "s3cret" },
            idempotencyKey: "s3cret"
          })
        )
        assert.notInclude(inspect(error, { depth: Infinity, showHidden: true }), "s3cret")
      }
    })
  )
})

describe("options", () => {
  const timeoutOf = (
    f: (call: Effect.Effect<unknown, unknown>) => Effect.Effect<unknown, unknown>,
    options?: Parameters<typeof StubTransport.make>[1]
  ) =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({}, options)
      yield* f(centrifugo.publish({ channel: "a", data: 1 }))
      return call().timeout
    })

  it.effect("of the layer apply if the call sets none", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* timeoutOf((call) => call), 10_000)
      assert.strictEqual(yield* timeoutOf((call) => call, { timeout: "5 seconds" }), 5000)
    })
  )

  it.effect("of a call replace those of the layer, and inner ones replace outer ones", () =>
    Effect.gen(function* () {
      const outer = CallOptions.with({ timeout: "1 second" })
      const inner = CallOptions.with({ timeout: Duration.millis(200) })
      assert.strictEqual(yield* timeoutOf(outer, { timeout: "5 seconds" }), 1000)
      assert.strictEqual(yield* timeoutOf((call) => outer(inner(call))), 200)
      assert.strictEqual(yield* timeoutOf((call) => inner(outer(call))), 1000)
      assert.strictEqual(yield* timeoutOf((call) => outer(CallOptions.with({})(call))), 1000)
      // Data-first form.
      assert.strictEqual(yield* timeoutOf((call) => CallOptions.with(call, { timeout: 7 })), 7)
    })
  )

  it.effect("apply to all calls of an effect, and to none after it", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      const publish = centrifugo.publish({ channel: "a", data: 1 })
      yield* Effect.all([publish, centrifugo.batch([CentrifugoApi.publish({ channel: "a", data: 1 })])]).pipe(
        CallOptions.with({ timeout: "1 second" })
      )
      yield* publish
      assert.deepStrictEqual(
        calls.map(({ timeout }) => timeout),
        [1000, 1000, 10_000]
      )
    })
  )

  it.effect("of a layer are checked when it is built", () =>
    Effect.gen(function* () {
      for (const timeout of [0, -1, NaN, "soon", Duration.infinity, "25 days"]) {
        const built = Centrifugo.fromTransport(
          { send: () => Effect.succeed(CentrifugoTransport.result({})) },
          { timeout: timeout as Duration.DurationInput }
        )
        const error = yield* Effect.flip(Effect.scoped(built))
        assert.deepInclude(error, { _tag: "CentrifugoConfigError", option: "timeout" })
        assert.match(error.message, /above zero and at most 24 days/)
      }
    })
  )

  it.effect("of a call that are invalid fail it before anything is sent", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      for (const timeout of [0, -1, NaN, "soon", null, Duration.infinity, "25 days"]) {
        const error = yield* centrifugo
          .publish({ channel: "a", data: 1 })
          .pipe(CallOptions.with({ timeout: timeout as Duration.DurationInput }), Effect.flip)
        assert.deepInclude(error, { _tag: "CentrifugoEncodeError", path: ["timeout"], attempts: 0 })
        assert.match(error.message, /above zero and at most 24 days/)
      }
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("headers of a call reach the transport with lower-case names", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.make()
      yield* centrifugo
        .publish({ channel: "a", data: 1 })
        .pipe(
          CallOptions.with({ headers: { "X-A": "inner", "X-B": "1" } }),
          CallOptions.with({ headers: { "x-a": "outer", "x-c": "1" } })
        )
      assert.deepStrictEqual(call().headers, { "x-a": "inner", "x-b": "1", "x-c": "1" })
    })
  )

  it.effect("invalid headers fail the call, and the error does not contain their value", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      for (const headers of [{ "x-a": "s3cret\n" }, { "X-API-Key": "s3cret" }, { "x a": "s3cret" }]) {
        const error = yield* centrifugo
          .publish({ channel: "a", data: 1 })
          .pipe(CallOptions.with({ headers }), Effect.flip)
        assert.deepInclude(error, {
          _tag: "CentrifugoEncodeError",
          path: ["headers", ...Object.keys(headers)]
        })
        assert.notInclude(inspect(error), "s3cret")
      }
      assert.strictEqual(calls.length, 0)
    })
  )
})

describe("layers", () => {
  it.effect("the client uses any transport in the context", () =>
    Effect.gen(function* () {
      const program = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
        centrifugo.publish({ channel: "a", data: 1 })
      )
      const transport = Layer.succeed(CentrifugoTransport.CentrifugoTransport, {
        send: ({ timeout }) => Effect.succeed(CentrifugoTransport.result({ offset: timeout, epoch: "e" }))
      })
      const live = Centrifugo.layerTransport({ timeout: 123 }).pipe(Layer.provide(transport))
      assert.deepStrictEqual(yield* Effect.provide(program, live), { offset: 123, epoch: "e" })
    })
  )

  it.effect("the PRO client can use the same transport", () =>
    Effect.gen(function* () {
      const methods: Array<string> = []
      const transport = Layer.succeed(CentrifugoTransport.CentrifugoTransport, {
        send: ({ method }) => {
          methods.push(method)
          return Effect.succeed(CentrifugoTransport.result({}))
        }
      })
      const live = Layer.merge(Centrifugo.layerTransport(), CentrifugoPro.layerTransport()).pipe(
        Layer.provide(transport)
      )
      yield* Effect.gen(function* () {
        yield* (yield* Centrifugo.Centrifugo).info()
        yield* (yield* CentrifugoPro.CentrifugoPro).blockUser({ user: "u" })
      }).pipe(Effect.provide(live))
      assert.deepStrictEqual(methods, ["info", "block_user"])
    })
  )
})

describe("interruption", () => {
  it.effect("of a call interrupts the transport", () =>
    Effect.gen(function* () {
      let interrupted = false
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      )
      const fiber = yield* Effect.fork(centrifugo.publish({ channel: "a", data: 1 }))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.isTrue(interrupted)
    })
  )
})

describe("misbehaving transports", () => {
  it.effect("any reply gives a result or a typed error", () =>
    Effect.gen(function* () {
      for (const result of [undefined, null, 0, "", [], [1], () => 1, { offset: {} }]) {
        const { centrifugo } = yield* StubTransport.answering(result, { retry: RetryPolicy.none })
        const error = left(yield* Effect.either(centrifugo.publish({ channel: "a", data: 1 })))
        assert.strictEqual(error._tag, "CentrifugoDecodeError")
      }
    })
  )
})
