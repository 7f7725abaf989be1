/** Histories and maps as streams, on the real server with its memory engine and its Redis engine. */
import { Centrifugo, HistoryStream, MapStream, TypedChannel } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import * as CentrifugoBinary from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Redis from "@effect-centrifugo/tools/Redis"
import { assert, describe, layer } from "@effect/vitest"
import {
  Array,
  Chunk,
  Context,
  Effect,
  Either,
  Fiber,
  Layer,
  Redacted,
  Ref,
  Schedule,
  Schema,
  Stream
} from "effect"
import { Redis as IORedis } from "ioredis"

const namespaces = [
  { name: "short", history_size: 10, history_ttl: "300s", history_meta_ttl: "1h" },
  { name: "brief", history_size: 10, history_ttl: "1s" },
  {
    name: "map",
    subscription_type: "map",
    map: { mode: "recoverable", key_ttl: "300s", stream_size: 10 }
  },
  // As many changes as the server keeps by default: 100.
  { name: "busy", subscription_type: "map", map: { mode: "persistent" } },
  { name: "eph", subscription_type: "map", map: { mode: "ephemeral", key_ttl: "300s" } }
]

/** Recreates every stream. */
class Recreate extends Context.Tag("Recreate")<Recreate, Effect.Effect<void>>() {}

/** Kills the server and starts it again. */
class Restart extends Context.Tag("Restart")<Restart, Effect.Effect<void>>() {}

const restarting = (server: CentrifugoServer.Service) =>
  Layer.succeed(Restart, Effect.orDie(Effect.zipRight(server.kill, server.start)))

const clientOf = (server: CentrifugoServer.Service) =>
  CentrifugoNode.layer({ url: server.apiUrl, apiKey: Redacted.make(server.apiKey) })

const onMemory = Layer.unwrapScoped(
  Effect.map(CentrifugoServer.start({ namespaces }), (server) =>
    Layer.mergeAll(
      clientOf(server),
      restarting(server),
      Layer.succeed(Recreate, Effect.orDie(Effect.zipRight(server.kill, server.start)))
    )
  )
)

const onRedis = Layer.unwrapScoped(
  Effect.gen(function* () {
    const redis = yield* Redis.start()
    const server = yield* CentrifugoServer.start({
      namespaces,
      env: {
        CENTRIFUGO_ENGINE_TYPE: "redis",
        CENTRIFUGO_ENGINE_REDIS_ADDRESS: redis.url(1),
        CENTRIFUGO_MAP_BROKER_ENABLED: "true",
        CENTRIFUGO_MAP_BROKER_TYPE: "redis",
        CENTRIFUGO_MAP_BROKER_REDIS_ADDRESS: redis.url(2)
      }
    })
    const client = yield* Effect.acquireRelease(
      Effect.sync(() => new IORedis(redis.url(0))),
      (client) => Effect.sync(() => client.disconnect())
    )
    const flush = Effect.promise(() => client.flushall())
    return Layer.mergeAll(clientOf(server), restarting(server), Layer.succeed(Recreate, Effect.asVoid(flush)))
  })
)

const numbers = (from: number, to: number): globalThis.Array<number> =>
  to < from ? Array.reverse(Array.range(to, from)) : Array.range(from, to)

const publish = (channel: string, from: number, to: number) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
    Effect.forEach(numbers(from, to), (data) => centrifugo.publish({ channel, data }), { discard: true })
  )

const epochOf = (channel: string) =>
  Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
    Effect.map(centrifugo.history({ channel }), ({ epoch }) => epoch)
  )

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const offsets = <A extends { readonly position: HistoryStream.Position }, E, R>(
  stream: Stream.Stream<A, E, R>
) => collect(Stream.map(stream, ({ position }) => position.offset))

/** Runs an action once, before the nth item is emitted. */
const before = <E, R>(n: number, effect: Effect.Effect<unknown, E, R>) => {
  let count = 0
  return <A>(item: A) =>
    Effect.suspend(() => Effect.as(++count === n ? effect : Effect.succeed(undefined), item))
}

