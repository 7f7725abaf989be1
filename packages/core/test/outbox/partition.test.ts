import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { CentrifugoApi, Outbox } from "../../src/index.js"
import { fnv1a } from "../../src/internal/outbox/partition.js"
import { left, right } from "../support/either.js"

describe("partitions", () => {
  // The first three values are published by the hash's authors. Another implementation computed all.
  it.each<readonly [string, hash: number, of8: number, of3: number]>([
    ["", 0x811c9dc5, 5, 1],
    ["a", 0xe40c292c, 4, 1],
    ["foobar", 0xbf9cf968, 0, 1],
    ["chat:1", 0x6e3ac076, 6, 1],
    ["chat:2", 0x6d3abee3, 3, 2],
    ["$private:дом", 0x8af4cf36, 6, 1],
    ["😀", 0x33a29608, 0, 2]
  ])("%s has the same hash as in other implementations", (channel, hash, of8, of3) => {
    assert.strictEqual(fnv1a(channel), hash)
    assert.strictEqual(right(Outbox.partition(channel, 8)), of8)
    assert.strictEqual(right(Outbox.partition(channel, 3)), of3)
    assert.strictEqual(right(Outbox.partition(channel, 1)), 0)
  })

  it("spreads channels evenly", () => {
    for (const partitions of [2, 8, 10]) {
      const counts = new Array<number>(partitions).fill(0)
      for (let i = 0; i < 10_000; i++) counts[right(Outbox.partition(`user:${i}`, partitions))]!++
      for (const count of counts) assert.approximately(count, 10_000 / partitions, 2_000 / partitions)
    }
  })

  it.each([0, -1, 1.5, NaN, 2 ** 31])("refuses %s partitions", (partitions) => {
    const error = left(Outbox.partition("a", partitions))
    assert.deepInclude(error, { _tag: "CentrifugoConfigError", option: "partitions" })
  })

  const partitionsOf = (request: Outbox.EventRequest, partitionKey?: string) =>
    right(Outbox.rows(request, { partitions: 8, partitionKey })).map(({ partition }) => partition)

  it("comes from the channel, or from the user for methods without a channel", () => {
    for (const request of [
      CentrifugoApi.publish({ channel: "a", data: 1 }),
      CentrifugoApi.broadcast({ channels: ["a"], data: 1 }),
      CentrifugoApi.subscribe({ channel: "a", user: "42" }),
      CentrifugoApi.unsubscribe({ channel: "a", user: "42" }),
      CentrifugoApi.historyRemove({ channel: "a" }),
      CentrifugoApi.disconnect({ user: "a" }),
      CentrifugoApi.refresh({ user: "a", expired: true })
    ]) {
      assert.deepStrictEqual(partitionsOf(request), [4])
      assert.strictEqual(right(Outbox.message(request)).orderingKey, "a")
    }
  })

  it("comes from a key, if there is one", () => {
    for (const request of [
      CentrifugoApi.publish({ channel: "foobar", data: 1 }),
      CentrifugoApi.broadcast({ channels: ["foobar", "a"], data: 1 }),
      CentrifugoApi.disconnect({ user: "42" })
    ]) {
      assert.deepStrictEqual(partitionsOf(request, "a"), [4])
    }
  })

  it("splits a broadcast, and leaves it whole with one partition", () => {
    const broadcast = CentrifugoApi.broadcast({
      channels: ["a", "foobar", "a2", "a"],
      data: 1,
      tags: { t: "x" }
    })
    assert.isUndefined(right(Outbox.message(broadcast)).orderingKey)
    assert.deepStrictEqual(right(Outbox.rows(broadcast)), [
      {
        method: "broadcast",
        payload: '{"channels":["a","foobar","a2","a"],"data":1,"tags":{"t":"x"}}',
        partition: 0
      }
    ])
    const rows = right(Outbox.rows(broadcast, { partitions: 8, eventId: "e" }))
    assert.deepStrictEqual(
      rows.map(({ partition, payload }) => [partition, payload]),
      [
        [4, '{"channels":["a","a"],"data":1,"tags":{"t":"x"},"idempotency_key":"e"}'],
        [0, '{"channels":["foobar"],"data":1,"tags":{"t":"x"},"idempotency_key":"e"}'],
        [
          right(Outbox.partition("a2", 8)),
          '{"channels":["a2"],"data":1,"tags":{"t":"x"},"idempotency_key":"e"}'
        ]
      ]
    )
  })

  it("loses and repeats no channel, and uses the partition of its single publications", () => {
    const channels = fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 1 })
    fc.assert(
      fc.property(channels, fc.integer({ min: 1, max: 9 }), (channels, partitions) => {
        const parts = right(Outbox.split(CentrifugoApi.broadcast({ channels, data: 1 }), partitions))
        for (const { partition, request } of parts) {
          for (const channel of request.channels) {
            assert.strictEqual(right(Outbox.partition(channel, partitions)), partition)
          }
        }
        assert.sameOrderedMembers(
          parts.flatMap(({ request }) => request.channels).sort(),
          channels.toSorted()
        )
        assert.strictEqual(new Set(parts.map(({ partition }) => partition)).size, parts.length)
      })
    )
  })

  it("an invalid request is an EncodeError, also if it would be split", () => {
    const broadcast = CentrifugoApi.broadcast({ channels: ["a", 5 as never], data: 1 })
    assert.deepStrictEqual(left(Outbox.rows(broadcast, { partitions: 8 })).path, ["channels", 1])
  })
})
