import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, Effect, Either, Fiber, Queue, Schedule, Schema, Stream, TestClock } from "effect"
import { Centrifugo, MapStream, PositionError } from "../../src/index.js"
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

describe("changes", () => {
  it.effect("forwards and backwards, in pages of any size, with what was removed", () =>
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

  it.effect("gone since the position: by the server's code 112, and where it has none", () =>
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
            new PositionError.GapError({
              method: "map_read_stream",
              channel,
              position: since,
              first: 11,
              top: { offset: 20, epoch }
            })
          )
        }
        // The stream's time ends, its position stays.
        yield* TestClock.adjust("2 minutes")
        const { result } = yield* outcome(MapStream.changes({ channel, since: { offset: 15, epoch } }))
        const error = leftOf(result)
        assert.strictEqual(error._tag, "CentrifugoGapError")
        assert.isFalse("first" in error)
      })
    )
  )

  it.effect("of a map that was cleared: an empty answer where the server says nothing, or code 112", () =>
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

  it.effect("with a schema: a value that does not fit fails alone, a removal has none", () =>
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
  it.effect("gives every key once, in pages of any size, and where its changes begin", () =>
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

  it.effect("of an empty map, of one without a stream, and of none at all", () =>
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

  it.effect("does not mix two maps: one made anew between two pages is an error", () =>
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
          new PositionError.EpochChangedError({
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

  it.effect("goes on behind a page without entries: Redis answers so", () =>
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
  it.effect("make a copy of the map, whatever happens between two pages", () =>
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
        // The changed k6 is not an entry: it would put the newest value before an older one.
        assert.deepStrictEqual(shown, [
          "k1",
          "k2",
          "k3",
          "k4",
          "k5",
          6,
          "k6 at 7",
          "k1 at 8",
          "k0 at 9",
          "k6 at 10"
        ])
        const { entries } = yield* MapStream.state({ channel })
        const now = (yield* collect(entries)).map(({ data, key }) => [key, data] as const)
        assert.deepStrictEqual(new Map(copy), new Map(now))
      })
    )
  )

  it.effect("without follow end where the map stands; with a schema the data of both is read", () =>
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

  it.effect("more changes during the reading than the stream holds are a gap", () =>
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
