import { assert, describe, it } from "@effect/vitest"
import {
  Chunk,
  Duration,
  Effect,
  Either,
  Exit,
  Fiber,
  Queue,
  Ref,
  Schedule,
  Schema,
  Stream,
  TestClock
} from "effect"
import {
  ApiMethod,
  Centrifugo,
  CentrifugoApi,
  CentrifugoError,
  HistoryStream,
  TypedChannel,
  Wire
} from "../../src/index.js"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { before, collect, leftOf, numbers, outcome, publish, withServer } from "./support.js"

const dataOf = <A extends { readonly data?: unknown }, E, R>(stream: Stream.Stream<A, E, R>) =>
  collect(Stream.map(stream, ({ data }) => data))

const queries = Effect.map(CentrifugoTest.calls("history"), (calls) =>
  calls.map(({ request }) => request as Record<string, unknown>)
)

const epochOf = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
  Effect.map(centrifugo.history({ channel: "a" }), ({ epoch }) => epoch)
)

describe("forwards", () => {
  it.effect("emits each publication with its position, across pages of any size", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 7)
        const epoch = yield* epochOf
        for (const pageSize of [1, 2, 3, 6, 7, 8, 100]) {
          const all = yield* collect(HistoryStream.history({ channel: "a", pageSize }))
          assert.deepStrictEqual(
            all.map(({ data, position }) => [data, position]),
            numbers(1, 7).map((n) => [n, { offset: n, epoch }])
          )
        }
      })
    )
  )

  it.effect("continues after a saved position, and requests no more than exists", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 7)
        const since = { offset: 2, epoch: yield* epochOf }
        assert.deepStrictEqual(
          yield* dataOf(HistoryStream.history({ channel: "a", since, pageSize: 3 })),
          numbers(3, 7)
        )
        assert.deepStrictEqual((yield* queries).slice(1), [
          { channel: "a", limit: 3, reverse: false, since },
          { channel: "a", limit: 2, reverse: false, since: { ...since, offset: 5 } }
        ])
      })
    )
  )

  it.effect("begins with the oldest stored, which need not be the first", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 25)
        assert.deepStrictEqual(
          yield* dataOf(HistoryStream.history({ channel: "a", pageSize: 4 })),
          numbers(16, 25)
        )
      })
    )
  )

  it.effect("is empty if nothing was published, or nothing since the position", () =>
    withServer(() =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* dataOf(HistoryStream.history({ channel: "a" })), [])
        yield* publish(1, 3)
        const since = { offset: 3, epoch: yield* epochOf }
        assert.deepStrictEqual(yield* dataOf(HistoryStream.history({ channel: "a", since })), [])
      })
    )
  )

  it.effect("ends at the top at its start, even if others publish meanwhile", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 3)
        const more = yield* Ref.make(4)
        const publishMore = Effect.flatMap(
          Ref.getAndUpdate(more, (n) => n + 1),
          (n) => publish(n, n)
        )
        const all = HistoryStream.history({ channel: "a", pageSize: 1 }).pipe(Stream.tap(() => publishMore))
        assert.deepStrictEqual(yield* dataOf(all), [1, 2, 3])
      })
    )
  )

  it.effect("holds one page, and requests the next after it was taken", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 9)
        const taken = HistoryStream.history({ channel: "a", pageSize: 3 }).pipe(Stream.take(3))
        assert.deepStrictEqual(yield* dataOf(taken), [1, 2, 3])
        assert.strictEqual((yield* queries).length, 1)
      })
    )
  )
})

