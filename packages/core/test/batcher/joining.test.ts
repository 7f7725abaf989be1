import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { CallOptions, Publishing, Reply } from "../../src/index.js"
import * as Script from "./support/Script.js"
import { client, together } from "./support/setup.js"

const sizes = (script: Script.Script) => script.requests.map(({ commands }) => commands.length)
const methods = (script: Script.Script) => script.requests.map(({ call }) => call.method)

/** Each result tells which publication it is the answer to. */
const echo = (request: Script.Request) =>
  Effect.succeed(Script.results(request, ({ payload }) => ({ offset: payload["data"], epoch: "e" })))

describe("automatic batching", () => {
  it.scoped("10,000 fibers become ten batches, and each gets its own result", () =>
    Effect.gen(function* () {
      const script = Script.make(echo)
      const { publish } = yield* client(script)
      const positions = yield* Effect.forEach(
        Array.from({ length: 10_000 }, (_, i) => i),
        (data) => publish({ channel: `user:${data}`, data }),
        { concurrency: "unbounded" }
      )
      positions.forEach(({ offset }, i) => assert.strictEqual(offset, i))
      assert.deepStrictEqual(sizes(script), Array(10).fill(1000))
    })
  )

  it.scoped("a lone call is sent as itself, before any time passes", () =>
    Effect.gen(function* () {
      const script = Script.make(echo)
      const { publish } = yield* client(script)
      const first = yield* publish({ channel: "a", data: 1 })
      yield* publish({ channel: "a", data: 2 })
      assert.strictEqual(first.offset, 1)
      assert.deepStrictEqual(methods(script), ["publish", "publish"])
    })
  )

  it.scoped("row 30: presence and history at the same time are one request", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        Effect.succeed(
          Script.results(request, ({ method }) =>
            method === "presence" ? { presence: {} } : { publications: [], offset: 3, epoch: "e" }
          )
        )
      )
      const { history, presence } = yield* client(script)
      const [here, past] = yield* Effect.all([presence({ channel: "a" }), history({ channel: "b" })], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(here, { presence: {} })
      assert.strictEqual(past.offset, 3)
      assert.deepStrictEqual(methods(script), ["batch"])
    })
  )

  it.scoped("row 97: equal calls are not merged, and an interrupted one spoils none of the others", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let count = 0
      const script = Script.make((request) =>
        Effect.as(
          Deferred.await(gate),
          Script.results(request, () => ({ offset: ++count, epoch: "e" }))
        )
      )
      const { publish } = yield* client(script)
      const same = publish({ channel: "a", data: "same" })
      const fibers = yield* Effect.replicateEffect(Effect.fork(same), 4)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fibers[1]!)
      const later = yield* Effect.fork(same)
      yield* Deferred.succeed(gate, undefined)
      const offsets = yield* Effect.forEach([fibers[0]!, fibers[2]!, fibers[3]!, later], Fiber.join)
      assert.deepStrictEqual(
        offsets.map(({ offset }) => offset),
        [1, 3, 4, 5]
      )
      assert.deepStrictEqual(sizes(script), [4, 1])
    })
  )

  it.scoped("a call that fails here stops none of those beside it", () =>
    Effect.gen(function* () {
      const script = Script.make(echo)
      const { publish } = yield* client(script)
      const [sent, refused] = yield* together([
        publish({ channel: "a", data: 1 }),
        Effect.flip(publish({ channel: "a", data: NaN })),
        publish({ channel: "a", data: 2 })
      ])
      assert.deepInclude(sent, { offset: 1 })
      assert.deepInclude(refused, { _tag: "CentrifugoEncodeError" })
      assert.deepStrictEqual(script.data(), [[1, 2]])
    })
  )

  it.scoped("what a batch can't carry passes by: an explicit batch, and a call with its own headers", () =>
    Effect.gen(function* () {
      const script = Script.make(echo)
      const { batch, publish } = yield* client(script)
      yield* together([
        publish({ channel: "a", data: 1 }),
        batch([Publishing.publish({ channel: "a", data: 2 }), Publishing.publish({ channel: "b", data: 3 })]),
        publish({ channel: "a", data: 4 }).pipe(CallOptions.with({ headers: { "x-tenant": "7" } })),
        publish({ channel: "a", data: 5 })
      ])
      assert.deepStrictEqual(script.data(), [[2, 3], [4], [1, 5]])
      assert.deepStrictEqual(
        script.requests.map(({ call }) => call.headers),
        [{}, { "x-tenant": "7" }, {}]
      )
    })
  )
})

