import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Either, Schema, Stream } from "effect"
import {
  ApiMethod,
  Batch,
  CallOptions,
  type Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoTransport,
  Wire
} from "../src/index.js"
import { left, right } from "./support/either.js"
import * as StubTransport from "./support/StubTransport.js"

const publish = (channel: string, data: {} | null = 1) => CentrifugoApi.publish({ channel, data })
const stats = CentrifugoApi.presenceStats({ channel: "a" })

/** Values that only untyped callers can pass. */
const anything = (members: unknown) => members as ReadonlyArray<ReturnType<typeof publish>>

const commandsOf = (body: string) =>
  (JSON.parse(body) as { readonly commands: ReadonlyArray<unknown> }).commands

describe("the request of a batch", () => {
  it.effect("different methods go in one request, each under its own name", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({
        replies: [{ publish: { offset: 2, epoch: "e" } }, { presence_stats: { num_clients: 3 } }]
      })
      const [sent, online] = yield* centrifugo.batch([publish("a"), stats])
      assert.deepStrictEqual(right(sent), { offset: 2, epoch: "e" })
      assert.deepStrictEqual(right(online), { numClients: 3, numUsers: 0 })
      assert.deepInclude(call(), {
        method: "batch",
        body: '{"commands":[{"publish":{"channel":"a","data":1}},{"presence_stats":{"channel":"a"}}]}',
        batchable: false,
        timeout: 10_000
      })
    })
  )

  it.effect("50 publishes are one request with 50 results in order", () =>
    Effect.gen(function* () {
      const numbers = Array.from({ length: 50 }, (_, i) => i)
      const { calls, centrifugo } = yield* StubTransport.answering({
        replies: numbers.map((i) => ({ publish: { offset: i, epoch: "e" } }))
      })
      const outcomes = yield* centrifugo.batch(numbers.map((i) => publish("a", i)))
      assert.deepStrictEqual(
        outcomes.map((outcome) => right(outcome).offset),
        numbers
      )
      assert.strictEqual(calls.length, 1)
    })
  )

  it.effect("a record of members gives a record of outcomes with the same keys, for any keys", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({
        replies: [{ presence_stats: {} }, { publish: {} }, { publish: { offset: 1, epoch: "e" } }]
      })
      const members = { online: stats, outcome: publish("b"), ["__proto__"]: publish("c") }
      const outcomes = yield* centrifugo.batch(members)
      assert.deepStrictEqual(Object.keys(outcomes), ["online", "outcome", "__proto__"])
      assert.deepStrictEqual(right(outcomes.online), { numClients: 0, numUsers: 0 })
      assert.deepStrictEqual(right(outcomes.outcome), {})
      const own = Object.getOwnPropertyDescriptor(outcomes, "__proto__")?.value as typeof outcomes.outcome
      assert.deepStrictEqual(right(own), { offset: 1, epoch: "e" })
      assert.strictEqual(commandsOf(call().body).length, 3)
    })
  )

  it.effect("parallel is sent only if the option is set", () =>
    Effect.gen(function* () {
      const bodyOf = (options?: Batch.Options) =>
        Effect.gen(function* () {
          const { call, centrifugo } = yield* StubTransport.answering({ replies: [{ publish: {} }] })
          yield* centrifugo.batch([publish("a")], options)
          return JSON.parse(call().body) as object
        })
      assert.propertyVal(yield* bodyOf({ parallel: true }), "parallel", true)
      assert.notProperty(yield* bodyOf({ parallel: false }), "parallel")
      assert.notProperty(yield* bodyOf({}), "parallel")
      assert.notProperty(yield* bodyOf(), "parallel")
    })
  )

  it.effect("a batch without members sends nothing", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      assert.deepStrictEqual(yield* centrifugo.batch([]), [])
      assert.deepStrictEqual(yield* centrifugo.batch({}), {})
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("a batch whose members all fail to encode sends nothing", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.make()
      const outcomes = yield* centrifugo.batch([publish(""), publish("a", { n: 1n })])
      assert.deepStrictEqual(
        outcomes.map((outcome) => left(outcome)._tag),
        ["CentrifugoEncodeError", "CentrifugoEncodeError"]
      )
      assert.strictEqual(calls.length, 0)
    })
  )

  it("a batch has the least safe repeat class of its members, and the channels of all", () => {
    const unsafe = ApiMethod.make("do_it", { payload: {}, result: {}, codes: [], repeat: "unsafe" })
    const repeatOf = (...members: ReadonlyArray<ApiMethod.Request.Any>) => Batch.batch(members).repeat
    assert.strictEqual(repeatOf(), "read")
    assert.strictEqual(repeatOf(stats, stats), "read")
    assert.strictEqual(repeatOf(stats, publish("a")), "keyed")
    assert.strictEqual(repeatOf(unsafe(), publish("a"), stats), "unsafe")
    // A member that is not sent does not count.
    assert.strictEqual(repeatOf(publish(""), stats), "read")
    const broadcast = CentrifugoApi.broadcast({ channels: ["b", "c"], data: 1 })
    assert.deepStrictEqual(Batch.batch([publish("a"), broadcast, publish("b"), publish("d", 1n)]).channels, [
      "a",
      "b",
      "c"
    ])
  })

  it("members are encoded once, so later changes of the payload have no effect", () => {
    const members = [publish("a")]
    const batch = Batch.batch(members)
    const body = right(batch.encode())
    members.push(publish("b"))
    assert.strictEqual(right(batch.encode()), body)
    const outcomes = right(batch.decode(CentrifugoTransport.result({ replies: [{ publish: {} }] }), {}))
    assert.strictEqual(outcomes.length, 1)
  })
})

