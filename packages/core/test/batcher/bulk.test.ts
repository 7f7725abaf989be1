import { assert, describe, it } from "@effect/vitest"
import { Cause, Chunk, Deferred, Effect, Either, Exit, Fiber, Schema, Stream, TestClock } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import {
  Batch,
  CallOptions,
  Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  CentrifugoTransport,
  RetryPolicy
} from "../../src/index.js"
import * as Script from "./support/Script.js"
import { client } from "./support/setup.js"

const settle = Effect.repeatN(Effect.yieldNow(), 50)

const publish = (data: number, channel = `c:${data}`) => CentrifugoApi.publish({ channel, data })

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** The requests 0, 1, 2, ..., and how many of them were pulled. */
const counted = (count: number, request: (i: number) => ReturnType<typeof publish> = publish) => {
  const asked = { count: 0, isOver: false }
  function* requests() {
    try {
      for (; asked.count < count;) yield request(asked.count++)
    } finally {
      asked.isOver = true
    }
  }
  return { asked, requests: requests() }
}

const echo = (request: Script.Request) =>
  Effect.succeed(Script.results(request, ({ payload }) => ({ offset: payload["data"], epoch: "e" })))

const lost = new CentrifugoError.NetworkError({ method: "batch", phase: "unknown", detail: "reset" })

