/** The cost of each operation of the kit does not depend on the number of earlier ones. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoTest } from "../src/index.js"

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(effect, () => performance.now() - start)
  })

/** Directly into the server, so that the test measures only the kit. */
const publishing = (kit: CentrifugoTest.Service, count: number, channelOf: (i: number) => string) =>
  Effect.gen(function* () {
    for (let i = 0; i < count; i += 1000) {
      const commands = Array.from({ length: 1000 }, (_, j) => ({
        publish: { channel: channelOf(i + j), data: i + j }
      }))
      yield* kit.respond({
        method: "POST",
        path: "/api/batch",
        headers: { "x-api-key": "test-key" },
        body: JSON.stringify({ commands })
      })
    }
  })

describe("the kit is linear", () => {
  it.live("100,000 publications taken one by one take less than two seconds", () =>
    Effect.gen(function* () {
      const kit = yield* CentrifugoTest.make()
      const connection = yield* kit.connect({ channels: ["news"] })
      yield* publishing(kit, 100_000, () => "news")
      let wrong = 0
      const time = yield* timed(
        Effect.gen(function* () {
          for (let data = 0; data < 100_000; data++) {
            const [publication] = yield* connection.take(1)
            if (publication?.data !== data) wrong++
          }
        })
      )
      assert.strictEqual(wrong, 0)
      assert.isBelow(time, 2_000)
    })
  )

  it.live("waiting connections do not slow down other calls", () =>
    Effect.gen(function* () {
      const waitFor = (connections: number) =>
        Effect.gen(function* () {
          const kit = yield* CentrifugoTest.make()
          for (let i = 0; i < connections; i++) {
            const { take } = yield* kit.connect({ channels: [`quiet:${i}`] })
            yield* Effect.fork(take(1))
          }
          yield* Effect.yieldNow()
          return yield* timed(publishing(kit, 10_000, () => "news"))
        }).pipe(Effect.scoped)
      yield* waitFor(10)
      const [few, many] = [yield* waitFor(10), yield* waitFor(5_000)]
      assert.isBelow(many, 5 * few + 200)
    })
  )

  it.live("the publications to one of many channels are found without a search", () =>
    Effect.gen(function* () {
      const kit = yield* CentrifugoTest.make()
      yield* publishing(kit, 50_000, (i) => `user:${i}`)
      const time = yield* timed(
        Effect.forEach(
          Array.from({ length: 20_000 }, (_, i) => i),
          (i) => Effect.map(kit.published(`user:${i}`), (data) => assert.strictEqual(data[0], i))
        )
      )
      assert.isBelow(time, 2_000)
    })
  )

  it.live("a long history, a large map and many connections take constant time per item", () =>
    Effect.gen(function* () {
      const kit = yield* CentrifugoTest.make({
        channel: {
          namespaces: [
            { name: "long", history_size: 20_000, history_ttl: "1h" },
            { name: "map", subscription_type: "map", map: { mode: "persistent" } }
          ]
        }
      })
      const centrifugo = yield* Centrifugo.fromTransport(kit.transport)
      const time = yield* timed(
        Effect.gen(function* () {
          yield* publishing(kit, 60_000, () => "long:a")
          for (let i = 0; i < 3_000; i++) yield* kit.connect({ user: `${i}` })
          for (let i = 0; i < 3_000; i++) {
            yield* centrifugo.mapPublish({ channel: "map:a", key: `${i}`, data: i })
          }
          let cursor: string | undefined
          let keys = 0
          do {
            const page = yield* centrifugo.mapReadState({ channel: "map:a", limit: 3, cursor })
            keys += page.entries.length
            cursor = page.cursor
          } while (cursor !== undefined && cursor !== "")
          assert.strictEqual(keys, 3_000)
        })
      )
      assert.isBelow(time, 6_000)
    }).pipe(Effect.scoped)
  )
})
