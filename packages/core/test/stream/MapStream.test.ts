import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, Effect, Either, Fiber, Queue, Schedule, Schema, Stream, TestClock } from "effect"
import { Centrifugo, HistoryStream, MapStream } from "../../src/index.js"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { before, collect, leftOf, numbers, outcome, withServer } from "./support.js"

const channel = "map:a"

const set = (key: string, data: {} | null) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.mapPublish({ channel, key, data }))

const remove = (key: string) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.mapRemove({ channel, key }))

const clear = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => centrifugo.mapClear({ channel }))

const top = Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
  Effect.map(centrifugo.mapReadStream({ channel }), ({ epoch, offset }) => ({ epoch, offset }))
)

const setAll = (from: number, to: number) =>
  Effect.forEach(numbers(from, to), (n) => set(`k${n}`, n), { discard: true })

const copyOf = (events: ReadonlyArray<MapStream.Event<MapStream.Entry, MapStream.Change>>) => {
  const copy = new Map<string, unknown>()
  for (const event of events) {
    if (event._tag === "Entry") copy.set(event.entry.key, event.entry.data)
    else if (event._tag === "Change") {
      if (event.change.removed) copy.delete(event.change.key)
      else copy.set(event.change.key, event.change.data)
    }
  }
  return copy
}

describe("changes", () => {
  it.effect("forwards and backwards, in pages of any size, with removals", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 4)
        yield* remove("k2")
        const { epoch } = yield* top
        const expected = [
          ...numbers(1, 4).map((n) => ({ key: `k${n}`, data: n, offset: n, removed: false })),
          { key: "k2", offset: 5, removed: true }
        ].map((change) => ({ ...change, position: { offset: change.offset, epoch } }))
        for (const pageSize of [1, 2, 4, 5, 6]) {
          const shown = (reverse: boolean) =>
            Effect.map(collect(MapStream.changes({ channel, pageSize, reverse })), (all) =>
              all.map(({ score: _, tags: __, time: ___, ...rest }) => rest)
            )
          assert.deepStrictEqual(yield* shown(false), expected)
          assert.deepStrictEqual(yield* shown(true), expected.toReversed())
        }
        const since = { offset: 3, epoch }
        const rest = yield* collect(MapStream.changes({ channel, since, pageSize: 1 }))
        assert.deepStrictEqual(
          rest.map(({ offset }) => offset),
          [4, 5]
        )
      })
    )
  )

  it.effect("dropped since the position are reported, with the server's code 112 and without it", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 2)
        const { epoch } = yield* top
        yield* setAll(3, 20)
        for (const offset of [0, 2]) {
          const since = { offset, epoch }
          const { result, taken } = yield* outcome(MapStream.changes({ channel, since }))
          assert.deepStrictEqual(taken, [])
          assert.deepStrictEqual(
            leftOf(result),
            new HistoryStream.GapError({
              method: "map_read_stream",
              channel,
              position: since,
              first: 11,
              top: { offset: 20, epoch }
            })
          )
        }
        // The stream expires, but its position stays.
        yield* TestClock.adjust("2 minutes")
        const { result } = yield* outcome(MapStream.changes({ channel, since: { offset: 15, epoch } }))
        const error = leftOf(result)
        assert.strictEqual(error._tag, "CentrifugoGapError")
        assert.isFalse("first" in error)
      })
    )
  )

  it.effect("of a cleared map are reported, after an empty answer or code 112", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 3)
        const since = yield* top
        yield* clear
        for (const again of [false, true]) {
          if (again) yield* set("k1", "new")
          const { result } = yield* outcome(MapStream.changes({ channel, since }))
          const error = leftOf(result)
          assert.strictEqual(error._tag, "CentrifugoEpochChangedError")
          assert.deepInclude(error, { position: since, top: yield* top })
          assert.strictEqual("first" in error ? error.first : undefined, again ? 1 : undefined)
        }
      })
    )
  )

  it.effect("are followed by polling", () =>
    withServer(() =>
      Effect.gen(function* () {
        const seen = yield* Queue.unbounded<string>()
        const fiber = yield* MapStream.changes({
          channel,
          follow: Schedule.spaced("1 second"),
          pageSize: 2
        }).pipe(
          Stream.runForEach(({ key }) => Queue.offer(seen, key)),
          Effect.fork
        )
        yield* TestClock.adjust(Duration.zero)
        yield* setAll(1, 5)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Queue.takeAll(seen)), [
          "k1",
          "k2",
          "k3",
          "k4",
          "k5"
        ])
        yield* Fiber.interrupt(fiber)
      })
    )
  )

  it.effect("with a schema, a value that does not match fails alone, and a removal has no value", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* set("a", 1)
        yield* set("b", "x")
        yield* remove("a")
        const all = yield* collect(MapStream.changes({ channel, schema: Schema.Number }))
        assert.deepStrictEqual(
          all.map((change) => (change.removed ? "removed" : Either.getOrUndefined(change.data))),
          [1, undefined, "removed"]
        )
        const second = all[1]!
        assert.isFalse(second.removed)
        if (!second.removed) {
          assert.deepInclude(leftOf(second.data), { channel, offset: 2, path: ["data"] })
        }
      })
    )
  )
})