describe("gaps", () => {
  it.effect("publications dropped since the saved position are reported", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 2)
        const since = { offset: 2, epoch: yield* epochOf }
        yield* publish(3, 20)
        const { result, taken } = yield* outcome(HistoryStream.history({ channel: "a", since }))
        const error = leftOf(result)
        assert.deepStrictEqual(taken, [])
        assert.deepStrictEqual(
          error,
          new HistoryStream.GapError({
            method: "history",
            channel: "a",
            position: since,
            first: 11,
            top: { offset: 20, epoch: since.epoch }
          })
        )
        assert.include(
          error.message,
          "publications after offset 2 are missing: the next stored one is 11 (top 20)"
        )
      })
    )
  )

  it.effect("no gap if the next publication is the oldest stored", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 20)
        const since = { offset: 10, epoch: yield* epochOf }
        assert.deepStrictEqual(
          yield* dataOf(HistoryStream.history({ channel: "a", since, pageSize: 4 })),
          numbers(11, 20)
        )
      })
    )
  )

  for (const [how, drop] of [
    ["removed", Effect.flatMap(Centrifugo.Centrifugo, (it) => it.historyRemove({ channel: "a" }))],
    ["expired", TestClock.adjust("2 minutes")]
  ] as const) {
    it.effect(`everything ${how} between two pages is reported`, () =>
      withServer(() =>
        Effect.gen(function* () {
          yield* publish(1, 6)
          const epoch = yield* epochOf
          const stream = HistoryStream.history({ channel: "a", pageSize: 2 }).pipe(
            Stream.mapEffect(before(4, drop))
          )
          const { result, taken } = yield* outcome(stream)
          assert.deepStrictEqual(
            taken.map(({ data }) => data),
            [1, 2, 3, 4]
          )
          assert.deepStrictEqual(
            leftOf(result),
            new HistoryStream.GapError({
              method: "history",
              channel: "a",
              position: { offset: 4, epoch },
              top: { offset: 6, epoch }
            })
          )
        })
      )
    )
  }

  it.effect("publications dropped between two pages by newer ones are reported", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 6)
        const { result, taken } = yield* outcome(
          HistoryStream.history({ channel: "a", pageSize: 2 }).pipe(
            Stream.mapEffect(before(2, publish(7, 14)))
          )
        )
        assert.deepStrictEqual(
          taken.map(({ data }) => data),
          [1, 2]
        )
        const error = leftOf(result)
        assert.strictEqual(error._tag, "CentrifugoGapError")
        assert.include(error, { first: 5 })
      })
    )
  )

  it.effect("a hole in the middle of a page is reported after the publications before it", () =>
    withServer(() =>
      Effect.gen(function* () {
        // The memory engine never answers so, but no engine's hole must be skipped.
        const stored = [1, 2, 5, 6]
        yield* CentrifugoTest.answer("history", (payload) => {
          const since = (payload as { readonly since?: { readonly offset: number } }).since?.offset ?? 0
          const publications = stored
            .filter((offset) => offset > since)
            .map((offset) => ({ offset, data: offset }))
          return { _tag: "Result", result: { publications, offset: 6, epoch: "e" } }
        })
        const { result, taken } = yield* outcome(HistoryStream.history({ channel: "a" }))
        assert.deepStrictEqual(
          taken.map(({ data }) => data),
          [1, 2]
        )
        assert.include(leftOf(result), { _tag: "CentrifugoGapError", first: 5 })
      })
    )
  )

  it.effect("a position above the top of its epoch is reported", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 3)
        const epoch = yield* epochOf
        const top = { offset: 3, epoch }
        for (const reverse of [false, true]) {
          const since = { offset: 5, epoch }
          const { result } = yield* outcome(HistoryStream.history({ channel: "a", since, reverse }))
          assert.deepStrictEqual(
            leftOf(result),
            new HistoryStream.PositionAheadError({ method: "history", channel: "a", position: since, top })
          )
        }
        const before = HistoryStream.history({ channel: "a", since: { offset: 4, epoch }, reverse: true })
        assert.deepStrictEqual(yield* dataOf(before), [3, 2, 1])
      })
    )
  )
})

