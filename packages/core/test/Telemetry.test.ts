import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Metric, Option, Stream, TestClock, type Tracer } from "effect"
import { inspect } from "node:util"
import {
  ApiMethod,
  Batch,
  type Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoTransport,
  RetryPolicy,
  Telemetry,
  Wire
} from "../src/index.js"
import { snapshot, tagged } from "./support/metrics.js"
import { recording } from "./support/recording.js"
import * as StubTransport from "./support/StubTransport.js"

const everyCall = (centrifugo: Centrifugo.Service) =>
  Effect.all(
    [
      centrifugo.publish({ channel: "a", data: "s3cret", tags: { t: "s3cret" } }),
      centrifugo.broadcast({ channels: ["a", "b"], data: "s3cret" }),
      centrifugo.info(),
      centrifugo.send(CentrifugoApi.publish({ channel: "a", data: "s3cret" })),
      centrifugo.batch([CentrifugoApi.publish({ channel: "a", data: "s3cret" })])
    ],
    { discard: true }
  )

describe("without a tracer", () => {
  it.effect("no span is created", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.map(Effect.option(Effect.currentSpan), (span) => {
          if (Option.isSome(span)) seen.push(span.value.name)
          return CentrifugoTransport.result({})
        })
      )
      yield* everyCall(centrifugo)
      assert.deepStrictEqual(seen, [])
      // The user's own span stays current.
      yield* Effect.withSpan(centrifugo.info(), "of the user")
      assert.deepStrictEqual(seen, ["of the user"])
    })
  )
})

describe("with a tracer", () => {
  it.effect("every call has exactly one client span with its method", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make()
      yield* traced(everyCall(centrifugo))
      assert.deepStrictEqual(
        spans.map(({ attributes, kind, name }) => [name, kind, attributes.get("messaging.operation.name")]),
        [
          ["centrifugo.publish", "client", "publish"],
          ["centrifugo.broadcast", "client", "broadcast"],
          ["centrifugo.info", "client", "info"],
          ["centrifugo.publish", "client", "publish"],
          ["centrifugo.batch", "client", "batch"]
        ]
      )
      for (const { attributes, status } of spans) {
        assert.strictEqual(attributes.get("messaging.system"), "centrifugo")
        assert.isTrue(status._tag === "Ended" && Exit.isSuccess(status.exit))
      }
      assert.strictEqual(spans[0]?.attributes.get("messaging.destination.name"), "a")
      assert.isFalse(spans[1]?.attributes.has("messaging.destination.name"))
    })
  )

  it.effect("no span contains a payload", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.refusing(107)
      yield* Effect.ignore(
        traced(centrifugo.publish({ channel: "a", data: "s3cret", tags: { t: "s3cret" } }))
      )
      yield* Effect.ignore(traced(centrifugo.publish({ channel: "a", data: { s3cret: 1n } })))
      assert.strictEqual(spans.length, 2)
      for (const { attributes } of spans) assert.notInclude(inspect(attributes), "s3cret")
      assert.notInclude(inspect(spans[0]?.status, { depth: Infinity }), "s3cret")
    })
  )

  it.effect("the span is a child of the caller's span, and the parent of the transport's", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.as(Effect.withSpan(Effect.void, "transport"), CentrifugoTransport.result({}))
      )
      yield* traced(Effect.withSpan(centrifugo.info(), "of the user"))
      assert.deepStrictEqual(
        spans.map(({ name, parent }) => [
          name,
          Option.match(parent, { onNone: () => "", onSome: (parent) => (parent as Tracer.Span).name })
        ]),
        [
          ["of the user", ""],
          ["centrifugo.info", "of the user"],
          ["transport", "centrifugo.info"]
        ]
      )
    })
  )

  it.effect("the span of a failed call ends with its failure", () =>
    Effect.gen(function* () {
      const lost = new CentrifugoError.NetworkError({ method: "info", phase: "unknown", detail: "reset" })
      const stubs = [
        [yield* StubTransport.refusing(102), "CentrifugoUnknownChannelError"],
        [yield* StubTransport.failing(lost), "CentrifugoNetworkError"],
        [yield* StubTransport.answering({ offset: -1 }), "CentrifugoDecodeError"]
      ] as const
      for (const [{ centrifugo }, tag] of stubs) {
        const { spans, traced } = recording()
        const error = yield* Effect.flip(traced(centrifugo.publish({ channel: "a", data: 1 })))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(spans.length, 1)
        const { status } = spans[0]!
        assert.isTrue(status._tag === "Ended" && Exit.isFailure(status.exit))
        if (status._tag === "Ended" && Exit.isFailure(status.exit)) {
          assert.strictEqual(Option.getOrUndefined(Cause.failureOption(status.exit.cause)), error)
        }
      }
    })
  )

  it.effect("the span of a call whose payload throws ends with its failure", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make()
      const throwing = new Proxy({ channel: "a", data: 1 } as const, {
        get: () => {
          throw new Error("boom")
        }
      })
      const error = yield* Effect.flip(traced(centrifugo.publish(throwing)))
      assert.strictEqual(error._tag, "CentrifugoEncodeError")
      assert.strictEqual(spans[0]?.status._tag, "Ended")
    })
  )

  it.effect("a tracer can be set for a part of a program", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make()
      yield* centrifugo.info()
      yield* traced(centrifugo.info())
      yield* centrifugo.info()
      assert.strictEqual(spans.length, 1)
      assert.isTrue(Context.isContext(spans[0]?.context))
    })
  )
})