const suite = (
  name: string,
  server: Layer.Layer<Centrifugo.Centrifugo | Recreate | Restart, unknown>,
  isAvailable: boolean
) =>
  describe.skipIf(!isAvailable)(name, () => {
    layer(Layer.orDie(server), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
      it.effect("a history forwards and backwards, in pages of any size", () =>
        Effect.gen(function* () {
          const channel = "short:pages"
          yield* publish(channel, 1, 7)
          for (const pageSize of [1, 2, 3, 6, 7, 8]) {
            const read = (reverse: boolean) => collect(HistoryStream.history({ channel, pageSize, reverse }))
            assert.deepStrictEqual(
              (yield* read(false)).map(({ data }) => data),
              numbers(1, 7)
            )
            // On Redis the server starts again with the newest for a read before offset 1.
            assert.deepStrictEqual(
              (yield* read(true)).map(({ data }) => data),
              numbers(7, 1)
            )
          }
          yield* publish(channel, 8, 30)
          const stored = yield* offsets(HistoryStream.history({ channel, pageSize: 3 }))
          assert.deepStrictEqual(stored, numbers(21, 30))
          const backwards = HistoryStream.history({ channel, pageSize: 3, reverse: true })
          assert.deepStrictEqual(yield* offsets(backwards), numbers(30, 21))
        })
      )

      it.effect("publications between two pages are neither skipped nor repeated", () =>
        Effect.gen(function* () {
          const channel = "short:between"
          yield* publish(channel, 1, 6)
          const forwards = HistoryStream.history({ channel, pageSize: 2 }).pipe(
            Stream.mapEffect(before(2, publish(channel, 7, 8)))
          )
          assert.deepStrictEqual(yield* offsets(forwards), numbers(1, 6))
          const backwards = HistoryStream.history({ channel, pageSize: 2, reverse: true }).pipe(
            Stream.mapEffect(before(2, publish(channel, 9, 10)))
          )
          assert.deepStrictEqual(yield* offsets(backwards), numbers(8, 1))
        })
      )

      it.effect(
        "publications dropped before they were read are a gap, which the server does not report",
        () =>
          Effect.gen(function* () {
            const channel = "short:gap"
            const centrifugo = yield* Centrifugo.Centrifugo
            yield* publish(channel, 1, 2)
            const since = { offset: 2, epoch: yield* epochOf(channel) }
            yield* publish(channel, 3, 20)
            // The server's own answer.
            const { publications } = yield* centrifugo.history({ channel, since, limit: 1 })
            assert.strictEqual(publications[0]?.offset, 11)
            const error = yield* Effect.flip(collect(HistoryStream.history({ channel, since })))
            assert.deepInclude(error, {
              _tag: "CentrifugoGapError",
              position: since,
              first: 11,
              top: { offset: 20, epoch: since.epoch }
            })
            yield* centrifugo.historyRemove({ channel })
            const removed = yield* Effect.flip(collect(HistoryStream.history({ channel, since })))
            assert.strictEqual(removed._tag, "CentrifugoGapError")
            assert.isFalse("first" in removed)
            const ahead = yield* Effect.flip(
              collect(HistoryStream.history({ channel, since: { ...since, offset: 21 } }))
            )
            assert.strictEqual(ahead._tag, "CentrifugoPositionAheadError")
          })
      )

      it.effect("publications that expired before they were read are a gap", () =>
        Effect.gen(function* () {
          const channel = "brief:gap"
          yield* publish(channel, 1, 3)
          const since = { offset: 1, epoch: yield* epochOf(channel) }
          assert.deepStrictEqual(yield* offsets(HistoryStream.history({ channel, since })), [2, 3])
          const error = yield* collect(HistoryStream.history({ channel, since })).pipe(
            Effect.flip,
            Effect.retry({ schedule: Schedule.spaced("100 millis"), times: 50 })
          )
          assert.strictEqual(error._tag, "CentrifugoGapError")
        })
      )

      it.effect("a recreated history is reported", () =>
        Effect.gen(function* () {
          const channel = "short:recreated"
          yield* publish(channel, 1, 4)
          const since = { offset: 4, epoch: yield* epochOf(channel) }
          yield* yield* Recreate
          yield* publish(channel, 1, 2)
          for (const reverse of [false, true]) {
            const error = yield* Effect.flip(collect(HistoryStream.history({ channel, since, reverse })))
            assert.deepInclude(error, {
              _tag: "CentrifugoEpochChangedError",
              position: since,
              first: 1,
              top: { offset: 2, epoch: yield* epochOf(channel) }
            })
          }
        })
      )

      it.effect("follows new publications, and ends by interruption", () =>
        Effect.gen(function* () {
          const channel = "short:follow"
          const seen = yield* Ref.make<ReadonlyArray<number>>([])
          const all = HistoryStream.history({
            channel,
            pageSize: 3,
            follow: Schedule.spaced("20 millis")
          }).pipe(
            Stream.tap(({ position }) => Ref.update(seen, (offsets) => [...offsets, position.offset])),
            Stream.take(40),
            Stream.runDrain
          )
          const publishing = Effect.forEach(numbers(1, 40), (n) =>
            Effect.delay(publish(channel, n, n), "5 millis")
          )
          yield* Effect.all([all, publishing], { concurrency: 2 })
          assert.deepStrictEqual(yield* Ref.get(seen), numbers(1, 40))
        })
      )

      it.effect("a typed channel, with invalid publications in between", () =>
        Effect.gen(function* () {
          const centrifugo = yield* Centrifugo.Centrifugo
          const Short = TypedChannel.make("short:{name}", { data: Schema.NumberFromString })
          yield* centrifugo.send(Short.publish({ name: "typed" }, 1))
          yield* centrifugo.publish({ channel: "short:typed", data: "x" })
          const outcomes = yield* collect(
            HistoryStream.fromRequests((page) => Short.history({ name: "typed" }, page), { pageSize: 1 })
          )
          assert.deepStrictEqual(
            outcomes.map(({ outcome }) => Either.getOrUndefined(Either.map(outcome, ({ data }) => data))),
            [1, undefined]
          )
        })
      )

      const set = (channel: string, from: number, to: number) =>
        Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) =>
          Effect.forEach(
            numbers(from, to),
            (data) => centrifugo.mapPublish({ channel, key: `k${data}`, data }),
            { discard: true }
          )
        )

      it.effect("changes of a map, forwards and backwards, and dropped changes", () =>
        Effect.gen(function* () {
          const channel = "map:changes"
          const centrifugo = yield* Centrifugo.Centrifugo
          yield* set(channel, 1, 4)
          yield* centrifugo.mapRemove({ channel, key: "k2" })
          for (const pageSize of [1, 2, 5, 6]) {
            assert.deepStrictEqual(yield* offsets(MapStream.changes({ channel, pageSize })), numbers(1, 5))
            const backwards = MapStream.changes({ channel, pageSize, reverse: true })
            assert.deepStrictEqual(yield* offsets(backwards), numbers(5, 1))
          }
          const { epoch } = yield* centrifugo.mapReadStream({ channel })
          // Redis trims the streams of maps in blocks of a hundred.
          yield* set(channel, 6, 300)
          const [oldest] = (yield* centrifugo.mapReadStream({ channel, limit: 1 })).entries
          assert.isAbove(oldest!.offset, 3)
          // After 2 the server itself reports the gap with code 112, after 0 it does not.
          for (const offset of [0, 2]) {
            const error = yield* Effect.flip(
              Stream.runDrain(MapStream.changes({ channel, since: { offset, epoch } }))
            )
            assert.deepInclude(error, {
              _tag: "CentrifugoGapError",
              first: oldest!.offset,
              top: { offset: 300, epoch }
            })
          }
        })
      )

      it.effect("a cleared map is reported", () =>
        Effect.gen(function* () {
          const channel = "map:cleared"
          const centrifugo = yield* Centrifugo.Centrifugo
          yield* set(channel, 1, 3)
          const { entries, position } = yield* MapStream.state({ channel, pageSize: 2 })
          yield* centrifugo.mapClear({ channel })
          const read = Effect.flip(collect(MapStream.changes({ channel, since: position })))
          assert.strictEqual((yield* read)._tag, "CentrifugoEpochChangedError")
          yield* set(channel, 1, 1)
          assert.deepInclude(yield* read, { _tag: "CentrifugoEpochChangedError", first: 1 })
          if (name === "memory") {
            // Redis returned all keys at once.
            const error = yield* Effect.flip(collect(entries))
            assert.strictEqual(error._tag, "CentrifugoEpochChangedError")
          }
        })
      )

      it.effect("the state of a map with many keys, and then the changes meanwhile", () =>
        Effect.gen(function* () {
          const channel = "map:state"
          const centrifugo = yield* Centrifugo.Centrifugo
          yield* set(channel, 1, 700)
          const meanwhile = Effect.all([
            centrifugo.mapRemove({ channel, key: "k1" }),
            centrifugo.mapPublish({ channel, key: "k99", data: "new" }),
            centrifugo.mapPublish({ channel, key: "k0", data: "behind the cursor" })
          ])
          const copy = new Map<string, unknown>()
          const twice: globalThis.Array<string> = []
          const events = yield* collect(
            MapStream.stateThenChanges({ channel, pageSize: 50 }).pipe(Stream.mapEffect(before(3, meanwhile)))
          )
          for (const event of events) {
            if (event._tag === "Entry") {
              if (copy.has(event.entry.key)) twice.push(event.entry.key)
              copy.set(event.entry.key, event.entry.data)
            } else if (event._tag === "Change") {
              if (event.change.removed) copy.delete(event.change.key)
              else copy.set(event.change.key, event.change.data)
            }
          }
          assert.deepStrictEqual(twice, [])
          const { entries } = yield* centrifugo.mapReadState({ channel, limit: -1 })
          assert.deepStrictEqual(copy, new Map(entries.map(({ data, key }) => [key, data])))
          assert.strictEqual(events.filter(({ _tag }) => _tag === "Change").length, 3)
        })
      )

      it.effect("the state of a map without a stream", () =>
        Effect.gen(function* () {
          const channel = "eph:state"
          yield* set(channel, 1, 5)
          const { entries } = yield* MapStream.state({ channel, pageSize: 2 })
          assert.strictEqual((yield* collect(entries)).length, 5)
        })
      )

      /** Runs writers while another effect runs. */
      const whileWriting = <A, E, R, R2>(
        writers: ReadonlyArray<Effect.Effect<unknown, unknown, R2>>,
        effect: Effect.Effect<A, E, R>
      ) =>
        Effect.scoped(
          Effect.zipRight(
            Effect.forkScoped(
              Effect.all(
                writers.map((write) => Effect.forever(write)),
                { concurrency: "unbounded", discard: true }
              )
            ),
            effect
          )
        )

      it.effect("a history is read once and in order during concurrent writes, in both directions", () =>
        Effect.gen(function* () {
          const channel = "bulk:busy"
          yield* publish(channel, 1, 300)
          yield* whileWriting(
            [publish(channel, 1, 1), publish(channel, 2, 2)],
            Effect.gen(function* () {
              const { offset: before } = yield* Effect.flatMap(Centrifugo.Centrifugo, (it) =>
                it.history({ channel })
              )
              const forwards = yield* offsets(HistoryStream.history({ channel, pageSize: 40 }))
              assert.deepStrictEqual(forwards, numbers(1, forwards.length))
              assert.isAtLeast(forwards.length, before)
              const backwards = yield* offsets(
                HistoryStream.history({ channel, pageSize: 40, reverse: true })
              )
              assert.deepStrictEqual(backwards, numbers(backwards.length, 1))
              assert.isAtLeast(backwards.length, forwards.length)
              const followed = yield* offsets(
                HistoryStream.history({ channel, pageSize: 40, follow: Schedule.spaced("5 millis") }).pipe(
                  Stream.take(backwards.length + 50)
                )
              )
              assert.deepStrictEqual(followed, numbers(1, backwards.length + 50))
            })
          )
        })
      )

      it.effect(
        "every gap is reported and nothing repeats if publications are dropped or removed while it follows",
        () =>
          Effect.gen(function* () {
            const channel = "short:dropping"
            const centrifugo = yield* Centrifugo.Centrifugo
            const seen: globalThis.Array<number> = []
            const gaps: globalThis.Array<HistoryStream.GapError> = []
            const withGaps: Effect.Effect<void, HistoryStream.HistoryError, Centrifugo.Centrifugo> =
              Effect.suspend(() => {
                const last = gaps.at(-1)
                return HistoryStream.history({
                  channel,
                  pageSize: 3,
                  follow: Schedule.spaced("2 millis"),
                  // If nothing is stored, the next offset follows the top.
                  ...(last !== undefined && last.first === undefined ? { since: last.top } : {})
                }).pipe(
                  Stream.takeUntil(({ offset }) => offset >= 400),
                  Stream.runForEach(({ offset }) =>
                    Effect.delay(
                      Effect.sync(() => seen.push(offset)),
                      offset % 50 === 0 ? "60 millis" : 0
                    )
                  ),
                  Effect.catchTag("CentrifugoGapError", (gap) =>
                    Effect.zipRight(
                      Effect.sync(() => gaps.push(gap)),
                      withGaps
                    )
                  )
                )
              })
            const writing = Effect.zipRight(
              Effect.forEach(numbers(1, 20), () => publish(channel, 1, 10), { discard: true }),
              centrifugo.historyRemove({ channel })
            )
            yield* whileWriting([writing], withGaps)
            assert.isAbove(gaps.length, 0)
            for (const [i, offset] of seen.entries()) {
              const previous = seen[i - 1]
              if (previous === undefined || offset === previous + 1) continue
              assert.isAbove(offset, previous)
              assert.isTrue(
                gaps.some(({ position }) => position.offset >= previous && position.offset < offset),
                `no error reported the gap between ${previous} and ${offset}`
              )
            }
          })
      )

      it.effect("the server is killed while a history is followed", () =>
        Effect.gen(function* () {
          const channel = "bulk:killed"
          const restart = yield* Restart
          const seen: globalThis.Array<number> = []
          let saved: HistoryStream.Position | undefined
          // As documented: after a failure, continue from the saved position.
          const following = Effect.suspend(() =>
            HistoryStream.history({
              channel,
              follow: Schedule.spaced("5 millis"),
              ...(saved === undefined ? {} : { since: saved })
            }).pipe(
              Stream.takeUntil(({ offset }) => offset >= 300),
              Stream.runForEach(({ position }) =>
                Effect.sync(() => {
                  seen.push(position.offset)
                  saved = position
                })
              )
            )
          ).pipe(
            Effect.retry({
              schedule: Schedule.spaced("20 millis"),
              while: ({ _tag }) => _tag === "CentrifugoNetworkError" || _tag === "CentrifugoStatusError"
            })
          )
          const writing = Effect.retry(publish(channel, 1, 1), Schedule.spaced("5 millis"))
          const outcome = yield* whileWriting(
            [writing],
            Effect.gen(function* () {
              const fiber = yield* Effect.fork(Effect.either(following))
              yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => seen.length >= 100 })
              yield* restart
              return yield* Fiber.join(fiber)
            })
          )
          assert.deepStrictEqual(seen, numbers(1, seen.length))
          if (name === "memory") {
            const error = Either.getOrThrow(Either.flip(outcome))
            assert(error._tag === "CentrifugoEpochChangedError")
            assert.deepStrictEqual(error.position, saved)
          } else {
            assert.isTrue(Either.isRight(outcome))
            assert.strictEqual(seen.length, 300)
          }
        })
      )

      it.effect("during concurrent writes, the copy equals the map at Complete and after every change", () =>
        Effect.gen(function* () {
          const channel = "busy:copied"
          const centrifugo = yield* Centrifugo.Centrifugo
          type Write = (map: Map<string, unknown>) => void
          /** The change at each offset. */
          const writes: globalThis.Array<Write> = []
          const record = ({ offset = 0 }: { readonly offset?: number }, write: Write) =>
            Effect.sync(() => (writes[offset] = write))
          let count = 0
          const put = Effect.suspend(() => {
            const [key, data] = [`k${(count * 7) % 1200}`, count++]
            return Effect.flatMap(centrifugo.mapPublish({ channel, key, data }), (position) =>
              record(position, (map) => map.set(key, data))
            )
          })
          const drop = Effect.suspend(() => {
            const key = `k${(count * 3) % 1200}`
            return Effect.flatMap(centrifugo.mapRemove({ channel, key }), ({ suppressed, ...position }) =>
              suppressed ? Effect.void : record(position, (map) => map.delete(key))
            )
          })
          yield* Effect.replicateEffect(put, 1200, { concurrency: 20 })
          const mapAt = (offset: number) => {
            const map = new Map<string, unknown>()
            for (let i = 1; i <= offset; i++) {
              assert.isDefined(writes[i], `offset ${i} of ${offset} is not known`)
              writes[i]!(map)
            }
            return map
          }
          const copy = new Map<string, unknown>()
          const copies: globalThis.Array<readonly [number, Map<string, unknown>]> = []
          yield* whileWriting(
            // The result of every write is known, also of the last ones.
            [put, put, drop].map((write) => Effect.uninterruptible(write)),
            MapStream.stateThenChanges({
              channel,
              pageSize: 25,
              follow: Schedule.spaced("1 millis")
            }).pipe(
              Stream.tap(() => Effect.yieldNow()),
              Stream.takeUntil((event) => {
                if (event._tag === "Entry") copy.set(event.entry.key, event.entry.data)
                else if (event._tag === "Change") {
                  if (event.change.removed) copy.delete(event.change.key)
                  else copy.set(event.change.key, event.change.data)
                }
                if (event._tag === "Complete") copies.push([event.position.offset, new Map(copy)])
                else if (event._tag === "Change" && copies.length > 0) {
                  copies.push([event.change.position.offset, new Map(copy)])
                }
                return copies.length === 100
              }),
              Stream.runDrain
            )
          )
          assert.strictEqual(copies.length, 100)
          for (const [offset, copied] of [copies[0]!, copies[50]!, copies[99]!]) {
            assert.deepStrictEqual(copied, mapAt(offset))
          }
          // Something changed while the state was read.
          assert.isAbove(copies[0]![0], 1200)
        })
      )

      it.effect("a map without changes can't be followed, and the error says so", () =>
        Effect.gen(function* () {
          const channel = "eph:followed"
          const centrifugo = yield* Centrifugo.Centrifugo
          const follow = Schedule.spaced("10 millis")
          const following = yield* Effect.fork(
            Effect.flip(Stream.runDrain(MapStream.changes({ channel, follow })))
          )
          yield* Effect.sleep("50 millis")
          yield* centrifugo.mapPublish({ channel, key: "a", data: 1 })
          for (const error of [
            yield* Fiber.join(following),
            yield* Effect.flip(Stream.runDrain(MapStream.stateThenChanges({ channel })))
          ]) {
            assert.include(error, { _tag: "CentrifugoReadNotSupportedError", option: "map.mode" })
          }
        })
      )
    })
  })

