import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Exit, Fiber, Layer, Logger, Schema, TestClock } from "effect"
import {
  Batch,
  CallOptions,
  Centrifugo,
  CentrifugoApi,
  CentrifugoPro,
  CentrifugoTransport,
  RetryPolicy
} from "@effect-centrifugo/core"
import { CentrifugoTest } from "../src/index.js"
import { left, right } from "./support/either.js"

const withServer =
  (options?: CentrifugoTest.Options) =>
  <A, E>(
    test: (
      centrifugo: Centrifugo.Service
    ) => Effect.Effect<A, E, Centrifugo.Centrifugo | CentrifugoTest.CentrifugoTest>
  ) =>
    Effect.flatMap(Centrifugo.Centrifugo, test).pipe(Effect.provide(CentrifugoTest.layer(options)))

describe("published", () => {
  it.effect("returns the data of a channel in order, from publish, broadcast and batch", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.publish({ channel: "user:42", data: { kind: "placed", order: 42 } })
        yield* centrifugo.broadcast({ channels: ["user:42", "user:43"], data: [1] })
        yield* centrifugo.batch([CentrifugoApi.publish({ channel: "user:42", data: "last" })])
        assert.deepStrictEqual(yield* CentrifugoTest.published("user:42"), [
          { kind: "placed", order: 42 },
          [1],
          "last"
        ])
        assert.deepStrictEqual(yield* CentrifugoTest.published("nobody"), [])
      })
    )
  )

  it.effect("is typed by a Schema, and fails for data that does not match", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.publish({ channel: "a", data: { at: "2026-01-01T00:00:00.000Z" } })
        const [first] = yield* CentrifugoTest.published("a", Schema.Struct({ at: Schema.Date }))
        assert.strictEqual(first!.at.getUTCFullYear(), 2026)
        const wrong = yield* Effect.flip(CentrifugoTest.published("a", Schema.Number))
        assert.strictEqual(wrong._tag, "ParseError")
      })
    )
  )

  it.effect("omits publications that the server dropped, and keeps all fields of the others", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const once = { channel: "a", data: 1, idempotencyKey: "k", tags: { a: "b" } }
        yield* centrifugo.publish(once)
        yield* centrifugo.publish(once)
        yield* centrifugo.publish({ channel: "a", data: 2, version: 5 })
        yield* centrifugo.publish({ channel: "a", data: 3, version: 4 })
        yield* centrifugo.publish({ channel: "b", data: new Uint8Array([255]), skipHistory: true })
        assert.deepStrictEqual(yield* CentrifugoTest.publications(), [
          { channel: "a", data: 1, tags: { a: "b" }, offset: 1, epoch: "aaaaaaab" },
          { channel: "a", data: 2, tags: {}, offset: 2, epoch: "aaaaaaab" },
          { channel: "b", data: new Uint8Array([255]), tags: {} }
        ])
      })
    )
  )

  it.effect("drops the oldest beyond the limit `keep`", () =>
    withServer({ keep: 2 })((centrifugo) =>
      Effect.gen(function* () {
        for (const data of [1, 2, 3, 4, 5]) yield* centrifugo.publish({ channel: "a", data })
        assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [4, 5])
        assert.strictEqual((yield* CentrifugoTest.calls()).length, 2)
      })
    )
  )

  it.effect("drops the oldest beyond `keepSize`, and logs a warning", () =>
    Effect.gen(function* () {
      const warnings: Array<unknown> = []
      const logger = Logger.make(({ message }) => void warnings.push(message))
      yield* withServer({ keepSize: 100 })((centrifugo) =>
        Effect.gen(function* () {
          yield* centrifugo.publish({ channel: "a", data: "x".repeat(40) })
          yield* CentrifugoTest.published("a")
          assert.deepStrictEqual(warnings, [])
          yield* centrifugo.publish({ channel: "b", data: "y".repeat(40) })
          yield* centrifugo.publish({ channel: "b", data: "z".repeat(40) })
          assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [])
          assert.strictEqual((yield* CentrifugoTest.publications()).length, 2)
          assert.include(String(warnings), "dropped the oldest 1 publications")
          // A publication larger than the limit is not recorded.
          yield* centrifugo.publish({ channel: "c", data: "w".repeat(100) })
          assert.strictEqual((yield* CentrifugoTest.publications()).length, 2)
        })
      ).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    })
  )

  it.effect("records nothing if the limit is 0", () =>
    withServer({ keep: 0 })((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.publish({ channel: "a", data: 1 })
        assert.deepStrictEqual(yield* CentrifugoTest.publications(), [])
        assert.deepStrictEqual(yield* CentrifugoTest.calls(), [])
      })
    )
  )
})