describe("state", () => {
  it.effect("returns every key once, in pages of any size, and the position where its changes begin", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 7)
        yield* set("k1", "again")
        for (const pageSize of [1, 3, 7, 8]) {
          const { entries, position } = yield* MapStream.state({ channel, pageSize })
          assert.deepStrictEqual(position, yield* top)
          for (const _ of [1, 2]) {
            const all = yield* collect(entries)
            assert.deepStrictEqual(
              all.map(({ data, key }) => [key, data]),
              numbers(1, 7).map((n) => [`k${n}`, n === 1 ? "again" : n])
            )
          }
        }
        assert.deepStrictEqual(yield* collect(MapStream.changes({ channel, since: yield* top })), [])
      })
    )
  )

  it.effect("of an empty map, of a map without a stream, and of a missing map", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const { entries, position } = yield* MapStream.state({ channel })
        assert.deepStrictEqual(yield* collect(entries), [])
        assert.strictEqual(position.offset, 0)
        for (const key of ["a", "b", "c"]) {
          yield* centrifugo.mapPublish({ channel: "eph:a", key, data: 1 })
        }
        const ephemeral = yield* MapStream.state({ channel: "eph:a", pageSize: 2 })
        assert.strictEqual((yield* collect(ephemeral.entries)).length, 3)
        const error = yield* Effect.flip(MapStream.state({ channel: "plain:a" }))
        assert.strictEqual(error._tag, "CentrifugoBadRequestError")
        assert.deepInclude(yield* Effect.flip(MapStream.state({ channel, pageSize: 0 })), {
          _tag: "CentrifugoEncodeError",
          path: ["pageSize"]
        })
      })
    )
  )

  it.effect("does not mix two maps: a map recreated between two pages is an error", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 4)
        const { entries, position } = yield* MapStream.state({ channel, pageSize: 2 })
        yield* clear
        yield* setAll(1, 4)
        const { result, taken } = yield* outcome(entries)
        assert.strictEqual(taken.length, 2)
        assert.deepStrictEqual(
          leftOf(result),
          new HistoryStream.EpochChangedError({
            method: "map_read_state",
            channel,
            position,
            first: 1,
            top: yield* top
          })
        )
      })
    )
  )

  it.effect("continues after a page without entries, which Redis can return", () =>
    withServer(() =>
      Effect.gen(function* () {
        const pages: { readonly [cursor: string]: unknown } = {
          "": { entries: [{ key: "a", data: 1 }], cursor: "1", epoch: "e" },
          "1": { cursor: "2", epoch: "e" },
          "2": { entries: [{ key: "b", data: 2 }], epoch: "e" }
        }
        yield* CentrifugoTest.answer("map_read_state", (request) => ({
          _tag: "Result",
          result: pages[(request as { readonly cursor?: string }).cursor ?? ""]
        }))
        const { entries } = yield* MapStream.state({ channel, schema: Schema.Number })
        assert.deepStrictEqual(
          (yield* collect(entries)).map(({ data, key }) => [key, Either.getOrUndefined(data)]),
          [
            ["a", 1],
            ["b", 2]
          ]
        )
      })
    )
  )
})