describe("invalid batches", () => {
  it.effect("a value that is neither a list nor a record, and invalid options, are refused", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.answering({ replies: [] })
      for (const members of [null, undefined, 5, "ab", publish("a")]) {
        const error = yield* Effect.flip(centrifugo.batch(anything(members)))
        assert.deepInclude(error, { _tag: "CentrifugoEncodeError", method: "batch", path: [] })
        assert.include(error.message, "expected a list or a record of requests")
      }
      const options = { paralel: true } as Batch.Options
      const misspelt = yield* Effect.flip(centrifugo.batch([publish("a")], options))
      assert.deepInclude(misspelt, { _tag: "CentrifugoEncodeError", path: ["paralel"] })
      const ofCall = { timeuot: 100 } as CallOptions.Options
      const misspeltCallOption = yield* Effect.flip(
        centrifugo.publish({ channel: "a", data: 1 }).pipe(CallOptions.with(ofCall))
      )
      assert.deepInclude(misspeltCallOption, { _tag: "CentrifugoEncodeError", path: ["timeuot"] })
      const [sent] = Chunk.toReadonlyArray(
        yield* Stream.runCollect(centrifugo.sendAll([publish("a")])).pipe(CallOptions.with(ofCall))
      )
      assert.deepInclude(left(sent!.outcome), { _tag: "CentrifugoEncodeError", path: ["timeuot"] })
      assert.lengthOf(calls, 0)
    })
  )

  it("a record can have a member of any name", () => {
    const request = Batch.batch({ encode: publish("a") })
    assert.include(right(request.encode()), '"publish"')
  })
})