describe("calls", () => {
  it.effect("are recorded in their wire form, and batch members also under their own methods", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("3 seconds")
        yield* centrifugo.publish({ channel: "a", data: 1, version: 9007199254740993n })
        yield* centrifugo.batch([CentrifugoApi.presenceStats({ channel: "a" })])
        const calls = yield* CentrifugoTest.calls()
        assert.deepStrictEqual(
          calls.map(({ inBatch, method, time }) => ({ inBatch, method, time })),
          [
            { inBatch: false, method: "publish", time: 3000 },
            { inBatch: false, method: "batch", time: 3000 }
          ]
        )
        assert.include(calls[0]!.body, "9007199254740993")
        assert.deepStrictEqual(Object.keys(calls[0]!.headers), ["content-type"])
        const [stats] = yield* CentrifugoTest.calls("presence_stats")
        assert.deepInclude(stats, { request: { channel: "a" }, body: '{"channel":"a"}', inBatch: true })
      })
    )
  )
})

describe("configuration", () => {
  it.effect("without a configuration, every namespace exists, with history and presence", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.history({ channel: "any:thing" })
        yield* centrifugo.presence({ channel: "$other:thing" })
      })
    )
  )

  it.effect("with a configuration, only the configured namespaces exist", () =>
    withServer({
      channel: { namespaces: [{ name: "chat", presence: true, allow_subscribe_for_client: true }] }
    })((centrifugo) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* centrifugo.presenceStats({ channel: "chat:a" }), {
          numClients: 0,
          numUsers: 0
        })
        const unknown = yield* Effect.flip(centrifugo.presence({ channel: "any:thing" }))
        assert.strictEqual(unknown._tag, "CentrifugoUnknownChannelError")
        const off = yield* Effect.flip(centrifugo.history({ channel: "chat:a" }))
        assert.strictEqual(off._tag, "CentrifugoNotAvailableError")
      })
    )
  )

  const refused: ReadonlyArray<readonly [CentrifugoTest.ServerOptions, string]> = [
    [{ keep: -1 }, "keep"],
    [{ keepSize: 0.5 }, "keepSize"],
    [{ apiKey: "" }, "apiKey"],
    [{ apiKey: "two words" }, "apiKey"],
    [{ prefix: "api" }, "prefix"],
    [{ prefix: "/api?x" }, "prefix"],
    [{ errorMode: "loud" as never }, "errorMode"],
    [{ answers: { rpc: "pong" as never } }, "answers"],
    [{ channel: { namespaces: [{ name: "a" }] } }, 'channel.namespaces["a"]'],
    [{ channel: { namespaces: [{ name: "aa" }, { name: "aa" }] } }, 'channel.namespaces["aa"]'],
    [{ channel: { history_meta_ttl: "10 parsecs" } }, "channel.history_meta_ttl"],
    [{ channel: { publication_data_format: "xml" } }, "channel.publication_data_format"],
    [{ channel: { without_namespace: { history_size: 1 } } }, "channel.without_namespace"],
    [{ channel: { without_namespace: { history_size: -1 } } }, "channel.without_namespace.history_size"],
    [
      { channel: { without_namespace: { history_size: 1, history_ttl: "1.5s" } } },
      "channel.without_namespace.history_ttl"
    ],
    [
      { channel: { without_namespace: { history_size: 1, history_ttl: "721h" } } },
      "channel.without_namespace.history_ttl"
    ],
    [{ channel: { without_namespace: { subscription_type: "map" } } }, "channel.without_namespace.map.mode"],
    [
      { channel: { without_namespace: { map: { mode: "recoverable" } } } },
      "channel.without_namespace.map.key_ttl"
    ],
    [
      { channel: { without_namespace: { map: { mode: "persistent", key_ttl: "1s" } } } },
      "channel.without_namespace.map.key_ttl"
    ],
    [
      { channel: { without_namespace: { map: { mode: "ephemeral", key_ttl: "1s", stream_size: 1 } } } },
      "channel.without_namespace.map"
    ],
    [
      { channel: { without_namespace: { map: { mode: "recoverable", key_ttl: "1s", meta_ttl: "2s" } } } },
      "channel.without_namespace.map.meta_ttl"
    ],
    [
      {
        channel: {
          without_namespace: { subscription_type: "shared_poll", shared_poll: { publish_enabled: true } }
        }
      },
      "channel.without_namespace.shared_poll.publish_enabled"
    ],
    // From a file, or from JavaScript.
    ...(
      [
        [[], "channel"],
        [{ without_namespace: 5 }, "channel.without_namespace"],
        [{ without_namespace: { map: [] } }, "channel.without_namespace.map"],
        [{ without_namespace: { presence: "yes" } }, "channel.without_namespace.presence"],
        [{ namespaces: "chat" }, "channel.namespaces"],
        [{ namespaces: [{ name: "chat" }, 5] }, "channel.namespaces[1]"],
        [{ namespaces: [{ name: 5 }] }, "channel.namespaces[5]"],
        [{ private_prefix: {} }, "channel.private_prefix"]
      ] satisfies ReadonlyArray<readonly [unknown, string]>
    ).map(([channel, option]) => [{ channel: channel as never }, option] as const)
  ]
  for (const [options, option] of refused) {
    it.effect(`refuses what the server would refuse: ${option} of ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(CentrifugoTest.make(options))
        assert.strictEqual(error._tag, "CentrifugoConfigError")
        assert.strictEqual(error.option, option)
      })
    )
  }

  it.effect("durations have Go's or Effect's format", () =>
    Effect.forEach(["90s", "1m30s", "0.025h", "90000ms", "90 seconds"], (history_ttl) =>
      withServer({ channel: { without_namespace: { history_size: 10, history_ttl } } })((centrifugo) =>
        Effect.gen(function* () {
          yield* centrifugo.publish({ channel: "a", data: 1 })
          const size = Effect.map(
            centrifugo.history({ channel: "a", limit: -1 }),
            ({ publications }) => publications.length
          )
          yield* TestClock.adjust("89 seconds")
          assert.strictEqual(yield* size, 1)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* size, 0)
        })
      )
    )
  )
})

describe("faults", () => {
  const publish = (centrifugo: Centrifugo.Service) => centrifugo.publish({ channel: "a", data: 1 })

  it.effect("a code fails that many calls, and they are not carried out", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { code: 100 }, 2)
        yield* CentrifugoTest.failNext("publish", { code: 113, message: "busy" })
        yield* CentrifugoTest.failNext("publish", { code: 107 }, 0)
        const first = yield* Effect.flip(publish(centrifugo))
        assert.strictEqual(first._tag, "CentrifugoInternalError")
        assert.include(first.message, "internal server error")
        yield* centrifugo.presence({ channel: "a" })
        assert.strictEqual((yield* Effect.flip(publish(centrifugo)))._tag, "CentrifugoInternalError")
        assert.include((yield* Effect.flip(publish(centrifugo))).message, "113 busy")
        assert.deepStrictEqual(yield* publish(centrifugo), { offset: 1, epoch: "aaaaaaab" })
        assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [1])
      })
    )
  )

  it.effect("a code applies to a member of a batch, other faults apply only to whole requests", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { reset: true })
        yield* CentrifugoTest.failNext("publish", { code: 100 })
        const requests = [1, 2].map((data) => CentrifugoApi.publish({ channel: "a", data }))
        const outcomes = yield* centrifugo.batch(requests)
        assert.deepStrictEqual(outcomes.map(Either.isRight), [false, true])
        assert.strictEqual((yield* Effect.flip(publish(centrifugo)))._tag, "CentrifugoNetworkError")
        yield* CentrifugoTest.failNext("batch", { status: 503 })
        const whole = yield* Effect.flip(centrifugo.batch(requests))
        assert.strictEqual(whole._tag, "CentrifugoStatusError")
      })
    )
  )

  it.effect("a status has its body and headers", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", {
          status: 503,
          body: "<html>",
          headers: { "Retry-After": "7" }
        })
        const unavailable = yield* Effect.flip(publish(centrifugo))
        assert(unavailable._tag === "CentrifugoStatusError")
        assert.deepInclude(unavailable, { status: 503, body: "<html>", retryAfter: 7000 })
        yield* CentrifugoTest.failNext("publish", { status: 302, headers: { Location: "/login" } })
        const redirect = yield* Effect.flip(publish(centrifugo))
        assert(redirect._tag === "CentrifugoRedirectError")
        assert.strictEqual(redirect.location, "/login")
      })
    )
  )

  it.effect("a reset is a network error with phase unknown, carried out or not", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        for (const carriedOut of [false, true]) {
          yield* CentrifugoTest.failNext("publish", { reset: true, carriedOut })
          const error = yield* Effect.flip(publish(centrifugo))
          assert(error._tag === "CentrifugoNetworkError")
          assert.strictEqual(error.phase, "unknown")
        }
        assert.strictEqual((yield* CentrifugoTest.published("a")).length, 1)
        yield* CentrifugoTest.failNext("publish", { cutoff: 5 })
        assert.strictEqual((yield* Effect.flip(publish(centrifugo)))._tag, "CentrifugoNetworkError")
        assert.strictEqual((yield* CentrifugoTest.published("a")).length, 2)
      })
    )
  )

  it.effect("a delayed answer arrives late, or after the timeout", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { delay: "3 seconds" }, 2)
        const patient = yield* Effect.fork(publish(centrifugo))
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual((yield* Fiber.join(patient)).offset, 1)
        const hasty = yield* publish(centrifugo).pipe(
          CallOptions.with({ timeout: "1 second" }),
          Effect.flip,
          Effect.fork
        )
        yield* TestClock.adjust("1 second")
        const error = yield* Fiber.join(hasty)
        assert(error._tag === "CentrifugoTimeoutError")
        assert.strictEqual(error.phase, "unknown")
        // It was carried out anyway.
        assert.strictEqual((yield* CentrifugoTest.published("a")).length, 2)
      })
    )
  )

  it.effect("a stalled call ends with its timeout, and at once when interrupted", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { stall: true }, 2)
        const waiting = yield* Effect.fork(Effect.flip(publish(centrifugo)))
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual((yield* Fiber.join(waiting))._tag, "CentrifugoTimeoutError")
        const interrupted = yield* Effect.fork(publish(centrifugo))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(interrupted)
      })
    )
  )

  it.effect("a misspelt method is an error, and not a fault that never happens", () =>
    withServer()(() =>
      Effect.gen(function* () {
        const wrong = "presenceStats"
        for (const ask of [CentrifugoTest.failNext(wrong, { code: 100 }), CentrifugoTest.calls(wrong)]) {
          const error = yield* Effect.flip<unknown, CentrifugoTest.UsageError, CentrifugoTest.CentrifugoTest>(
            ask
          )
          assert.strictEqual(error._tag, "CentrifugoTestUsageError")
          assert.include(
            error.message,
            '"presenceStats"; it takes names on the wire, such as "presence_stats"'
          )
        }
      })
    )
  )

  const impossible: ReadonlyArray<readonly [fault: unknown, times: unknown, words: string]> = [
    [{ code: 100 }, NaN, "not NaN"],
    [{ code: 100 }, -1, "not -1"],
    [{ code: 100 }, 1.5, "not 1.5"],
    [{ code: 100 }, "2", "not 2"],
    [undefined, 1, "not undefined"],
    [{}, 1, "this one has nothing"],
    [{ kode: 100 }, 1, "this one has kode"],
    [{ code: 100, reset: true }, 1, "this one has code and reset"],
    [{ code: NaN }, 1, "code: "],
    [{ code: 0 }, 1, "code: "],
    [{ code: 100, message: 5 }, 1, "message: "],
    [{ status: 99 }, 1, "status: "],
    [{ status: 1000 }, 1, "status: "],
    [{ status: 200, body: {} }, 1, "body: "],
    [{ status: 200, headers: { "x-a": "a\nb" } }, 1, 'headers: "x-a"'],
    [{ status: 200, headers: { "x a": "b" } }, 1, 'headers: "x a"'],
    [{ status: 200, headers: { "x-a": "ü€" } }, 1, 'headers: "x-a"'],
    [{ status: 200, headers: 5 }, 1, "headers: "],
    [{ reset: false }, 1, "reset: "],
    [{ stall: 1 }, 1, "stall: "],
    [{ cutoff: -1 }, 1, "cutoff: "],
    [{ cutoff: false }, 1, "cutoff: "],
    [{ delay: "soon" }, 1, "delay: "],
    [{ delay: Infinity }, 1, "delay: "],
    [{ reset: true, carriedOut: "yes" }, 1, "carriedOut: "]
  ]
  for (const [fault, times, words] of impossible) {
    it.effect(`an impossible fault is refused: ${JSON.stringify(fault)}, ${String(times)} times`, () =>
      withServer()((centrifugo) =>
        Effect.gen(function* () {
          const ordering = CentrifugoTest.failNext("publish", fault as CentrifugoTest.Fault, times as number)
          assert.include((yield* Effect.flip(ordering)).message, words)
          yield* publish(centrifugo)
        })
      )
    )
  }

  it.effect("times: Infinity applies to every call", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { code: 100 }, Infinity)
        for (let i = 0; i < 10; i++) {
          assert.strictEqual((yield* Effect.flip(publish(centrifugo)))._tag, "CentrifugoInternalError")
        }
      })
    )
  )

  it.effect("a method that the server does not have can fail with any code", () =>
    Effect.gen(function* () {
      const pro = yield* CentrifugoPro.CentrifugoPro
      yield* CentrifugoTest.failNext("block_user", { code: 107 })
      const refused = yield* Effect.flip(pro.blockUser({ user: "1" }))
      assert.strictEqual(refused._tag, "CentrifugoBadRequestError")
      assert.strictEqual((yield* Effect.flip(pro.blockUser({ user: "1" })))._tag, "CentrifugoNotFoundError")
    }).pipe(
      Effect.provide(Layer.provideMerge(CentrifugoPro.layerTransport(), CentrifugoTest.layerTransport()))
    )
  )

  it.effect("with a retry policy the call succeeds, with one idempotency key", () =>
    withServer({ client: { retry: RetryPolicy.transient } })((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { reset: true, carriedOut: true })
        const calling = yield* Effect.fork(publish(centrifugo))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(calling)
        assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [1])
        assert.strictEqual((yield* CentrifugoTest.calls("publish")).length, 2)
      })
    )
  )
})

describe("unused faults", () => {
  const ordering = CentrifugoTest.failNext("publish", { code: 100 })

  it.effect("are reported when the layer closes", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(ordering.pipe(Effect.provide(CentrifugoTest.layer())))
      assert.include(String(exit), "these injected faults did not happen")
      assert.include(String(exit), "publish")
    })
  )

  it.effect("are not reported if they happened, are infinite, or the test has failed", () =>
    Effect.gen(function* () {
      const provided = (
        test: Effect.Effect<unknown, unknown, Centrifugo.Centrifugo | CentrifugoTest.CentrifugoTest>
      ) => Effect.exit(Effect.provide(test, CentrifugoTest.layer()))
      const publish = Effect.flatMap(Centrifugo.Centrifugo, ({ publish }) =>
        publish({ channel: "a", data: 1 })
      )
      assert(Exit.isSuccess(yield* provided(Effect.zipRight(ordering, Effect.flip(publish)))))
      assert(Exit.isSuccess(yield* provided(CentrifugoTest.failNext("publish", { code: 100 }, Infinity))))
      const failed = yield* provided(Effect.zipRight(ordering, Effect.fail("its own")))
      assert.deepStrictEqual(failed, Exit.fail("its own"))
    })
  )
})

describe("custom answers", () => {
  it.effect("let PRO methods answer, alone and in a batch", () =>
    Effect.gen(function* () {
      const pro = yield* CentrifugoPro.CentrifugoPro
      const absent = yield* Effect.flip(pro.getUserStatus({ users: ["1"] }))
      assert.strictEqual(absent._tag, "CentrifugoNotFoundError")
      const status = { user: "1", active: 1, online: 2 }
      yield* CentrifugoTest.answer("get_user_status", (request) =>
        CentrifugoTransport.result({
          statuses: (request as { users: Array<string> }).users.map(() => status)
        })
      )
      yield* CentrifugoTest.answer("block_user", () =>
        CentrifugoTransport.failure({ code: 107, message: "bad request" })
      )
      assert.deepInclude((yield* pro.getUserStatus({ users: ["1"] })).statuses[0], { active: 1 })
      assert.strictEqual((yield* Effect.flip(pro.blockUser({ user: "1" })))._tag, "CentrifugoBadRequestError")
      const calls = yield* CentrifugoTest.calls("block_user")
      assert.deepStrictEqual(calls[0]!.request, { user: "1" })
    }).pipe(
      Effect.provide(Layer.provideMerge(CentrifugoPro.layerTransport(), CentrifugoTest.layerTransport()))
    )
  )

  it.effect("replace the server's own, and work for unknown methods", () =>
    withServer({
      answers: {
        presence_stats: () => CentrifugoTransport.result({ num_clients: 7, num_users: 5 }),
        rpc: () => CentrifugoTransport.result({ data: { pong: true } })
      }
    })((centrifugo) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* centrifugo.presenceStats({ channel: "a" })).numClients, 7)
        const [stats] = yield* centrifugo.batch([CentrifugoApi.presenceStats({ channel: "a" })])
        assert.strictEqual(right(stats).numUsers, 5)
        assert.deepStrictEqual((yield* centrifugo.rpc({ method: "ping" })).data, { pong: true })
      })
    )
  )
})

describe("batching", () => {
  it.effect("sends many calls in one request, and members can have their own faults", () =>
    withServer({ client: { batching: {} } })((centrifugo) =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("publish", { code: 107 })
        const calls = [1, 2, 3].map((data) => Effect.either(centrifugo.publish({ channel: "a", data })))
        const outcomes = yield* Effect.all(calls, { concurrency: "unbounded" })
        assert.deepStrictEqual(outcomes.map(Either.isRight), [false, true, true])
        assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [2, 3])
        assert.deepStrictEqual(
          (yield* CentrifugoTest.calls()).map(({ method }) => method),
          ["batch"]
        )
        assert.strictEqual((yield* CentrifugoTest.calls("publish")).length, 3)
      })
    )
  )
})

describe("maps and shared polls", () => {
  it.effect("set keys are published, and removals are only publications", () =>
    withServer({
      channel: { namespaces: [{ name: "map", subscription_type: "map", map: { mode: "persistent" } }] }
    })((centrifugo) =>
      Effect.gen(function* () {
        yield* centrifugo.mapPublish({ channel: "map:a", key: "k", data: 1 })
        yield* centrifugo.mapRemove({ channel: "map:a", key: "k" })
        assert.deepStrictEqual(yield* CentrifugoTest.published("map:a"), [1])
        assert.deepStrictEqual(
          (yield* CentrifugoTest.publications("map:a")).map(({ key, removed }) => ({ key, removed })),
          [
            { key: "k", removed: undefined },
            { key: "k", removed: true }
          ]
        )
      })
    )
  )

  it.effect("a shared poll never has an older version after a newer one, except in another epoch", () =>
    withServer({
      channel: {
        namespaces: [
          {
            name: "poll",
            subscription_type: "shared_poll",
            shared_poll: { mode: "versioned", publish_enabled: true }
          }
        ]
      }
    })((centrifugo) =>
      Effect.gen(function* () {
        const publish = (version: number, epoch?: string, key = "k") =>
          centrifugo.sharedPollPublish({ channel: "poll:a", key, version, epoch, data: version })
        for (const version of [2, 1, 2, 3]) yield* publish(version)
        yield* publish(1, "after a restart")
        yield* publish(1, undefined, "other")
        assert.deepStrictEqual(yield* CentrifugoTest.published("poll:a"), [2, 3, 1, 1])
      })
    )
  )
})

describe("restart", () => {
  it.effect("a restarted server has lost everything, but the test's records stay", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ user: "alice", channels: ["a"] })
        const before = yield* centrifugo.publish({ channel: "a", data: 1 })
        yield* CentrifugoTest.restart
        assert.deepStrictEqual(yield* alice.disconnected, {
          code: 3001,
          reason: "shutdown",
          reconnects: true
        })
        const lost = yield* Effect.flip(
          centrifugo.history({
            channel: "a",
            limit: -1,
            since: { offset: before.offset!, epoch: before.epoch! }
          })
        )
        assert.strictEqual(lost._tag, "CentrifugoUnrecoverablePositionError")
        const after = yield* centrifugo.publish({ channel: "a", data: 2 })
        assert.strictEqual(after.offset, 1)
        assert.notStrictEqual(after.epoch, before.epoch)
        assert.deepStrictEqual(yield* CentrifugoTest.published("a"), [1, 2])
      })
    )
  )

  it.effect("epochs and IDs are the same in every run", () =>
    Effect.gen(function* () {
      const run = withServer()((centrifugo) =>
        Effect.all([
          centrifugo.publish({ channel: "a", data: 1 }),
          centrifugo.publish({ channel: "b", data: 1 }),
          Effect.map(CentrifugoTest.connect(), ({ client }) => client),
          Effect.map(CentrifugoTest.connect(), ({ client }) => client),
          centrifugo.info()
        ])
      )
      assert.deepStrictEqual(yield* run, yield* run)
    })
  )
})

describe("the client of the test server", () => {
  it.effect("a batch with a null, an unknown and a valid member gets the real server's answer", () =>
    withServer()((centrifugo) =>
      Effect.gen(function* () {
        const kit = yield* CentrifugoTest.CentrifugoTest
        const outcome = yield* kit.respond({
          method: "POST",
          path: "/api/batch",
          headers: { "x-api-key": "test-key" },
          body: '{"commands":[{"publish":{"channel":"a","data":1}},{"connections":{}},null,{}]}'
        })
        assert(outcome._tag === "Response")
        assert.strictEqual(
          outcome.response.body,
          '{"replies":[{"publish":{"offset":1,"epoch":"aaaaaaab"}},{"error":{"code":104,"message":"not found"}},' +
            '{"error":{"code":107,"message":"bad request"}},{"error":{"code":104,"message":"not found"}}]}'
        )
        assert.deepStrictEqual(yield* centrifugo.batch([]), [])
        assert.deepStrictEqual(Batch.batch([]).channels, [])
      })
    )
  )

  it.effect("two servers in one program are independent", () =>
    Effect.gen(function* () {
      const [one, two] = yield* Effect.all([CentrifugoTest.make(), CentrifugoTest.make()])
      const client = yield* Centrifugo.fromTransport(one.transport)
      yield* client.publish({ channel: "a", data: 1 })
      assert.deepStrictEqual(yield* one.published("a"), [1])
      assert.deepStrictEqual(yield* two.published("a"), [])
    }).pipe(Effect.scoped)
  )

  it.effect("a failed channel of a broadcast keeps its error, the others their positions", () =>
    withServer({ channel: { namespaces: [{ name: "obj", publication_data_format: "json_object" }] } })(
      (centrifugo) =>
        Effect.gen(function* () {
          const outcomes = yield* centrifugo.broadcast({ channels: ["a", "zz:b", "obj:c"], data: 1 })
          assert.deepStrictEqual(right(outcomes[0]!.outcome), {})
          assert.strictEqual(left(outcomes[1]!.outcome)._tag, "CentrifugoUnknownChannelError")
          assert.strictEqual(left(outcomes[2]!.outcome)._tag, "CentrifugoBadRequestError")
        })
    )
  )
})