describe("another epoch", () => {
  it.effect("between two runs: the error has the positions in both streams", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 6)
        const since = { offset: 4, epoch: yield* epochOf }
        yield* CentrifugoTest.restart
        yield* publish(1, 15)
        const top = { offset: 15, epoch: yield* epochOf }
        for (const reverse of [false, true]) {
          const { result, taken } = yield* outcome(HistoryStream.history({ channel: "a", since, reverse }))
          assert.deepStrictEqual(taken, [])
          const error = leftOf(result)
          assert.deepStrictEqual(
            error,
            new HistoryStream.EpochChangedError({
              method: "history",
              channel: "a",
              position: since,
              first: 6,
              top
            })
          )
          assert.include(error.message, "was recreated")
        }
      })
    )
  )

  for (const reverse of [false, true]) {
    it.effect(`between two pages, ${reverse ? "backwards" : "forwards"}`, () =>
      withServer(() =>
        Effect.gen(function* () {
          yield* publish(1, 6)
          const { result, taken } = yield* outcome(
            HistoryStream.history({ channel: "a", pageSize: 2, reverse }).pipe(
              Stream.mapEffect(before(2, Effect.zipRight(CentrifugoTest.restart, publish(1, 6))))
            )
          )
          assert.deepStrictEqual(
            taken.map(({ data }) => data),
            reverse ? [6, 5] : [1, 2]
          )
          assert.include(leftOf(result), { _tag: "CentrifugoEpochChangedError", first: 1 })
        })
      )
    )
  }

  it.effect("fails with the error of the second request, if that fails", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 1)
        yield* CentrifugoTest.failNext("history", { code: 112 })
        yield* CentrifugoTest.failNext("history", { code: 100 })
        const since = { offset: 1, epoch: "e" }
        const { result } = yield* outcome(HistoryStream.history({ channel: "a", since }))
        assert.strictEqual(leftOf(result)._tag, "CentrifugoInternalError")
      })
    )
  )

  it.effect("code 112 without a position is unexpected", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* CentrifugoTest.failNext("history", { code: 112 })
        const { result } = yield* outcome(HistoryStream.history({ channel: "a" }))
        const error = leftOf(result)
        assert.include(error, { _tag: "CentrifugoUnexpectedServerError", code: 112, channel: "a" })
      })
    )
  )

  it.effect("errors survive a JSON round trip", () =>
    Effect.gen(function* () {
      const error = new HistoryStream.GapError({
        method: "history",
        channel: "a",
        position: { offset: 1, epoch: "e" },
        top: { offset: 9, epoch: "e" }
      })
      const text = JSON.stringify(yield* Schema.encode(HistoryStream.PositionError)(error))
      const back = yield* Schema.decodeUnknown(HistoryStream.PositionError)(JSON.parse(text))
      assert.deepStrictEqual(back, error)
      assert.isFalse(CentrifugoError.isCentrifugoError(error))
    })
  )
})

describe("recovering", () => {
  it.effect("continues with what is still stored, or from the top", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 2)
        const since = { offset: 2, epoch: yield* epochOf }
        yield* publish(3, 20)
        const stream = HistoryStream.history({ channel: "a", since })
        const stored = Stream.catchTag(stream, "CentrifugoGapError", () =>
          HistoryStream.history({ channel: "a" })
        )
        assert.deepStrictEqual(yield* dataOf(stored), numbers(11, 20))
        const fromTop = Stream.catchTag(stream, "CentrifugoGapError", ({ top }) =>
          Stream.fromEffect(publish(21, 22)).pipe(
            Stream.drain,
            Stream.concat(HistoryStream.history({ channel: "a", since: top }))
          )
        )
        assert.deepStrictEqual(yield* dataOf(fromTop), [21, 22])
      })
    )
  )

  it.effect("catches any position error with one handler, and leaves other errors", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 20)
        const epoch = yield* epochOf
        const positions = [
          ["CentrifugoGapError", { offset: 2, epoch }],
          ["CentrifugoEpochChangedError", { offset: 2, epoch: "another" }],
          ["CentrifugoPositionAheadError", { offset: 21, epoch }]
        ] as const
        for (const [tag, since] of positions) {
          const tags: Array<string> = []
          const recovered = HistoryStream.history({ channel: "a", since }).pipe(
            HistoryStream.catchPositionError((error) => {
              tags.push(error._tag)
              return HistoryStream.history({ channel: "a" })
            })
          )
          assert.deepStrictEqual(yield* dataOf(recovered), numbers(11, 20))
          assert.deepStrictEqual(tags, [tag])
        }
        const invalid = HistoryStream.history({ channel: "a", pageSize: 0 })
        const caught = HistoryStream.catchPositionError(invalid, () => Stream.empty)
        assert.strictEqual(leftOf((yield* outcome(caught)).result)._tag, "CentrifugoEncodeError")
      })
    )
  )

  it.effect("takes an absent position as undefined, on every stream", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 3)
        const none = { since: undefined, pageSize: undefined, reverse: undefined, follow: undefined }
        assert.deepStrictEqual(yield* dataOf(HistoryStream.history({ channel: "a", ...none })), [1, 2, 3])
        const Typed = TypedChannel.make("a", { data: Schema.Number })
        const typed = HistoryStream.fromRequests((page) => Typed.history(page), none)
        assert.lengthOf(yield* collect(typed), 3)
        const calls = yield* queries
        assert.isTrue(calls.every((query) => !("since" in query)))
      })
    )
  )
})