describe("sendAll", () => {
  it.scoped("sends an iterable in batches, and returns each outcome in order", () =>
    Effect.gen(function* () {
      const script = Script.make(echo)
      const { sendAll } = yield* client(script, { batching: false })
      const sent = yield* Stream.runCollect(sendAll(numbers(10_000).map((i) => publish(i))))
      Chunk.toReadonlyArray(sent).forEach(({ outcome, request }, i) => {
        assert.strictEqual(request.payload.data, i)
        assert.strictEqual(Either.getOrThrow(outcome).offset, i)
      })
      assert.deepStrictEqual(
        script.requests.map(({ commands }) => commands.length),
        Array(10).fill(1000)
      )
    })
  )

  it.scoped("returns the value that was paired with a request beside its outcome", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        Effect.succeed(
          Script.results(request, ({ payload }) => ({ data: payload["method"], offset: payload["data"] }))
        )
      )
      const { sendAll } = yield* client(script)
      // Values of every kind, also a request and an outcome.
      const values = [{ id: 0 }, undefined, null, publish(0), Either.left("mine"), [1, 2], "row"]
      const pairs = values.map((value, i): readonly [unknown, ReturnType<typeof publish>] => [
        value,
        publish(i)
      ])
      const sent = yield* Stream.fromIterable(pairs).pipe(sendAll({ maxSize: 3 }), Stream.runCollect)
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(sent).map(([, outcome]) => Either.getOrThrow(outcome).offset),
        [0, 1, 2, 3, 4, 5, 6]
      )
      Chunk.toReadonlyArray(sent).forEach(([value], i) => assert.strictEqual(value, values[i]))

      const failing = yield* Stream.runCollect(
        sendAll([
          ["unsendable", CentrifugoApi.publish({ channel: "", data: 1 })],
          ["no request", 5 as never],
          ["misread", CentrifugoApi.rpc({ method: "m", schema: Schema.Number })]
        ])
      )
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(failing).map(([value, outcome]) => [
          value,
          outcome._tag === "Left" ? outcome.left._tag : "ok"
        ]),
        [
          ["unsendable", "CentrifugoEncodeError"],
          ["no request", "CentrifugoEncodeError"],
          ["misread", "CentrifugoDecodeError"]
        ]
      )

      // Pairs and bare requests may come mixed.
      const mixed = yield* Stream.runCollect(sendAll([publish(1), ["second", publish(2)]]))
      const shapes = Chunk.toReadonlyArray(mixed).map((item) => ("request" in item ? "request" : item[0]))
      assert.deepStrictEqual(shapes, ["request", "second"])
    })
  )

  it.scoped("a value that is not a source is one refused request, not a raw TypeError", () =>
    Effect.gen(function* () {
      const script = Script.make(echo)
      const { sendAll } = yield* client(script, { batching: false })
      // Untyped callers can pass anything.
      const untyped: unknown = sendAll
      const call = untyped as (source: unknown) => Stream.Stream<{ readonly outcome: unknown }>
      for (const value of [5, null, "publish", true]) {
        const [sent] = yield* Stream.runCollect(call(value))
        const error = Either.flip(sent?.outcome as Either.Either<unknown, CentrifugoError.EncodeError>)
        assert.strictEqual(Either.getOrThrow(error)._tag, "CentrifugoEncodeError")
      }
      assert.strictEqual(script.requests.length, 0)
    })
  )

  it.scoped("thousands of immediate answers do not nest: no batch is sent from inside another", () =>
    Effect.gen(function* () {
      const { sendAll } = yield* client(Script.make(echo))
      const requests = numbers(20_000).map((i) => publish(i))
      const succeeded = yield* sendAll(requests, { maxSize: 2, concurrency: 10_000 }).pipe(
        Stream.filter(({ outcome }) => Either.isRight(outcome)),
        Stream.runCount
      )
      assert.strictEqual(succeeded, 20_000)
    })
  )

  it.scoped("is pipeable, takes its own options, and accepts requests of several methods", () =>
    Effect.gen(function* () {
      const script = Script.make((request) =>
        Effect.succeed(
          Script.results(request, ({ method }) =>
            method === "publish" ? { offset: 7, epoch: "e" } : { num_clients: 2 }
          )
        )
      )
      const centrifugo = yield* client(script)
      const seen = yield* Stream.make("a", "b", "c").pipe(
        Stream.flatMap((channel) =>
          Stream.make(publish(1, channel), CentrifugoApi.presenceStats({ channel }))
        ),
        centrifugo.sendAll({ maxSize: 2 }),
        Stream.map(({ outcome, request }) => (request.method === "publish" ? request.payload.data : outcome)),
        Stream.runCollect
      )
      assert.strictEqual(seen.length, 6)
      assert.deepStrictEqual(
        script.requests.map(({ commands }) => commands.length),
        [2, 2, 2]
      )
    })
  )

  it.scoped("an empty source has no outcomes", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { sendAll } = yield* client(script)
      assert.strictEqual(yield* Stream.runCount(sendAll([])), 0)
      assert.strictEqual(yield* Stream.runCount(sendAll()(Stream.empty)), 0)
      assert.lengthOf(script.requests, 0)
    })
  )

  it.scoped("keeps up to concurrency batches in flight, and outcomes in order for any order of answers", () =>
    Effect.gen(function* () {
      const gates = yield* Effect.replicateEffect(Deferred.make<void>(), 4)
      const script = Script.make((request, i) => Effect.zipRight(Deferred.await(gates[i]!), echo(request)))
      const { sendAll } = yield* client(script)
      const seen: Array<unknown> = []
      const fiber = yield* sendAll(
        numbers(8).map((i) => publish(i)),
        { maxSize: 2, concurrency: 3 }
      ).pipe(
        Stream.runForEach(({ request }) => Effect.sync(() => seen.push(request.payload.data))),
        Effect.fork
      )
      yield* settle
      assert.deepStrictEqual(script.data(), [
        [0, 1],
        [2, 3],
        [4, 5]
      ])
      yield* Deferred.succeed(gates[1]!, undefined)
      yield* settle
      assert.deepStrictEqual(script.data().at(-1), [6, 7])
      assert.deepStrictEqual(seen, [])
      yield* Deferred.succeed(gates[0]!, undefined)
      yield* settle
      assert.deepStrictEqual(seen, [0, 1, 2, 3])
      yield* Effect.forEach(gates, (gate) => Deferred.succeed(gate, undefined))
      yield* fiber
      assert.deepStrictEqual(seen, numbers(8))
    })
  )

  it.scoped("keeps the order within a channel: later requests wait for those in flight", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const script = Script.make((request, i) =>
        i === 0 ? Effect.zipRight(Deferred.await(gate), Effect.fail(lost)) : Script.ok(request)
      )
      const { sendAll } = yield* client(script, { retry: RetryPolicy.transient })
      const requests = ["a1", "b1", "a2", "c1"].map((data) =>
        CentrifugoApi.publish({ channel: data[0]!, data })
      )
      const fiber = yield* Effect.fork(Stream.runDrain(sendAll(requests, { maxSize: 1 })))
      yield* settle
      assert.deepStrictEqual(script.data().flat(), ["a1", "b1", "c1"])
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 second")
      yield* fiber
      assert.deepStrictEqual(script.data().flat().slice(3), ["a1", "a2"])
    })
  )

  it.scoped("does not fail if calls fail", () =>
    Effect.gen(function* () {
      const error = { code: 102, message: "unknown channel" }
      const script = Script.make((request, i) =>
        i === 1
          ? Effect.fail(lost)
          : Effect.succeed(
              CentrifugoTransport.result({
                replies: request.commands.map(({ payload }) =>
                  payload["data"] === 1 ? { error } : { publish: {} }
                )
              })
            )
      )
      const { sendAll } = yield* client(script)
      const sent = yield* Stream.runCollect(
        sendAll(
          [0, 1, NaN, 3, 4, 5, 6].map((i) => publish(i)),
          { maxSize: 2 }
        )
      )
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(sent).map(({ outcome }) =>
          Either.isLeft(outcome) ? outcome.left._tag : "sent"
        ),
        [
          "sent",
          "CentrifugoUnknownChannelError",
          "CentrifugoEncodeError",
          "CentrifugoNetworkError",
          "CentrifugoNetworkError",
          "sent",
          "sent"
        ]
      )
    })
  )

  it.scoped("a failure of the source comes after the outcomes of all earlier requests", () =>
    Effect.gen(function* () {
      const script = Script.make((request) => Effect.delay(Script.ok(request), "1 second"))
      const { sendAll } = yield* client(script)
      for (const end of [Stream.fail("upstream"), Stream.die("upstream")]) {
        let count = 0
        const requests = Stream.concat(
          Stream.fromIterable(numbers(5)).pipe(Stream.map((i) => publish(i))),
          end
        )
        const fiber = yield* sendAll(requests, { maxSize: 2 }).pipe(
          Stream.runForEach(() => Effect.sync(() => count++)),
          Effect.fork
        )
        yield* TestClock.adjust("10 seconds")
        assert.match(String(yield* Fiber.await(fiber)), /upstream/)
        assert.strictEqual(count, 5)
      }
    })
  )

  it.scoped("returns exactly the acknowledged requests if the network fails halfway", () =>
    Effect.gen(function* () {
      const acknowledged: Array<unknown> = []
      const script = Script.make((request, i) => {
        if (i >= 5) return Effect.fail(lost)
        acknowledged.push(...request.commands.map(({ payload }) => payload["data"]))
        return Script.ok(request)
      })
      const { sendAll } = yield* client(script)
      const sent = yield* Stream.runCollect(
        sendAll(
          numbers(100).map((i) => publish(i)),
          { maxSize: 10 }
        )
      )
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(sent)
          .filter(({ outcome }) => Either.isRight(outcome))
          .map(({ request }) => request.payload.data),
        acknowledged
      )
      assert.lengthOf(acknowledged, 50)
      assert.strictEqual(sent.length, 100)
    })
  )

  it.scoped("fails with a defect of the transport", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.dieMessage("a bug"))
      const { sendAll } = yield* client(script)
      const exit = yield* Effect.exit(Stream.runDrain(sendAll([publish(1)])))
      assert.isTrue(Exit.isFailure(exit))
      assert.match(String(exit), /a bug/)
    })
  )

  it.scoped("no outcome follows a defect, though the source is endless", () =>
    Effect.gen(function* () {
      const { sendAll } = yield* client(Script.make())
      const broken = Object.assign(publish(25), {
        decode: () => {
          throw new Error("a bug")
        }
      })
      const taken: Array<unknown> = []
      const exit = yield* Stream.iterate(0, (n) => n + 1).pipe(
        Stream.map((n) => (n === 25 ? broken : publish(n))),
        (source) => sendAll(source, { maxSize: 10, concurrency: 2 }),
        Stream.runForEach(({ request }) => Effect.sync(() => taken.push(request.payload.data))),
        Effect.exit
      )
      assert(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      assert.deepStrictEqual(
        taken,
        Array.from({ length: taken.length }, (_, n) => n)
      )
      assert.isBelow(taken.length, 25)
    })
  )

  it.scoped("invalid options are a defect", () =>
    Effect.gen(function* () {
      const { sendAll } = yield* client(Script.make())
      const exit = yield* Effect.exit(Stream.runDrain(sendAll([publish(1)], { concurrency: 0 })))
      assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", /CentrifugoConfigError.*concurrency/)
    })
  )
})

