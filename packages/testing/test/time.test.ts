/** TestClock controls every expiry. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoTest } from "../src/index.js"

const config: CentrifugoTest.ChannelConfig = {
  without_namespace: { history_size: 3, history_ttl: "60s", history_meta_ttl: "1h" },
  namespaces: [
    { name: "plain" },
    {
      name: "rec",
      subscription_type: "map",
      map: { mode: "recoverable", key_ttl: "30s", stream_ttl: "45s" }
    },
    { name: "eph", subscription_type: "map", map: { mode: "ephemeral", key_ttl: "30s" } },
    { name: "per", subscription_type: "map", map: { mode: "persistent" } }
  ]
}

const withServer = <A, E>(
  test: (centrifugo: Centrifugo.Service) => Effect.Effect<A, E, CentrifugoTest.CentrifugoTest>
) =>
  Effect.flatMap(Centrifugo.Centrifugo, test).pipe(Effect.provide(CentrifugoTest.layer({ channel: config })))

const read = (centrifugo: Centrifugo.Service, channel = "a") => centrifugo.history({ channel, limit: -1 })

describe("history", () => {
  it.effect("keeps a limited number for a limited time after the last; the position stays longer", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        for (const data of [1, 2, 3, 4]) yield* centrifugo.publish({ channel: "a", data })
        yield* TestClock.adjust("59 seconds")
        const { epoch, publications } = yield* read(centrifugo)
        assert.deepStrictEqual(
          publications.map(({ data }) => data),
          [2, 3, 4]
        )
        yield* centrifugo.publish({ channel: "a", data: 5 })
        yield* TestClock.adjust("59 seconds")
        assert.strictEqual((yield* read(centrifugo)).publications.length, 3)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(yield* read(centrifugo), { publications: [], offset: 5, epoch })
        assert.deepStrictEqual(yield* centrifugo.publish({ channel: "a", data: 6 }), { offset: 6, epoch })
      })
    )
  )

  it.effect("the position has its own lifetime, which reading extends", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const first = yield* centrifugo.publish({ channel: "a", data: 1 })
        yield* TestClock.adjust("59 minutes")
        yield* read(centrifugo)
        yield* TestClock.adjust("59 minutes")
        const again = yield* centrifugo.publish({ channel: "a", data: 2 })
        assert.deepStrictEqual(again, { offset: 2, epoch: first.epoch! })
        yield* TestClock.adjust("1 hour")
        const recreated = yield* centrifugo.publish({ channel: "a", data: 3 })
        assert.strictEqual(recreated.offset, 1)
        assert.notStrictEqual(recreated.epoch, first.epoch)
      })
    )
  )

  it.effect("history_remove removes the publications, and keeps the position", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const first = yield* centrifugo.publish({ channel: "a", data: 1 })
        yield* centrifugo.historyRemove({ channel: "a" })
        assert.deepStrictEqual(yield* read(centrifugo), { publications: [], offset: 1, epoch: first.epoch! })
      })
    )
  )
})

describe("idempotency keys", () => {
  it.effect("last five minutes, per channel, with history or without", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const publish = (channel: string) => centrifugo.publish({ channel, data: 1, idempotencyKey: "k" })
        const first = yield* publish("a")
        yield* publish("b")
        yield* publish("plain:a")
        yield* TestClock.adjust("4 minutes")
        yield* centrifugo.publish({ channel: "a", data: 2 })
        yield* TestClock.adjust("59 seconds")
        assert.deepStrictEqual(yield* publish("a"), first)
        yield* publish("plain:a")
        assert.deepStrictEqual(yield* CentrifugoTest.published("plain:a"), [1])
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* publish("a")).offset, 3)
        yield* publish("plain:a")
        assert.deepStrictEqual(yield* CentrifugoTest.published("plain:a"), [1, 1])
        assert.deepStrictEqual(yield* CentrifugoTest.published("b"), [1])
      })
    )
  )
})

describe("maps", () => {
  it.effect("an expired key is removed, and its removal is published", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const alice = yield* CentrifugoTest.connect({ channels: ["rec:a"] })
        const put = (key: string) =>
          centrifugo.mapPublish({ channel: "rec:a", key, data: key, tags: { t: key } })
        yield* put("a")
        yield* TestClock.adjust("20 seconds")
        yield* put("b")
        yield* put("a")
        const waiting = yield* Effect.fork(alice.take(5))
        yield* TestClock.adjust("29 seconds")
        assert.strictEqual((yield* centrifugo.mapStats({ channel: "rec:a" })).numKeys, 2)
        yield* TestClock.adjust("1 second")
        const removed = (yield* Fiber.join(waiting)).slice(3)
        assert.deepStrictEqual(
          removed
            .map(({ key, offset, removed, tags }) => ({ key, offset, removed, tags }))
            .sort((x, y) => (x.key! < y.key! ? -1 : 1)),
          [
            {
              key: "a",
              offset: removed.find(({ key }) => key === "a")!.offset,
              removed: true,
              tags: { t: "a" }
            },
            {
              key: "b",
              offset: removed.find(({ key }) => key === "b")!.offset,
              removed: true,
              tags: { t: "b" }
            }
          ]
        )
        assert.strictEqual((yield* centrifugo.mapStats({ channel: "rec:a" })).numKeys, 0)
        const { entries, offset } = yield* centrifugo.mapReadStream({ channel: "rec:a", limit: -1 })
        assert.strictEqual(offset, 5)
        assert.deepStrictEqual(
          entries.map(({ key, removed }) => `${key}${removed ? "-" : "+"}`).slice(0, 3),
          ["a+", "b+", "a+"]
        )
      })
    )
  )

  it.effect("the stream expires before the keys if its time is shorter, and the position after both", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const first = yield* centrifugo.mapPublish({ channel: "rec:a", key: "k", data: 1 })
        yield* TestClock.adjust("44 seconds")
        // By then it contains the removal of the key.
        assert.strictEqual(
          (yield* centrifugo.mapReadStream({ channel: "rec:a", limit: -1 })).entries.length,
          2
        )
        yield* TestClock.adjust("1 second")
        const { entries, epoch } = yield* centrifugo.mapReadStream({ channel: "rec:a", limit: -1 })
        assert.deepStrictEqual(entries, [])
        assert.strictEqual(epoch, first.epoch)
        yield* TestClock.adjust("450 seconds")
        assert.notStrictEqual((yield* centrifugo.mapReadStream({ channel: "rec:a" })).epoch, first.epoch)
      })
    )
  )

  it.effect("an ephemeral map has keys and no stream; a persistent one keeps both forever", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const put = (channel: string) => centrifugo.mapPublish({ channel, key: "k", data: 1 })
        yield* put("eph:a")
        const kept = yield* put("per:a")
        yield* TestClock.adjust("365 days")
        assert.strictEqual((yield* centrifugo.mapStats({ channel: "eph:a" })).numKeys, 0)
        assert.deepStrictEqual((yield* centrifugo.mapReadStream({ channel: "eph:a", limit: -1 })).entries, [])
        const state = yield* centrifugo.mapReadState({ channel: "per:a", limit: -1 })
        assert.strictEqual(state.entries.length, 1)
        assert.strictEqual(state.epoch, kept.epoch)
        // Only the changes expire, after a minute.
        assert.deepStrictEqual((yield* centrifugo.mapReadStream({ channel: "per:a", limit: -1 })).entries, [])
      })
    )
  )

  it.effect("clearing a map removes its idempotency keys", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        const put = centrifugo.mapPublish({ channel: "per:a", key: "k", data: 1, idempotencyKey: "i" })
        yield* put
        assert.deepInclude(yield* put, { suppressed: true, suppressReason: "idempotency" })
        yield* centrifugo.mapClear({ channel: "per:a" })
        assert.strictEqual((yield* put).suppressed, false)
      })
    )
  )
})

describe("info", () => {
  it.effect("uptime follows the clock", () =>
    withServer((centrifugo) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("90 seconds")
        assert.strictEqual((yield* centrifugo.info()).nodes[0]!.uptime, 90)
      })
    )
  )
})