describe("backwards", () => {
  it.effect("from the newest to the oldest stored, in pages of any size", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 5)
        for (const pageSize of [1, 2, 4, 5, 6]) {
          const all = HistoryStream.history({ channel: "a", reverse: true, pageSize })
          assert.deepStrictEqual(yield* dataOf(all), numbers(5, 1))
        }
        yield* publish(6, 25)
        for (const pageSize of [1, 3, 10, 11]) {
          const all = HistoryStream.history({ channel: "a", reverse: true, pageSize })
          assert.deepStrictEqual(yield* dataOf(all), numbers(25, 16))
        }
      })
    )
  )

  it.effect("neither repeats nor emits concurrent publications", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 8)
        const all = HistoryStream.history({ channel: "a", reverse: true, pageSize: 3 }).pipe(
          Stream.mapEffect(before(2, publish(9, 10)))
        )
        assert.deepStrictEqual(yield* dataOf(all), numbers(8, 1))
      })
    )
  )

  it.effect("ends with the rest if the oldest are dropped meanwhile", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 8)
        const all = HistoryStream.history({ channel: "a", reverse: true, pageSize: 3 }).pipe(
          Stream.mapEffect(before(3, publish(9, 13)))
        )
        assert.deepStrictEqual(yield* dataOf(all), numbers(8, 4))
      })
    )
  )

  it.effect("starts before a position; nothing is requested before the first offset", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 5)
        const epoch = yield* epochOf
        const beforeOffset = (offset: number) =>
          dataOf(
            HistoryStream.history({ channel: "a", reverse: true, since: { offset, epoch }, pageSize: 2 })
          )
        assert.deepStrictEqual(yield* beforeOffset(4), [3, 2, 1])
        const asked = (yield* queries).length
        assert.deepStrictEqual(yield* beforeOffset(1), [])
        assert.deepStrictEqual(yield* beforeOffset(0), [])
        assert.strictEqual((yield* queries).length, asked)
        for (const { since } of yield* queries) {
          if (since !== undefined) assert.isAbove((since as { readonly offset: number }).offset, 1)
        }
      })
    )
  )
})

describe("backwards on an engine that can't", () => {
  /** Answers like history_use_lists: from the oldest, for any request. */
  const lists = (first: number, top: number) =>
    CentrifugoTest.answer("history", (request) => {
      const { limit, since } = request as { readonly limit: number; readonly since?: { offset: number } }
      const stored = numbers(first, top).map((offset) => ({ offset, data: offset }))
      const at = stored.findIndex(({ offset }) => offset > (since?.offset ?? 0))
      const isBehind = since !== undefined && since.offset >= top
      const publications = isBehind ? [] : stored.slice(at).slice(0, limit)
      return { _tag: "Result", result: { publications, offset: top, epoch: "e" } }
    })

  for (const [name, first] of [
    ["that keeps all", 1],
    ["that has dropped some", 8]
  ] as const) {
    it.effect(`is refused, from a list ${name}, from any position`, () =>
      withServer(() =>
        Effect.gen(function* () {
          yield* lists(first, 12)
          for (const pageSize of [1, 2, 100]) {
            for (const offset of [undefined, 3, 7, 11, 12, 13]) {
              // There is nothing before it.
              if (offset !== undefined && offset < first) continue
              const since = offset === undefined ? {} : { since: { offset, epoch: "e" } }
              const stream = HistoryStream.history({ channel: "a", reverse: true, pageSize, ...since })
              const { result, taken } = yield* outcome(stream)
              assert.deepStrictEqual(taken, [])
              const error = leftOf(result)
              assert.include(error, {
                _tag: "CentrifugoReadNotSupportedError",
                option: "engine.redis.history_use_lists"
              })
            }
          }
          const forwards = HistoryStream.history({ channel: "a", pageSize: 2 })
          assert.deepStrictEqual(yield* dataOf(forwards), numbers(first, 12))
        })
      )
    )
  }

  it.effect("works if one publication is stored, or none", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* lists(12, 12)
        const stream = HistoryStream.history({ channel: "a", reverse: true, pageSize: 1 })
        assert.deepStrictEqual(yield* dataOf(stream), [12])
      })
    )
  )
})