describe("members that fail", () => {
  it.effect("if the second of three fails, the others keep their positions", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({
        replies: [
          { publish: { offset: 1, epoch: "e" } },
          { error: { code: 102, message: "unknown channel" } },
          { publish: {} }
        ]
      })
      const [first, second, third] = yield* centrifugo.batch([publish("a"), publish("zz:b"), publish("c")])
      assert.deepStrictEqual(right(first), { offset: 1, epoch: "e" })
      assert.deepInclude(left(second), {
        _tag: "CentrifugoUnknownChannelError",
        code: 102,
        method: "publish",
        channel: "zz:b"
      })
      assert.deepStrictEqual(right(third), {})
    })
  )

  it.effect("members that can't be encoded fail alone, and replies match the members that were sent", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({
        replies: [{ presence_stats: { num_users: 5 } }, { error: { code: 108, message: "not available" } }]
      })
      const [empty, online, bad, history] = yield* centrifugo.batch([
        publish(""),
        stats,
        publish("a", { f: () => 1 }),
        CentrifugoApi.history({ channel: "b" })
      ])
      assert.deepInclude(left(empty), { _tag: "CentrifugoEncodeError", method: "publish", path: ["channel"] })
      assert.deepStrictEqual(right(online), { numClients: 0, numUsers: 5 })
      assert.deepInclude(left(bad), { _tag: "CentrifugoEncodeError", path: ["data", "f"] })
      assert.deepInclude(left(history), { _tag: "CentrifugoNotAvailableError", channel: "b" })
      assert.deepStrictEqual(commandsOf(call().body), [
        { presence_stats: { channel: "a" } },
        { history: { channel: "b" } }
      ])
    })
  )

  it.effect("a member that is not a request fails alone, with its index or key", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({ replies: [{ publish: {} }] })
      const strangers = [null, undefined, 5, "publish", {}, CentrifugoApi.publish, Effect.void]
      const outcomes = yield* centrifugo.batch(anything([...strangers, publish("a")]))
      assert.strictEqual(outcomes.length, strangers.length + 1)
      strangers.forEach((_, i) => {
        const error = left(outcomes[i]!)
        assert.deepInclude(error, { _tag: "CentrifugoEncodeError", method: "batch", path: [i] })
        assert.match(error.message, /expected a request, such as CentrifugoApi\.publish\(payload\)/)
      })
      right(outcomes.at(-1)!)
      const record = yield* centrifugo.batch({ bad: anything([null])[0]!, good: publish("a") })
      assert.deepInclude(left(record.bad), { path: ["bad"] })
      right(record.good)
    })
  )

  it.effect("a batch inside a batch is refused, and the rest is sent", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({ replies: [{ publish: {} }] })
      const [nested, sent] = yield* centrifugo.batch([Batch.batch([publish("a")]), publish("b")])
      assert.deepInclude(left(nested), { _tag: "CentrifugoEncodeError", path: [0] })
      assert.match(left(nested).message, /a batch can't carry batch/)
      right(sent)
    })
  )

  it.effect("a broadcast member has one outcome per channel", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({
        replies: [{ broadcast: { responses: [{ result: {} }, { error: { code: 102, message: "x" } }] } }]
      })
      const [sent] = yield* centrifugo.batch([CentrifugoApi.broadcast({ channels: ["a", "zz:b"], data: 1 })])
      const [a, b] = right(sent)
      assert.deepStrictEqual(right(a!.outcome), {})
      assert.strictEqual(left(b!.outcome)._tag, "CentrifugoUnknownChannelError")
    })
  )
})