/** Answers every call of a batch, and single calls. */
const answerAll = ({ body, method }: { readonly body: string; readonly method: string }) => {
  const commands =
    method === "batch" ? (JSON.parse(body) as { commands: ReadonlyArray<unknown> }).commands : []
  const publish = { offset: 1, epoch: "e" }
  return Effect.succeed(
    CentrifugoTransport.result(
      method === "batch" ? { replies: commands.map(() => ({ publish: publish })) } : publish
    )
  )
}

describe("the attributes of a span", () => {
  it.effect(
    "contain the operation, the channel if there is exactly one, and the number of calls in a batch",
    () =>
      Effect.gen(function* () {
        const { spans, traced } = recording()
        const { centrifugo } = yield* StubTransport.make()
        yield* traced(Effect.ignore(centrifugo.publish({ channel: "a", data: 1 })))
        yield* traced(Effect.ignore(centrifugo.broadcast({ channels: ["a", "b"], data: 1 })))
        yield* traced(
          Effect.ignore(
            centrifugo.batch({
              x: CentrifugoApi.publish({ channel: "a", data: 1 }),
              y: CentrifugoApi.presence({ channel: "b" })
            })
          )
        )
        const seen = spans.map(({ attributes }) => [
          attributes.get("messaging.operation.type"),
          attributes.get("messaging.destination.name"),
          attributes.get("messaging.batch.message_count")
        ])
        assert.deepStrictEqual(seen, [
          ["send", "a", undefined],
          ["send", undefined, undefined],
          ["send", undefined, 2]
        ])
      })
  )

  it.effect("contain the error tag of a failed call, and no error otherwise", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.refusing(102)
      yield* traced(Effect.ignore(centrifugo.publish({ channel: "a", data: 1 })))
      const good = yield* StubTransport.answering({ offset: 1, epoch: "e" })
      yield* traced(good.centrifugo.publish({ channel: "a", data: 1 }))
      assert.deepStrictEqual(
        spans.map(({ attributes }) => attributes.get("error.type")),
        ["CentrifugoUnknownChannelError", undefined]
      )
    })
  )
})