describe("following", () => {
  const follow = Effect.fn(function* <A, E, R>(stream: Stream.Stream<A, E, R>) {
    const queue = yield* Queue.unbounded<A>()
    const fiber = yield* Effect.fork(Stream.runForEach(stream, (item) => Queue.offer(queue, item)))
    const taken = Effect.map(Queue.takeAll(queue), Chunk.toReadonlyArray)
    return { fiber, taken }
  })

  const settle = TestClock.adjust(Duration.zero)

  it.effect("polls when the schedule says so, and continues from its position", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 3)
        const { fiber, taken } = yield* follow(
          HistoryStream.history({ channel: "a", pageSize: 2, follow: Schedule.spaced("1 second") }).pipe(
            Stream.map(({ data }) => data)
          )
        )
        yield* settle
        assert.deepStrictEqual(yield* taken, [1, 2, 3])
        yield* publish(4, 8)
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(yield* taken, [])
        // After a full page the next request follows at once.
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* taken, [4, 5, 6, 7, 8])
        const asked = (yield* queries).length
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual((yield* queries).length, asked + 5)
        assert.deepStrictEqual(yield* taken, [])
        yield* Fiber.interrupt(fiber)
      })
    )
  )

  it.effect("begins in an empty channel, and misses nothing", () =>
    withServer(() =>
      Effect.gen(function* () {
        const { fiber, taken } = yield* follow(
          HistoryStream.history({ channel: "a", follow: Schedule.spaced("1 second") }).pipe(
            Stream.map(({ data }) => data)
          )
        )
        yield* settle
        yield* publish(1, 2)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* taken, [1, 2])
        // More than the history keeps, between two polls.
        yield* publish(3, 30)
        yield* TestClock.adjust("1 second")
        const error = leftOf(yield* Effect.either(Fiber.join(fiber)))
        assert.include(error, { _tag: "CentrifugoGapError", first: 21 })
      })
    )
  )

  it.effect("the schedule restarts after each publication", () =>
    withServer(() =>
      Effect.gen(function* () {
        const { fiber, taken } = yield* follow(
          HistoryStream.history({ channel: "a", follow: Schedule.exponential("1 second") })
        )
        yield* settle
        yield* TestClock.adjust("7 seconds") // after 1, 2 and 4; the next would be after 8
        assert.strictEqual((yield* queries).length, 4)
        yield* publish(1, 1)
        yield* TestClock.adjust("8 seconds")
        assert.strictEqual((yield* taken).length, 1)
        yield* publish(2, 2)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* taken).length, 1)
        yield* Fiber.interrupt(fiber)
      })
    )
  )

  it.effect("ends when the schedule does", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 2)
        const stream = HistoryStream.history({ channel: "a", follow: Schedule.recurs(3) })
        assert.strictEqual((yield* collect(stream)).length, 2)
        assert.strictEqual((yield* queries).length, 4)
        // Each run has its own schedule.
        assert.strictEqual((yield* collect(stream)).length, 2)
        assert.strictEqual((yield* queries).length, 8)
      })
    )
  )

  it.effect("a stream recreated between two polls is reported", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 2)
        const { fiber } = yield* follow(
          HistoryStream.history({ channel: "a", follow: Schedule.spaced("1 second") })
        )
        yield* settle
        yield* CentrifugoTest.restart
        yield* TestClock.adjust("1 second")
        const error = leftOf(yield* Effect.either(Fiber.join(fiber)))
        assert.include(error, { _tag: "CentrifugoEpochChangedError" })
        assert.isFalse("first" in error)
      })
    )
  )

  it.effect("an interruption while it waits or requests ends it at once", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 2)
        const run = follow(HistoryStream.history({ channel: "a", follow: Schedule.spaced("1 hour") }))
        const waiting = yield* run
        yield* settle
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(waiting.fiber)))
        yield* CentrifugoTest.failNext("history", { delay: "1 hour" })
        const asking = yield* run
        yield* settle
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(asking.fiber)))
        const asked = (yield* queries).length
        yield* TestClock.adjust("2 hours")
        assert.strictEqual((yield* queries).length, asked)
      })
    )
  )

  it.effect("a failed poll ends the stream, and a retry continues from the saved position", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 2)
        const saved = yield* Ref.make<HistoryStream.Position | undefined>(undefined)
        const seen = yield* Queue.unbounded<unknown>()
        const run = Effect.flatMap(Ref.get(saved), (since) =>
          HistoryStream.history({
            channel: "a",
            follow: Schedule.spaced("1 second"),
            ...(since === undefined ? {} : { since })
          }).pipe(
            Stream.runForEach(({ data, position }) =>
              Effect.zipRight(Queue.offer(seen, data), Ref.set(saved, position))
            )
          )
        )
        const fiber = yield* Effect.fork(Effect.retry(run, Schedule.spaced("5 seconds")))
        yield* settle
        yield* CentrifugoTest.failNext("history", { code: 100 })
        yield* TestClock.adjust("1 second")
        yield* publish(3, 4)
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual([...(yield* Queue.takeAll(seen))], [1, 2, 3, 4])
        yield* Fiber.interrupt(fiber)
      })
    )
  )
})