describe("sendAll's back-pressure", () => {
  it.scoped("pulls no more than it can hold while no outcome is taken", () =>
    Effect.gen(function* () {
      const { sendAll } = yield* client(Script.make())
      const { asked, requests } = counted(100_000)
      let taken = 0
      let most = 0
      yield* sendAll(requests, { maxSize: 100, concurrency: 3 }).pipe(
        Stream.runForEachChunk((chunk) =>
          Effect.sync(() => {
            most = Math.max(most, asked.count - taken)
            taken += chunk.length
          })
        )
      )
      assert.strictEqual(taken, 100_000)
      // It holds four batches, and one request is being pulled.
      assert.isAtMost(most, 500)
    })
  )

  it.scoped("also limits the bytes", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { sendAll } = yield* client(script)
      const { asked, requests } = counted(1000, (i) =>
        CentrifugoApi.publish({ channel: `c:${i}`, data: i, tags: { t: "x".repeat(1000) } })
      )
      yield* Effect.fork(
        Stream.runDrain(sendAll(Stream.fromIteratorSucceed(requests, 1), { maxBytes: 5000, concurrency: 1 }))
      )
      yield* settle
      assert.isAtMost(asked.count, 12)
    })
  )

  // Reads V8's heap, which Bun does not have.
  it.scoped.skipIf("Bun" in globalThis)(
    "does not keep the body of a request whose outcome waits for earlier ones",
    () =>
      Effect.gen(function* () {
        const text = "x".repeat(100_000)
        const requests = numbers(200).map((i) =>
          CentrifugoApi.publish({ channel: `c:${i}`, data: i, tags: { text } })
        )
        const bytes = Buffer.byteLength(text)
        // The first request is never answered, so no outcome is emitted.
        const script = Script.make((request) =>
          request.commands[0]!.payload["data"] === 0 ? Effect.never : Script.ok(request)
        )
        const transport = {
          send: (call: CentrifugoTransport.Call) => {
            const reply = script.transport.send(call)
            return Effect.tap(reply, () => Effect.sync(() => (script.requests as Array<unknown>).splice(0)))
          }
        }
        const { sendAll } = yield* Effect.orDie(Centrifugo.fromTransport(transport))
        setFlagsFromString("--expose-gc")
        const collect = runInNewContext("gc") as () => void
        collect()
        const before = process.memoryUsage().heapUsed
        yield* Effect.fork(
          Stream.runDrain(sendAll(requests, { maxSize: 1, concurrency: 200, maxBytes: 10 * bytes }))
        )
        yield* Effect.repeatN(Effect.yieldNow(), 2000)
        collect()
        assert.isBelow(process.memoryUsage().heapUsed - before, 50 * bytes)
      })
  )

  it.scoped("sends a partial batch when the source ends", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { sendAll } = yield* client(script)
      const seen: Array<unknown> = []
      yield* Stream.concat(Stream.make(publish(1), publish(2)), Stream.never).pipe(
        sendAll(),
        Stream.runForEach(({ request }) => Effect.sync(() => seen.push(request.payload.data))),
        Effect.fork
      )
      yield* settle
      assert.deepStrictEqual(seen, [1, 2])
    })
  )

  it.scoped("interruption ends the requests in flight and closes the source", () =>
    Effect.gen(function* () {
      const script = Script.make(() => Effect.never)
      const { sendAll } = yield* client(script)
      const { asked, requests } = counted(1000)
      const fiber = yield* Effect.fork(Stream.runDrain(sendAll(requests, { maxSize: 10 })))
      yield* settle
      assert.strictEqual(script.inFlight(), 4)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(script.inFlight(), 0)
      assert.isTrue(asked.isOver)
      assert.lengthOf(script.requests, 4)
    })
  )

  it.scoped("taking only some outcomes ends the rest, and repeats nothing", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) => (i < 2 ? Script.ok(request) : Effect.fail(lost)))
      const { sendAll } = yield* client(script, { retry: RetryPolicy.transient })
      const { asked, requests } = counted(1000)
      const sent = yield* sendAll(requests, { maxSize: 10 }).pipe(Stream.take(15), Stream.runCollect)
      assert.strictEqual(sent.length, 15)
      assert.isTrue(asked.isOver)
      const { length } = script.requests
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(script.requests, length)
    })
  )
})