describe("the limits of a batch", () => {
  const publishAll = (script: Script.Script, batching: object, data: ReadonlyArray<unknown>) =>
    Effect.flatMap(client(script, { batching }), ({ publish }) =>
      together(data.map((data, i) => publish({ channel: `c:${i}`, data: data as {} })))
    )

  it.scoped("maxSize counts calls", () =>
    Effect.gen(function* () {
      const script = Script.make()
      yield* publishAll(script, { maxSize: 3, concurrency: 1 }, [1, 2, 3, 4, 5, 6, 7])
      assert.deepStrictEqual(sizes(script), [3, 3, 1])
      assert.strictEqual(methods(script)[2], "publish")
    })
  )

  it.scoped("row 46: maxBytes counts the bytes of the body, and a call that is larger goes alone", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const large = "é".repeat(3000)
      yield* publishAll(script, { maxBytes: 5000 }, [large, ...Array(60).fill("é".repeat(100)), large, "x"])
      const bodies = script.requests.map(({ call }) => call)
      for (const { body, method } of bodies) {
        if (method === "batch") assert.isAtMost(Buffer.byteLength(body), 5000)
      }
      // 60 x 245 bytes, and the small one after the last large call goes with nobody.
      assert.deepStrictEqual(sizes(script), [20, 20, 20, 1, 1, 1])
    })
  )

  it.scoped("row 46: 100 calls of 20 KB go in batches below 1 MB", () =>
    Effect.gen(function* () {
      const script = Script.make()
      yield* publishAll(script, {}, Array(100).fill("x".repeat(20_000)))
      assert.deepStrictEqual(sizes(script), [49, 49, 2])
      for (const { call } of script.requests) assert.isAtMost(call.body.length, 1_000_000)
    })
  )

  it.scoped("concurrency bounds the batches under way; what waits meanwhile goes together", () =>
    Effect.gen(function* () {
      const gates = Array.from({ length: 4 }, () =>
        Deferred.unsafeMake<void>(Fiber.id(Effect.runFork(Effect.void)))
      )
      const script = Script.make((request, i) =>
        Effect.zipRight(Deferred.await(gates[i]!), Script.ok(request))
      )
      const { publish } = yield* client(script, { batching: { concurrency: 2, maxSize: 2 } })
      const fiber = yield* Effect.fork(
        together(Array.from({ length: 7 }, (_, data) => publish({ channel: `c:${data}`, data })))
      )
      for (const [i, gate] of gates.entries()) {
        yield* Effect.repeatN(Effect.yieldNow(), 10)
        assert.deepStrictEqual(script.data().length, Math.min(i + 2, 4))
        yield* Deferred.succeed(gate, undefined)
      }
      yield* fiber
      assert.deepStrictEqual(script.data(), [[0, 1], [2, 3], [4, 5], [6]])
    })
  )
})

describe("the answer of a batch", () => {
  const three = (answer: (request: Script.Request) => unknown) =>
    Effect.gen(function* () {
      const script = Script.make((request) => Effect.succeed(Reply.result(answer(request))))
      const { publish } = yield* client(script)
      return yield* together([1, 2, 3].map((data) => Effect.either(publish({ channel: "a", data }))))
    })
  const published = (offset: number) => ({ publish: { offset, epoch: "e" } })

  it.scoped("gives each call its own reply or its own error", () =>
    Effect.gen(function* () {
      const error = { code: 102, message: "unknown channel" }
      const [first, second, third] = yield* three(() => ({
        replies: [published(1), { error }, published(3)]
      }))
      assert.deepInclude(first, { _tag: "Right" })
      assert.deepNestedInclude(second, {
        "left._tag": "CentrifugoUnknownChannelError",
        "left.method": "publish",
        "left.channel": "a"
      })
      assert.deepNestedInclude(third, { "right.offset": 3 })
    })
  )

  it.scoped("fails those whose reply is missing or no reply to them, each with its place", () =>
    Effect.gen(function* () {
      const outcomes = yield* three(() => ({ replies: [published(1), { presence: {} }] }))
      assert.deepNestedInclude(outcomes[0], { "right.offset": 1 })
      for (const [place, detail] of [
        [1, "expected a reply to publish"],
        [2, "there is no reply to this command"]
      ] as const) {
        assert.deepNestedInclude(outcomes[place], {
          "left._tag": "CentrifugoDecodeError",
          "left.method": "publish",
          "left.detail": detail,
          "left.path": ["replies", place]
        })
      }
    })
  )

  it.scoped("that is an error as a whole is the error of each call", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.succeed(Reply.failure({ code: 100, message: "internal" })))
      const { publish } = yield* client(script)
      const errors = yield* together([1, 2].map((data) => Effect.flip(publish({ channel: "a", data }))))
      for (const error of errors) {
        assert.deepInclude(error, { _tag: "CentrifugoInternalError", method: "publish" })
      }
    })
  )

  it.scoped.each<readonly [what: string, answer: unknown, detail: string]>([
    ["has too many replies", { replies: [1, 2, 3, 4].map(published) }, "4 replies to 3 commands"],
    ["has no list of them", { replies: "none" }, "expected a list"],
    ["is no object", 7, "expected a list"]
  ])("that %s says nothing about any of them", ([, answer, detail]) =>
    Effect.gen(function* () {
      const outcomes = yield* three(() => answer)
      const errors = outcomes.map((outcome) => (outcome._tag === "Left" ? outcome.left : undefined))
      for (const error of errors) {
        assert.deepInclude(error, {
          _tag: "CentrifugoDecodeError",
          method: "publish",
          detail,
          path: ["replies"]
        })
      }
      assert.strictEqual(new Set(errors).size, 3)
    })
  )
})