describe("data", () => {
  it.effect("that does not match a schema fails only that publication", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        for (const data of ["1", "x", "3"])
          yield* centrifugo.publish({ channel: "a", data, tags: { t: data } })
        const all = yield* collect(HistoryStream.history({ channel: "a", schema: Schema.NumberFromString }))
        assert.deepStrictEqual(
          all.map(({ outcome, position }) => [
            position.offset,
            Either.getOrUndefined(Either.map(outcome, ({ data, tags }) => [data, tags["t"]]))
          ]),
          [
            [1, [1, "1"]],
            [2, undefined],
            [3, [3, "3"]]
          ]
        )
        const error = leftOf(all[1]!.outcome)
        assert.instanceOf(error, TypedChannel.PublicationDataError)
        assert.deepInclude(error, { channel: "a", offset: 2, path: ["data"] })
      })
    )
  )

  it.effect("of a typed channel is decoded, page by page, with failures in between", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const Room = TypedChannel.make("room{id}", {
          params: { id: Schema.NumberFromString },
          data: Schema.NumberFromString
        })
        yield* centrifugo.send(Room.publish({ id: 1 }, 1))
        yield* centrifugo.publish({ channel: "room1", data: "x" })
        yield* centrifugo.send(Room.publish({ id: 1 }, 3))
        const all = (options: HistoryStream.Options) =>
          Effect.map(
            collect(HistoryStream.fromRequests((page) => Room.history({ id: 1 }, page), options)),
            (items) =>
              items.map(({ outcome }) => Either.getOrUndefined(Either.map(outcome, ({ data }) => data)))
          )
        assert.deepStrictEqual(yield* all({ pageSize: 1 }), [1, undefined, 3])
        assert.deepStrictEqual(yield* all({ pageSize: 2, reverse: true }), [3, undefined, 1])
        const Named = TypedChannel.make("named-{id}", { data: Schema.String })
        const refused = HistoryStream.fromRequests((page) => Named.history({ id: "a:b" }, page))
        assert.instanceOf(leftOf((yield* outcome(refused)).result), CentrifugoError.EncodeError)
      })
    )
  )

  it.effect("custom requests can return anything", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* publish(1, 5)
        const doubled = ApiMethod.mapResult(
          ApiMethod.make("history", {
            payload: {
              channel: Wire.ChannelName,
              limit: Wire.Int32,
              since: Schema.optional(Wire.StreamPosition),
              reverse: Schema.Boolean
            },
            result: { publications: Wire.List(Wire.Publication), ...Wire.top },
            codes: [100, 102, 107, 108, 112],
            repeat: "read"
          }),
          ({ publications, ...top }) =>
            Either.right({
              ...top,
              publications: publications.map(({ data, offset }) => ({ offset, twice: Number(data) * 2 }))
            })
        )
        const all = yield* collect(
          HistoryStream.fromRequests((query) => doubled({ channel: "a", ...query }), { pageSize: 2 })
        )
        assert.deepStrictEqual(
          all.map(({ twice }) => twice),
          [2, 4, 6, 8, 10]
        )
        const strict = HistoryStream.fromRequests((query) =>
          CentrifugoApi.history({ channel: "a", schema: Schema.String, ...query })
        )
        assert.strictEqual(leftOf((yield* outcome(strict)).result)._tag, "CentrifugoDecodeError")
      })
    )
  )
})