describe("sendAll and the options of calls", () => {
  const both = [publish(1, "a"), publish(2, "a")]

  it.scoped("uses the headers, timeout and deadline of the context", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { sendAll } = yield* client(script)
      yield* Stream.runDrain(sendAll([...both, publish(3, "a")], { maxSize: 2 })).pipe(
        CallOptions.with({ timeout: "3 seconds", deadline: "5 seconds", headers: { "x-tenant": "7" } })
      )
      const headers = { "x-tenant": "7" }
      const [batch, single] = script.requests.map(({ call }) => call)
      assert.deepInclude(batch, { method: "batch", timeout: 3000, headers })
      assert.deepInclude(single, { method: "publish", timeout: 3000, deadline: 5000, headers })
    })
  )

  it.scoped("a request whose deadline passes while it waits is not sent", () =>
    Effect.gen(function* () {
      const script = Script.make((request) => Effect.delay(Script.ok(request), "6 seconds"))
      const { sendAll } = yield* client(script)
      const fiber = yield* Stream.runCollect(sendAll(both, { maxSize: 1 })).pipe(
        CallOptions.with({ deadline: "5 seconds" }),
        Effect.fork
      )
      yield* TestClock.adjust("6 seconds")
      const [first, second] = yield* fiber
      assert.strictEqual(first?.outcome._tag, "Right")
      assert.deepNestedInclude(second?.outcome, {
        "left._tag": "CentrifugoTimeoutError",
        "left.phase": "queued",
        "left.timeout": 5000
      })
      assert.lengthOf(script.requests, 1)
    })
  )

  it.scoped("returns the elapsed time of each request, from when it was pulled", () =>
    Effect.gen(function* () {
      const members = (replies: ReadonlyArray<object>) =>
        Effect.succeed(CentrifugoTransport.result({ replies }))
      const unknown = { error: { code: 102, message: "unknown channel" } }
      // An invalid response, so that decoding fails.
      const broken = { publish: { offset: "1" } }
      const script = Script.make((_, i) => Effect.delay(members([broken, i === 0 ? unknown : broken]), 100))
      const { sendAll } = yield* client(script)
      const late = publish(5, "b")
      const requests = Stream.make(publish(1, "a"), publish(2, "b"), publish(3, "a")).pipe(
        Stream.concat(Stream.fromEffect(Effect.delay(Effect.succeed(late), 30)))
      )
      const fiber = yield* Effect.fork(Stream.runCollect(sendAll(requests, { maxSize: 2 })))
      yield* TestClock.adjust(200)
      const seen = Chunk.map(yield* fiber, ({ outcome }) =>
        outcome._tag === "Left" && "elapsed" in outcome.left
          ? [outcome.left._tag, outcome.left.attempts, outcome.left.elapsed]
          : outcome
      )
      assert.deepStrictEqual(Chunk.toReadonlyArray(seen), [
        ["CentrifugoDecodeError", 1, 100],
        ["CentrifugoUnknownChannelError", 1, 100],
        ["CentrifugoDecodeError", 1, 200],
        ["CentrifugoDecodeError", 1, 170]
      ])
    })
  )

  it.scoped("keeps the order of a channel if a payload changes after it was pulled", () =>
    Effect.gen(function* () {
      const unsent = new CentrifugoError.NetworkError({
        method: "publish",
        phase: "connect",
        detail: "refused"
      })
      const script = Script.make((request, i) =>
        i === 0 ? Effect.delay(Effect.fail(unsent), 10) : Script.ok(request)
      )
      const { sendAll } = yield* client(script, { retry: RetryPolicy.unsent })
      const payload = { channel: "a", data: 1 }
      const requests = Stream.concat(
        Stream.sync(() => CentrifugoApi.publish(payload)),
        Stream.fromEffect(Effect.delay(Effect.succeed(publish(2, "a")), 11))
      )
      const fiber = yield* Effect.fork(Stream.runDrain(sendAll(requests)))
      yield* settle
      payload.channel = "b"
      // The first request waits for its retry when the second arrives.
      yield* TestClock.adjust(11)
      assert.deepStrictEqual(script.data(), [[1]])
      yield* TestClock.adjust("1 second")
      yield* fiber
      assert.deepStrictEqual(script.data(), [[1], [1], [2]])
    })
  )

  it.scoped("invalid call options are the error of each request", () =>
    Effect.gen(function* () {
      const script = Script.make()
      const { sendAll } = yield* client(script)
      const sent = yield* CallOptions.with(Stream.runCollect(sendAll(both)), { timeout: 0 })
      for (const { outcome } of sent) {
        assert.deepNestedInclude(outcome, { "left._tag": "CentrifugoEncodeError", "left.path": ["timeout"] })
      }
      assert.lengthOf(script.requests, 0)
    })
  )

  it.scoped("repeats a lost batch for requests whose policy allows it, with a key for each publication", () =>
    Effect.gen(function* () {
      const script = Script.make((request, i) => (i === 0 ? Effect.fail(lost) : Script.ok(request)))
      const { sendAll } = yield* client(script, { retry: RetryPolicy.transient })
      const fiber = yield* Effect.fork(Stream.runCollect(sendAll(both)))
      yield* TestClock.adjust("1 second")
      for (const { outcome } of yield* fiber) assert.isTrue(Either.isRight(outcome))
      const [first, second] = script.requests.map(({ commands }) =>
        commands.map(({ payload }) => payload["idempotency_key"])
      )
      assert.deepStrictEqual(first, second)
      assert.strictEqual(new Set(first).size, 2)
    })
  )

  it.scoped("repeats code 100 of the server", () =>
    Effect.gen(function* () {
      const error = { code: 100, message: "internal server error" }
      const script = Script.make((request, i) =>
        i === 0
          ? Effect.succeed(CentrifugoTransport.result({ replies: [{ error }, { publish: {} }] }))
          : Script.ok(request)
      )
      const { sendAll } = yield* client(script, { retry: RetryPolicy.transient })
      const fiber = yield* Effect.fork(Stream.runCollect(sendAll(both)))
      yield* TestClock.adjust("1 second")
      for (const { outcome } of yield* fiber) assert.isTrue(Either.isRight(outcome))
      assert.deepStrictEqual(script.data(), [[1, 2], [1]])
    })
  )

  it.scoped("sends a request that can't be batched alone, in order", () =>
    Effect.gen(function* () {
      const script = Script.make((request) => Effect.delay(Script.ok(request), "10 millis"))
      const { sendAll } = yield* client(script)
      const fiber = yield* Effect.fork(
        Stream.runCollect(
          sendAll([publish(1, "a"), Batch.batch([publish(2, "a"), publish(3, "b")]), publish(4, "b")])
        )
      )
      for (const sent of [[[1]], [[1], [2, 3]], [[1], [2, 3], [4]]]) {
        yield* settle
        assert.deepStrictEqual(script.data(), sent)
        yield* TestClock.adjust("10 millis")
      }
      for (const { outcome } of yield* fiber) assert.strictEqual(outcome._tag, "Right")
    })
  )
})