describe("invalid batch replies", () => {
  const outcomesOf = (result: unknown, members: ReadonlyArray<ReturnType<typeof publish>>) =>
    Effect.flatMap(StubTransport.answering(result), ({ centrifugo }) => centrifugo.batch(members))

  it.effect("a missing reply fails the whole batch, because it is unknown which one is missing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        outcomesOf({ replies: [{ publish: {} }] }, [publish("a"), publish("b")])
      )
      assert.deepInclude(error, { _tag: "CentrifugoDecodeError", path: ["replies"] })
      assert.match(error.message, /1 replies to 2 commands/)
    })
  )

  it.effect.each<readonly [string, unknown, RegExp]>([
    ["null", null, /not an object/],
    ["a text", "ok", /not an object/],
    ["empty", {}, /expected a reply to publish/],
    ["under another method's name", { history: {} }, /expected a reply to publish/],
    ["under an inherited name", Object.create({ publish: {} }), /expected a reply to publish/],
    ["an error without a code", { error: "x" }, /an error without a code/],
    ["a null result", { publish: null }, /expected an object, got null/],
    ["a result of another shape", { publish: { offset: "1" } }, /expected an integer/]
  ])("a reply that is %s is an error of its member only", ([_, reply, message]) =>
    Effect.gen(function* () {
      const [bad, good] = yield* outcomesOf({ replies: [reply, { publish: {} }] }, [
        publish("a"),
        publish("b")
      ])
      assert.strictEqual(left(bad!)._tag, "CentrifugoDecodeError")
      assert.match(left(bad!).message, message)
      right(good!)
    })
  )

  it.effect("a null error beside a result is ignored", () =>
    Effect.gen(function* () {
      const [sent] = yield* outcomesOf({ replies: [{ error: null, publish: { offset: 1 } }] }, [publish("a")])
      assert.deepStrictEqual(right(sent!), { offset: 1 })
    })
  )

  it.effect.each<readonly [string, unknown]>([
    ["{}", {}],
    ["null", { replies: null }],
    ["empty", { replies: [] }]
  ])("a list that is %s leaves every member without a reply", ([_, result]) =>
    Effect.gen(function* () {
      const outcomes = yield* outcomesOf(result, [publish("a"), publish("b")])
      assert.deepStrictEqual(
        outcomes.map((outcome) => left(outcome)._tag),
        ["CentrifugoDecodeError", "CentrifugoDecodeError"]
      )
    })
  )

  it.effect.each<readonly [string, unknown, RegExp]>([
    ["too many replies", { replies: [{ publish: {} }, { publish: {} }] }, /2 replies to 1 commands/],
    ["replies that are no list", { replies: { publish: {} } }, /expected a list/],
    ["nothing at all", null, /expected a list/]
  ])("%s fail the call, since no member's reply is known", ([_, result, message]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(outcomesOf(result, [publish("a")]))
      assert.deepInclude(error, { _tag: "CentrifugoDecodeError", method: "batch", path: ["replies"] })
      assert.match(error.message, message)
    })
  )

  it.effect("a server error for the whole batch fails the call", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(107, "bad request")
      const error = yield* Effect.flip(centrifugo.batch([publish("a")]))
      assert.deepInclude(error, { _tag: "CentrifugoUnexpectedServerError", code: 107, method: "batch" })
    })
  )
})

