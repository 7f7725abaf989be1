import { assert, describe, it } from "@effect/vitest"
import {
  batchCount,
  batchOf,
  broadcastData,
  channelsOf,
  expectedFailures,
  sampleOf,
  type Job
} from "../src/work.js"

const job = (changes: Partial<Job>): Job => ({
  work: "publish",
  count: 10,
  prefix: "bench:a_",
  channels: 10,
  concurrency: 1,
  batchSize: 10,
  failEvery: 0,
  traced: false,
  ...changes
})

describe("a job", () => {
  it("is split into batches that contain all of it", () => {
    const cut = job({ count: 10, batchSize: 4 })
    const batches = Array.from({ length: batchCount(cut) }, (_, i) => batchOf(cut, i))
    assert.deepStrictEqual(
      batches.map((batch) => batch.map(({ data }) => data.n)),
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9]
      ]
    )
  })

  it("sends to an unknown channel as often as configured", () => {
    const failing = job({ count: 1000, channels: 1000, failEvery: 100 })
    const refused = channelsOf(failing).filter((channel) => channel.startsWith("nowhere:"))
    assert.strictEqual(refused.length, 10)
    assert.strictEqual(expectedFailures(failing), 10)
  })
})

describe("the sample to verify", () => {
  it("has the first channel, the last, and some between", () => {
    const channels = sampleOf(job({ count: 1000, channels: 1000 }), 3).map(({ channel }) => channel)
    assert.deepStrictEqual(channels, ["bench:a_0", "bench:a_500", "bench:a_999"])
  })

  it("is every channel if there are few", () => {
    assert.strictEqual(sampleOf(job({ count: 3, channels: 3 }), 20).length, 3)
    assert.strictEqual(sampleOf(job({ count: 5, channels: 1 }), 20).length, 1)
  })

  it("expects the number and the last data of each channel", () => {
    const [first, last] = sampleOf(job({ count: 25, channels: 10 }), 2)
    assert.deepStrictEqual(first, { channel: "bench:a_0", offset: 3, data: { hello: "world", n: 20 } })
    assert.deepStrictEqual(last, { channel: "bench:a_9", offset: 2, data: { hello: "world", n: 19 } })
  })

  it("agrees with a count of all sent publications", () => {
    const sent = job({ count: 103, channels: 7, batchSize: 50 })
    const counts = new Map<string, number>()
    for (const channel of channelsOf(sent)) counts.set(channel, (counts.get(channel) ?? 0) + 1)
    for (const { channel, offset } of sampleOf(sent, 7)) assert.strictEqual(offset, counts.get(channel))
  })

  it("omits the channels that the server refuses", () => {
    const sample = sampleOf(job({ count: 100, channels: 100, failEvery: 100 }), 2)
    assert.deepStrictEqual(
      sample.map(({ channel }) => channel),
      ["bench:a_0"]
    )
  })

  it("expects the same data everywhere after a broadcast", () => {
    for (const { data } of sampleOf(job({ work: "broadcast" }), 5)) {
      assert.deepStrictEqual(data, broadcastData)
    }
  })
})