describe("refusals", () => {
  it.effect("of values that the server would misread come before anything is sent", () =>
    withServer(() =>
      Effect.gen(function* () {
        const refused = (options: object) =>
          Effect.map(outcome(HistoryStream.history({ channel: "a", ...options })), ({ result }) => {
            const error = leftOf(result)
            assert.instanceOf(error, CentrifugoError.EncodeError)
            return error.path
          })
        for (const pageSize of [0, -1, 1.5, NaN, 2 ** 31]) {
          assert.deepStrictEqual(yield* refused({ pageSize }), ["pageSize"])
        }
        for (const offset of [-1, 1.5, 2 ** 53, "1", undefined]) {
          assert.deepStrictEqual(yield* refused({ since: { offset, epoch: "e" } }), ["since", "offset"])
        }
        for (const epoch of [undefined, null, 1]) {
          assert.deepStrictEqual(yield* refused({ since: { offset: 1, epoch } }), ["since", "epoch"])
        }
        for (const since of [null, 17, "17", [1, "e"]]) {
          assert.strictEqual((yield* refused({ since }))[0], "since")
        }
        for (const follow of ["1 second", 1000, Effect.void, null]) {
          assert.deepStrictEqual(yield* refused({ follow }), ["follow"])
        }
        assert.deepStrictEqual(yield* refused({ reverse: "yes" }), ["reverse"])
        assert.deepStrictEqual(yield* refused({ schema: String }), ["schema"])
        assert.deepStrictEqual(yield* refused({ revers: true }), ["revers"])
        const none = HistoryStream.history(undefined as unknown as { readonly channel: string })
        assert.instanceOf(leftOf((yield* outcome(none)).result), CentrifugoError.EncodeError)
        const own = HistoryStream.fromRequests((query) => CentrifugoApi.history({ channel: "a", ...query }), {
          limit: 10
        } as HistoryStream.Options)
        assert.deepInclude(leftOf((yield* outcome(own)).result), {
          _tag: "CentrifugoEncodeError",
          path: ["limit"]
        })
        assert.deepStrictEqual(yield* refused({ reverse: true, follow: Schedule.forever }), ["follow"])
        assert.deepStrictEqual(yield* refused({ channel: "" }), ["channel"])
        assert.deepStrictEqual(yield* queries, [])
      })
    )
  )

  it.effect("by the server are the call's own errors", () =>
    withServer(() =>
      Effect.gen(function* () {
        const failed = (channel: string) =>
          Effect.map(outcome(HistoryStream.history({ channel })), ({ result }) => leftOf(result)._tag)
        assert.strictEqual(yield* failed("plain:a"), "CentrifugoNotAvailableError")
        assert.strictEqual(yield* failed("nowhere:a"), "CentrifugoUnknownChannelError")
      })
    )
  )
})