describe("broadcast", () => {
  const outcomesOf = (result: unknown, channels: ReadonlyArray<string>) =>
    Effect.flatMap(StubTransport.answering(result), ({ centrifugo }) =>
      centrifugo.broadcast({ channels, data: 1 })
    )

  it.effect("has one outcome per channel, in order, even if all fail", () =>
    Effect.gen(function* () {
      const outcomes = yield* outcomesOf(
        {
          responses: [
            { result: { offset: 1, epoch: "e" } },
            { error: { code: 102, message: "unknown channel" } },
            { error: { code: 999, message: "custom" }, result: null },
            { result: {}, error: null }
          ]
        },
        ["a", "zz:b", "c", "a"]
      )
      assert.deepStrictEqual(
        outcomes.map(({ channel }) => channel),
        ["a", "zz:b", "c", "a"]
      )
      const [a, b, c, again] = outcomes.map(({ outcome }) => outcome)
      assert.deepStrictEqual(right(a!), { offset: 1, epoch: "e" })
      assert.deepInclude(left(b!), {
        _tag: "CentrifugoUnknownChannelError",
        channel: "zz:b",
        method: "broadcast"
      })
      assert.deepInclude(left(c!), { _tag: "CentrifugoUnexpectedServerError", code: 999, channel: "c" })
      assert.deepStrictEqual(right(again!), {})
    })
  )

  it.effect.each<readonly [string, unknown]>([
    ["has neither part", { responses: [{ result: {} }, {}] }],
    ["has two nulls", { responses: [{ result: {} }, { result: null, error: null }] }]
  ])("a response that %s is an error of its channel only", ([_, result]) =>
    Effect.gen(function* () {
      const [a, b] = yield* outcomesOf(result, ["a", "b"])
      right(a!.outcome)
      assert.deepInclude(left(b!.outcome), { _tag: "CentrifugoDecodeError", path: ["responses", 1] })
    })
  )

  it.effect(
    "names its outcomes after the channels as they were sent, even if the caller's array changes",
    () =>
      Effect.gen(function* () {
        const ways: ReadonlyArray<
          (
            c: Centrifugo.Service,
            channels: Array<string>
          ) => Effect.Effect<CentrifugoApi.BroadcastResult, unknown>
        > = [
          (c, channels) => c.broadcast({ channels, data: 1 }),
          (c, channels) =>
            Effect.flatMap(c.batch([CentrifugoApi.broadcast({ channels, data: 1 })]), ([one]) => one),
          (c, channels) =>
            Effect.flatMap(
              Stream.runCollect(c.sendAll([CentrifugoApi.broadcast({ channels, data: 1 })])),
              (sent) => Chunk.unsafeHead(sent).outcome
            )
        ]
        for (const way of ways) {
          for (const batching of [false, true]) {
            const channels = ["zz:a", "b"]
            const responses = [{ error: { code: 102, message: "unknown channel" } }, { result: {} }]
            const { centrifugo } = yield* StubTransport.make(
              ({ method }) =>
                Effect.sync(() => {
                  channels.splice(0, 2, "other", "another", "third")
                  return CentrifugoTransport.result(
                    method === "batch" ? { replies: [{ broadcast: { responses } }] } : { responses }
                  )
                }),
              { batching }
            )
            const outcomes = yield* way(centrifugo, channels)
            assert.deepStrictEqual(
              outcomes.map(({ channel, outcome }) => [channel, outcome._tag]),
              [
                ["zz:a", "Left"],
                ["b", "Right"]
              ]
            )
          }
        }
      })
  )

  it.effect("a malformed response is an error of its channel only, which says where", () =>
    Effect.gen(function* () {
      const malformed: ReadonlyArray<readonly [unknown, ReadonlyArray<string | number>]> = [
        [5, []],
        ["text", []],
        [null, []],
        [[], []],
        [{ error: "no" }, ["error"]],
        [{ error: { code: "102", message: "" } }, ["error", "code"]],
        [{ result: 5 }, ["result"]],
        [{ result: { offset: "1" } }, ["result", "offset"]]
      ]
      for (const [response, path] of malformed) {
        const responses = [
          { result: { offset: 1, epoch: "e" } },
          response,
          { error: { code: 102, message: "" } }
        ]
        const [a, b, c] = yield* outcomesOf({ responses }, ["a", "b", "c"])
        assert.deepStrictEqual(right(a!.outcome), { offset: 1, epoch: "e" })
        assert.deepInclude(left(b!.outcome), {
          _tag: "CentrifugoDecodeError",
          method: "broadcast",
          path: ["responses", 1, ...path]
        })
        assert.strictEqual(left(c!.outcome)._tag, "CentrifugoUnknownChannelError")
        const partial = yield* outcomesOf({ responses }, ["a", "b", "c"]).pipe(Batch.requireAll, Effect.flip)
        assert.strictEqual(partial._tag, "CentrifugoPartialFailureError")
      }
    })
  )

  it.effect("an empty list of responses is an error of each channel", () =>
    Effect.gen(function* () {
      for (const result of [{}, { responses: null }]) {
        const outcomes = yield* outcomesOf(result, ["a", "b"])
        assert.deepStrictEqual(
          outcomes.map(({ outcome }) => left(outcome)._tag),
          ["CentrifugoDecodeError", "CentrifugoDecodeError"]
        )
      }
    })
  )

  it.effect("too many or too few responses fail the call", () =>
    Effect.gen(function* () {
      const fewer = yield* Effect.flip(outcomesOf({ responses: [{ result: {} }] }, ["a", "b"]))
      assert.match(fewer.message, /1 responses to 2 channels/)
      const error = yield* Effect.flip(outcomesOf({ responses: [{ result: {} }, { result: {} }] }, ["a"]))
      assert.deepInclude(error, { _tag: "CentrifugoDecodeError", path: ["responses"] })
      assert.match(error.message, /2 responses to 1 channels/)
    })
  )

  it.effect("an error of the whole broadcast fails the call", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(107, "bad request")
      const error = yield* Effect.flip(centrifugo.broadcast({ channels: ["a"], data: 1 }))
      assert.deepInclude(error, { _tag: "CentrifugoBadRequestError", channel: "a" })
      const several = yield* Effect.flip(centrifugo.broadcast({ channels: ["a", "b"], data: 1 }))
      assert.notProperty(several, "channel")
    })
  )
})