suite("memory", onMemory, CentrifugoBinary.isAvailable())
suite("redis", onRedis, CentrifugoBinary.isAvailable() && Redis.isAvailable())

describe.skipIf(!CentrifugoBinary.isAvailable() || !Redis.isAvailable())("redis with lists", () => {
  const onLists = Layer.unwrapScoped(
    Effect.gen(function* () {
      const redis = yield* Redis.start()
      const server = yield* CentrifugoServer.start({
        namespaces,
        env: {
          CENTRIFUGO_ENGINE_TYPE: "redis",
          CENTRIFUGO_ENGINE_REDIS_ADDRESS: redis.url(1),
          CENTRIFUGO_ENGINE_REDIS_HISTORY_USE_LISTS: "true"
        }
      })
      return clientOf(server)
    })
  )
  layer(Layer.orDie(onLists), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    it.effect("reads forwards, and refuses to read backwards", () =>
      Effect.gen(function* () {
        const channel = "short:lists"
        yield* publish(channel, 1, 15)
        const epoch = yield* epochOf(channel)
        assert.deepStrictEqual(
          yield* offsets(HistoryStream.history({ channel, pageSize: 4 })),
          numbers(6, 15)
        )
        for (const offset of [undefined, 2, 7, 14, 15, 16]) {
          for (const pageSize of [1, 4, 100]) {
            const since = offset === undefined ? {} : { since: { offset, epoch } }
            const read = collect(HistoryStream.history({ channel, reverse: true, pageSize, ...since }))
            // No publication before the second is left.
            if (offset === 2) continue
            assert.include(yield* Effect.flip(read), {
              _tag: "CentrifugoReadNotSupportedError",
              option: "engine.redis.history_use_lists"
            })
          }
        }
        yield* publish("short:one", 1, 1)
        const one = HistoryStream.history({ channel: "short:one", reverse: true })
        assert.deepStrictEqual(yield* offsets(one), [1])
      })
    )
  })
})