describe("the state and then the changes", () => {
  it.effect("make a copy of the map, with any changes between two pages", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 6)
        const meanwhile = Effect.all([
          set("k6", "new"),
          remove("k1"),
          set("k0", "behind the cursor"),
          set("k6", "newer")
        ])
        const events = yield* collect(
          MapStream.stateThenChanges({ channel, pageSize: 2, follow: Schedule.recurs(0) }).pipe(
            Stream.mapEffect(before(2, meanwhile))
          )
        )
        const copy = new Map<string, unknown>()
        const shown = events.map((event) => {
          switch (event._tag) {
            case "Entry":
              copy.set(event.entry.key, event.entry.data)
              return event.entry.key
            case "Complete":
              return event.position.offset
            case "Change":
              if (event.change.removed) copy.delete(event.change.key)
              else copy.set(event.change.key, event.change.data)
              return `${event.change.key} at ${event.change.position.offset}`
          }
        })
        // The changed k6 is not an entry, because its newest value would precede an older change.
        assert.deepStrictEqual(shown, [
          "k1",
          "k2",
          "k6 at 7",
          "k1 at 8",
          "k0 at 9",
          "k6 at 10",
          "k3",
          "k4",
          "k5",
          10
        ])
        const { entries } = yield* MapStream.state({ channel })
        const now = (yield* collect(entries)).map(({ data, key }) => [key, data] as const)
        assert.deepStrictEqual(new Map(copy), new Map(now))
      })
    )
  )

  it.effect(
    "without follow they end at the current position; with a schema the data of both is decoded",
    () =>
      withServer(() =>
        Effect.gen(function* () {
          yield* set("a", 1)
          yield* set("b", "x")
          const events = yield* collect(
            MapStream.stateThenChanges({ channel, schema: Schema.Number }).pipe(
              Stream.mapEffect(before(1, set("c", 3)))
            )
          )
          const rights = events.flatMap((event) => {
            if (event._tag === "Entry") return [Either.getOrUndefined(event.entry.data)]
            if (event._tag === "Complete" || event.change.removed) return []
            return [Either.getOrUndefined(event.change.data)]
          })
          assert.deepStrictEqual(rights, [1, undefined, 3])
        })
      )
  )

  it.effect("need a stream that holds the changes during one page, not during all", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 40)
        // The stream holds ten changes; each page of four takes eight.
        let n = 0
        const write = Effect.suspend(() => set(`new${n++ % 50}`, n))
        const events = yield* collect(
          MapStream.stateThenChanges({ channel, pageSize: 4 }).pipe(
            Stream.tap((event) => (event._tag === "Entry" ? Effect.zipRight(write, write) : Effect.void))
          )
        )
        assert.strictEqual(n, 80)
        const copy = copyOf(events)
        const { entries, position } = yield* MapStream.state({ channel })
        assert.deepStrictEqual(copy, new Map((yield* collect(entries)).map(({ data, key }) => [key, data])))
        const [complete] = events.filter((event) => event._tag === "Complete")
        assert.deepStrictEqual(complete?.position, position)
      })
    )
  )

  it.effect("more changes during a page than the stream holds are a gap", () =>
    withServer(() =>
      Effect.gen(function* () {
        yield* setAll(1, 4)
        const { result } = yield* outcome(
          MapStream.stateThenChanges({ channel, pageSize: 2 }).pipe(
            Stream.mapEffect(before(1, setAll(5, 20)))
          )
        )
        assert.include(leftOf(result), { _tag: "CentrifugoGapError", first: 11 })
      })
    )
  )
})

describe("refusals", () => {
  const ephemeral = { channel: "eph:a" }
  const failed = <R>(stream: Stream.Stream<unknown, MapStream.ChangesError | MapStream.StateError, R>) =>
    Effect.map(outcome<unknown, object, R>(stream), ({ result }) => leftOf(result))

  it.effect("a map without changes can't be followed", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const follow = Schedule.spaced("1 second")
        // An empty map without changes looks like an unused map.
        const fiber = yield* Effect.fork(failed(MapStream.changes({ ...ephemeral, follow })))
        assert.deepStrictEqual(yield* collect(MapStream.changes(ephemeral)), [])
        yield* TestClock.adjust("3 seconds")
        yield* centrifugo.mapPublish({ ...ephemeral, key: "a", data: 1 })
        yield* TestClock.adjust("1 second")
        for (const error of [
          yield* Fiber.join(fiber),
          yield* failed(MapStream.changes(ephemeral)),
          yield* failed(MapStream.changes({ ...ephemeral, reverse: true })),
          yield* failed(MapStream.stateThenChanges({ ...ephemeral, follow }))
        ]) {
          assert.include(error, { _tag: "CentrifugoReadNotSupportedError", option: "map.mode" })
        }
        const { entries } = yield* MapStream.state(ephemeral)
        assert.strictEqual((yield* collect(entries)).length, 1)
      })
    )
  )

  it.effect("of invalid options come before anything is sent", () =>
    withServer(() =>
      Effect.gen(function* () {
        const cases: ReadonlyArray<readonly [object | undefined, ReadonlyArray<string>]> = [
          [{ pageSize: 0 }, ["pageSize"]],
          [{ pageSize: "10" }, ["pageSize"]],
          [{ pagesize: 10 }, ["pagesize"]],
          [{ schema: { text: "string" } }, ["schema"]],
          [{ follow: "1 second" }, ["follow"]]
        ]
        for (const [options, path] of cases) {
          const given = { channel, ...options } as MapStream.FollowOptions
          const streams: ReadonlyArray<
            Stream.Stream<unknown, MapStream.ChangesError, Centrifugo.Centrifugo>
          > = [MapStream.changes(given), MapStream.stateThenChanges(given)]
          for (const stream of streams) {
            assert.deepInclude(yield* failed(stream), { _tag: "CentrifugoEncodeError", path })
          }
          assert.deepInclude(yield* Effect.flip(MapStream.state(given)), {
            _tag: "CentrifugoEncodeError",
            path
          })
        }
        for (const since of [null, 17, { offset: 1 }, { offset: -1, epoch: "e" }]) {
          const given = { channel, since } as MapStream.Options & { channel: string }
          assert.include(yield* failed(MapStream.changes(given)), { _tag: "CentrifugoEncodeError" })
        }
        const none = undefined as unknown as { readonly channel: string }
        assert.include(yield* failed(MapStream.changes(none)), { _tag: "CentrifugoEncodeError" })
        assert.include(yield* failed(MapStream.stateThenChanges(none)), { _tag: "CentrifugoEncodeError" })
        assert.deepStrictEqual(yield* CentrifugoTest.calls("map_read_stream"), [])
        assert.deepStrictEqual(yield* CentrifugoTest.calls("map_read_state"), [])
      })
    )
  )
})