describe("attempts", () => {
  it.effect("that are repeated are events of the call's span, and counted", () =>
    Effect.gen(function* () {
      const { events, spans, traced } = recording()
      const down = new CentrifugoError.NetworkError({
        method: "presence_stats",
        phase: "connect",
        detail: "refused"
      })
      const { centrifugo } = yield* StubTransport.failing(down, {
        retry: RetryPolicy.unsent
      })
      const retries = Telemetry.retries.pipe(
        Metric.tagged("messaging.system", "centrifugo"),
        Metric.tagged("messaging.operation.name", "presence_stats"),
        Metric.tagged("error.type", "CentrifugoNetworkError")
      )
      const { count: before } = yield* Metric.value(retries)
      const call = yield* Effect.fork(traced(Effect.flip(centrifugo.presenceStats({ channel: "a" }))))
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(call)
      assert.strictEqual(spans.length, 1)
      assert.deepStrictEqual(
        events.map((event) => ({ ...(event as object), "centrifugo.attempt.delay": 0 })),
        [1, 2].map((number) => ({
          span: "1",
          name: "attempt",
          "centrifugo.attempt.number": number,
          "error.type": "CentrifugoNetworkError",
          "centrifugo.attempt.delay": 0
        }))
      )
      assert.strictEqual((yield* Metric.value(retries)).count - before, 2)
    })
  )
})

describe("automatic batching", () => {
  it.effect("a batch has a span that is linked to its callers' spans in both directions", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { calls, centrifugo } = yield* StubTransport.make(answerAll, { batching: true })
      const publish = (channel: string) => centrifugo.publish({ channel, data: 1 })
      yield* traced(
        Effect.withSpan(Effect.all([publish("a"), publish("b")], { concurrency: "unbounded" }), "of the user")
      )
      yield* Effect.yieldNow()
      const [user, a, b, batch] = spans as [Tracer.Span, Tracer.Span, Tracer.Span, Tracer.Span]
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["of the user", "centrifugo.publish", "centrifugo.publish", "centrifugo.batch"]
      )
      assert.deepStrictEqual(
        batch.links.map(({ span }) => span),
        [a, b]
      )
      assert.deepStrictEqual(
        a.links.map(({ span }) => span),
        [batch]
      )
      assert.deepStrictEqual(
        b.links.map(({ span }) => span),
        [batch]
      )
      // It has no parent, because it belongs to several callers.
      assert.isTrue(Option.isNone(batch.parent))
      assert.strictEqual(Option.getOrUndefined(a.parent), user)
      assert.strictEqual(batch.attributes.get("messaging.batch.message_count"), 2)
      assert.strictEqual(batch.status._tag, "Ended")
      assert.strictEqual(calls[0]?.span, batch)
    })
  )

  it.effect("a call sent alone has no span besides its own", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { calls, centrifugo } = yield* StubTransport.make(answerAll, { batching: true })
      yield* traced(centrifugo.publish({ channel: "a", data: 1 }))
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["centrifugo.publish"]
      )
      assert.strictEqual(calls[0]?.span, spans[0])
    })
  )

  it.effect("sendAll has a span for each HTTP request, under the span that runs it", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make(answerAll)
      const requests = ["a", "b", "c"].map((channel) => CentrifugoApi.publish({ channel, data: 1 }))
      yield* traced(
        Effect.withSpan(Stream.runDrain(centrifugo.sendAll(requests, { maxSize: 2 })), "of the user")
      )
      assert.deepStrictEqual(
        spans.map(({ attributes, name }) => [name, attributes.get("messaging.batch.message_count")]),
        [
          ["of the user", undefined],
          ["centrifugo.batch", 2],
          ["centrifugo.publish", undefined]
        ]
      )
      assert.strictEqual(Option.getOrUndefined(spans[1]!.parent), spans[0])
    })
  )

  it.effect("sendAll sets the channel of an explicit batch with one channel", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make(answerAll)
      const batch = Batch.batch([CentrifugoApi.publish({ channel: "a", data: 1 })])
      yield* traced(Stream.runDrain(centrifugo.sendAll([batch])))
      assert.deepStrictEqual(
        spans.map(({ attributes, name }) => [name, attributes.get("messaging.destination.name")]),
        [["centrifugo.batch", "a"]]
      )
    })
  )
})