describe("Outcome.requireAll", () => {
  it.effect("returns the plain results of a list, a record and a broadcast", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.make(({ method }) =>
        Effect.succeed(
          CentrifugoTransport.result(
            method === "broadcast"
              ? { responses: [{ result: { offset: 1, epoch: "e" } }] }
              : { replies: [{ publish: { offset: 1, epoch: "e" } }] }
          )
        )
      )
      const position = { offset: 1, epoch: "e" }
      assert.deepStrictEqual(yield* Batch.requireAll(centrifugo.batch([publish("a")])), [position])
      assert.deepStrictEqual(yield* Batch.requireAll(centrifugo.batch({ a: publish("a") })), {
        a: position
      })
      assert.deepStrictEqual(yield* Batch.requireAll(centrifugo.broadcast({ channels: ["a"], data: 1 })), [
        { channel: "a", result: position }
      ])
      assert.deepStrictEqual(yield* Batch.requireAll(centrifugo.batch([])), [])
    })
  )

  it.effect("fails with one typed error that holds every outcome if any part failed", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({
        replies: [
          { publish: { offset: 1, epoch: "e" } },
          { error: { code: 102, message: "unknown channel" } }
        ]
      })
      const error = yield* centrifugo
        .batch([publish("a"), publish("zz:b")])
        .pipe(Batch.requireAll, Effect.flip)
      assert.instanceOf(error, Batch.PartialFailureError)
      assert.match(error.message, /1 of 2 parts failed.*at 1: .*publish: 102/)
      const [sent, failed] = error.outcomes
      assert.deepStrictEqual(right(sent), { offset: 1, epoch: "e" })
      assert.strictEqual(left(failed)._tag, "CentrifugoUnknownChannelError")
    })
  )

  it.effect("its error encodes to JSON with the inner errors, and decodes to the same", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({
        responses: [
          { result: { offset: 1, epoch: "e" } },
          { error: { code: 102, message: "unknown channel" } }
        ]
      })
      const error = yield* centrifugo
        .broadcast({ channels: ["a", "zz:b"], data: 1 })
        .pipe(Batch.requireAll, Effect.flip)
      assert.instanceOf(error, Batch.PartialFailureError)
      const text = JSON.stringify(yield* Schema.encode(Batch.PartialFailureError)(error))
      const back = yield* Schema.decodeUnknown(Batch.PartialFailureError)(JSON.parse(text))
      assert.deepStrictEqual(back.outcomes, error.outcomes)
      const inner = (back.outcomes as ReadonlyArray<CentrifugoApi.BroadcastOutcome>)[1]!
      assert.instanceOf(left(inner.outcome), CentrifugoError.UnknownChannelError)
    })
  )

  it.effect("errors of the call itself pass through unchanged", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(107)
      const error = yield* Effect.flip(Batch.requireAll(centrifugo.batch([publish("a")])))
      assert.strictEqual(error._tag, "CentrifugoUnexpectedServerError")
    })
  )
})

describe("a custom method inside a batch", () => {
  const jobs = ApiMethod.mapResult(
    ApiMethod.make("jobs", {
      payload: { jobQueue: Schema.String },
      result: { numJobs: Wire.Count },
      codes: [104],
      repeat: "read"
    }),
    ({ numJobs }) => (numJobs > 100 ? Either.left("overloaded" as const) : Either.right(numJobs))
  )

  it.effect("is encoded, decoded and mapped as outside a batch", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({
        replies: [
          { jobs: { num_jobs: 5 } },
          { jobs: { num_jobs: 500 } },
          { error: { code: 104, message: "x" } }
        ]
      })
      const [few, many, none] = yield* centrifugo.batch([
        jobs({ jobQueue: "a" }),
        jobs({ jobQueue: "b" }),
        jobs({ jobQueue: "c" })
      ])
      assert.strictEqual(right(few), 5)
      assert.strictEqual(left(many), "overloaded")
      assert.deepInclude(left(none), { _tag: "CentrifugoNotFoundError", method: "jobs" })
      assert.deepStrictEqual(commandsOf(call().body)[0], { jobs: { job_queue: "a" } })
    })
  )
})