describe("metrics", () => {
  const counted = (outcome: string) =>
    Effect.map(Metric.value(tagged(Telemetry.calls, "unsubscribe", outcome)), ({ count }) => count)
  const inFlight = Effect.map(Metric.value(tagged(Telemetry.inFlight, "unsubscribe")), ({ count }) => count)
  const unsubscribe = { user: "u", channel: "c" }

  it.effect(
    "count each call once by its outcome, including interrupted calls, and none stays in flight",
    () =>
      Effect.gen(function* () {
        const outcomes = ["ok", "CentrifugoInternalError", "interrupted"]
        const before = yield* Effect.forEach(outcomes, counted)
        const good = yield* StubTransport.make()
        yield* good.centrifugo.unsubscribe(unsubscribe)
        const bad = yield* StubTransport.refusing(100)
        yield* Effect.ignore(bad.centrifugo.unsubscribe(unsubscribe))
        const never = yield* StubTransport.make(() => Effect.never)
        const call = yield* Effect.fork(never.centrifugo.unsubscribe(unsubscribe))
        yield* Effect.yieldNow()
        assert.strictEqual(yield* inFlight, 1)
        yield* Fiber.interrupt(call)
        const after = yield* Effect.forEach(outcomes, counted)
        assert.deepStrictEqual(
          after.map((count, i) => count - before[i]!),
          [1, 1, 1]
        )
        assert.strictEqual(yield* inFlight, 0)
      })
  )

  it.effect("end an interrupted call at the interruption, without the caller's cleanup", () =>
    Effect.gen(function* () {
      const before = yield* counted("interrupted")
      const { centrifugo } = yield* StubTransport.make(() => Effect.never)
      const fiber = yield* Effect.fork(
        centrifugo.unsubscribe(unsubscribe).pipe(Effect.onInterrupt(() => Effect.sleep("1 second")))
      )
      yield* Effect.yieldNow()
      assert.strictEqual(yield* inFlight, 1)
      const ending = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* inFlight, 0)
      assert.strictEqual((yield* counted("interrupted")) - before, 1)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(ending)
      assert.strictEqual((yield* counted("interrupted")) - before, 1)
    })
  )

  it.effect("count no call as in flight if its descriptor throws", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.make()
      const broken = Object.assign(CentrifugoApi.publish({ channel: "a", data: 1 }), {
        method: "broken",
        encode: () => {
          throw new Error("of the user's own")
        }
      })
      const alone = yield* Effect.exit(centrifugo.send(broken))
      const among = yield* Effect.exit(Stream.runDrain(centrifugo.sendAll([broken])))
      assert(Exit.isFailure(alone) && Cause.isDie(alone.cause))
      assert(Exit.isFailure(among) && Cause.isDie(among.cause))
      assert.strictEqual((yield* Metric.value(tagged(Telemetry.inFlight, "broken"))).count, 0)
      assert.strictEqual((yield* Metric.value(tagged(Telemetry.calls, "broken", "defect"))).count, 1)
    })
  )

  it.effect("measure the duration of a call in seconds of its clock", () =>
    Effect.gen(function* () {
      // A method that no other test calls, because metrics are global in the process.
      const measured = ApiMethod.make("measured", { payload: {}, result: {}, codes: [], repeat: "read" })
      const slow = yield* StubTransport.make(() =>
        Effect.as(Effect.sleep("3 seconds"), CentrifugoTransport.result({}))
      )
      const call = yield* Effect.fork(slow.centrifugo.send(measured()))
      yield* TestClock.adjust("3 seconds")
      yield* Fiber.join(call)
      const { count, max } = yield* Metric.value(tagged(Telemetry.duration, "measured", "ok"))
      assert.deepStrictEqual([count, max], [1, 3])
    })
  )

  it.effect("of batches have their size, and none stays waiting", () =>
    Effect.gen(function* () {
      const { count: before } = yield* Metric.value(Telemetry.batchSize)
      const { centrifugo } = yield* StubTransport.make(answerAll, { batching: true })
      yield* Effect.all(
        ["a", "b", "c"].map((channel) => centrifugo.publish({ channel, data: 1 })),
        { concurrency: "unbounded" }
      )
      const { count, max } = yield* Metric.value(Telemetry.batchSize)
      assert.strictEqual(count - before, 1)
      assert.isAtLeast(max, 3)
      assert.strictEqual((yield* Metric.value(Telemetry.waiting)).count, 0)
    })
  )

  it.effect("of sendAll count each request by method and outcome, and the waiting requests", () =>
    Effect.gen(function* () {
      const gone = ApiMethod.make("counted_gone", { payload: {}, result: {}, codes: [], repeat: "read" })
      const kept = ApiMethod.make("counted_kept", {
        payload: { n: Wire.Int32 },
        result: {},
        codes: [100],
        repeat: "unsafe"
      })
      const refused = { error: { code: 100, message: "refused" } }
      const replyTo = (command: { readonly counted_kept?: { readonly n: number } }) =>
        command.counted_kept === undefined
          ? { counted_gone: {} }
          : command.counted_kept.n < 2
            ? { counted_kept: {} }
            : refused
      const { centrifugo } = yield* StubTransport.make(({ body }) => {
        // A single request is sent without a batch.
        const { commands = [] } = JSON.parse(body) as { commands?: ReadonlyArray<object> }
        return Effect.as(
          Effect.sleep("1 second"),
          CentrifugoTransport.result({ replies: commands.map(replyTo) })
        )
      })
      // Two batches are in flight. The third request is never sent. The fifth has not started yet.
      const requests = [kept({ n: 1 }), kept({ n: 2 }), kept({ n: 0.5 }), gone(), gone(), kept({ n: 3 })]
      const sending = yield* Effect.fork(
        Stream.runCollect(centrifugo.sendAll(requests, { concurrency: 1, maxSize: 2 }))
      )
      yield* TestClock.adjust("0 seconds")
      const numbers = Effect.gen(function* () {
        const calls = (method: string, outcome: string) =>
          Metric.value(tagged(Telemetry.calls, method, outcome))
        const flying = (method: string) => Metric.value(tagged(Telemetry.inFlight, method))
        return {
          ok: (yield* calls("counted_kept", "ok")).count,
          failed: (yield* calls("counted_kept", "CentrifugoInternalError")).count,
          refused: (yield* calls("counted_kept", "CentrifugoEncodeError")).count,
          gone: (yield* calls("counted_gone", "ok")).count,
          flying: [(yield* flying("counted_kept")).count, (yield* flying("counted_gone")).count],
          waiting: (yield* Metric.value(Telemetry.waiting)).count
        }
      })
      const before = { ok: 0, failed: 0, refused: 1, gone: 0, flying: [2, 1], waiting: 1 }
      assert.deepStrictEqual(yield* numbers, before)
      yield* TestClock.adjust("3 seconds")
      assert.lengthOf(yield* Fiber.join(sending), 6)
      const after = { ok: 1, failed: 2, refused: 1, gone: 2, flying: [0, 0], waiting: 0 }
      assert.deepStrictEqual(yield* numbers, after)
      const { count, max } = yield* Metric.value(tagged(Telemetry.duration, "counted_gone", "ok"))
      assert.deepStrictEqual([count, max], [2, 2])
    })
  )

  it.effect("have no channel in any tag", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.make()
      yield* Effect.ignore(centrifugo.publish({ channel: "a-very-own-channel", data: "s3cret" }))
      assert.notInclude(inspect(snapshot(), { depth: Infinity }), "a-very-own-channel")
    })
  )
})
