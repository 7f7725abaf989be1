import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { Deadlines } from "../src/internal/server/Deadlines.js"
import { Log } from "../src/internal/records.js"
import { compareText } from "../src/internal/json/write.js"
import { compile } from "../src/internal/server/glob.js"
import { Queue } from "../src/internal/server/Queue.js"
import { SortedMap } from "../src/internal/server/SortedMap.js"
import { since, Stream } from "../src/internal/server/Stream.js"

describe("deadlines", () => {
  it("each key expires at the time set last, in order", () => {
    const step = fc.oneof(
      fc.record({ key: fc.nat({ max: 5 }), at: fc.nat({ max: 50 }) }),
      fc.record({ key: fc.nat({ max: 5 }) }),
      fc.record({ now: fc.nat({ max: 50 }) })
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: "max" }), (steps) => {
        const deadlines = new Deadlines<number>()
        const model = new Map<number, number>()
        for (const step of steps) {
          if ("now" in step) {
            const due = [...model].filter(([, at]) => at <= step.now)
            const taken = deadlines.takeDue(step.now)
            assert.deepStrictEqual(
              taken.map((key) => model.get(key)),
              due.map(([, at]) => at).sort((a, b) => a - b)
            )
            for (const [key] of due) model.delete(key)
          } else if ("at" in step) {
            deadlines.set(step.key, step.at)
            model.set(step.key, step.at)
          } else {
            deadlines.delete(step.key)
            model.delete(step.key)
          }
          assert.strictEqual(deadlines.next(), Math.min(Infinity, ...model.values()))
        }
      })
    )
  })
})

describe("streams", () => {
  const filled = (count: number, size: number) => {
    const stream = new Stream<number>("e")
    for (let i = 0; i < count; i++) stream.add((offset) => offset, size)
    return stream
  }

  it("keep the newest items, and read pages from any offset", () => {
    fc.assert(
      fc.property(
        fc.record({
          count: fc.nat({ max: 12 }),
          size: fc.integer({ min: 1, max: 6 }),
          limit: fc.integer({ min: -1, max: 7 }),
          from: fc.option(fc.nat({ max: 14 }), { nil: undefined })
        }),
        ({ count, from, limit, size }) => {
          const stream = filled(count, size)
          const kept = Array.from({ length: count }, (_, i) => i + 1).slice(-size)
          const expected = kept.filter((offset) => from === undefined || offset > from)
          const page = { limit, reverse: false }
          assert.deepStrictEqual(
            stream.get(from === undefined ? page : since(BigInt(from), page)),
            limit < 0 ? expected : expected.slice(0, limit)
          )
        }
      )
    )
  })

  it("in reverse, a dropped offset returns nothing", () => {
    const stream = filled(5, 3)
    const back = (offset: bigint) => stream.get(since(offset, { limit: -1, reverse: true }))
    assert.deepStrictEqual(back(6n), [5, 4, 3])
    assert.deepStrictEqual(back(5n), [4, 3])
    assert.deepStrictEqual(back(3n), [])
    assert.deepStrictEqual(back(7n), [])
    assert.deepStrictEqual(stream.get({ limit: 2, reverse: true }), [5, 4])
  })

  it("offsets wrap after 64 bits", () => {
    assert.deepStrictEqual(filled(3, 3).get(since(2n ** 64n - 1n, { limit: -1, reverse: false })), [1, 2, 3])
    assert.deepStrictEqual(filled(3, 3).get(since(2n ** 64n - 2n, { limit: -1, reverse: false })), [])
  })

  it("a version is compared with the last one, in its own epoch", () => {
    const stream = new Stream<number>("e")
    stream.add((offset) => offset, 9, 5n, "v1")
    assert.isTrue(stream.isOutdated(5n, ""))
    assert.isTrue(stream.isOutdated(4n, "v1"))
    assert.isFalse(stream.isOutdated(4n, "v2"))
    assert.isFalse(stream.isOutdated(6n, "v1"))
    stream.add((offset) => offset, 9)
    assert.isFalse(stream.isOutdated(1n, ""))
  })
})

describe("patterns", () => {
  const cases: ReadonlyArray<readonly [pattern: string, matches: string, not: string]> = [
    ["a*", "a a:b", "b ba"],
    ["chat:*", "chat: chat:a:b", "chat xchat:a"],
    ["a?c", "abc a:c aüc a😀c", "ac abbc"],
    ["[ab]c", "ac bc", "cc c"],
    ["[!ab]c", "cc", "ac"],
    ["[a-c]", "a b c", "d -"],
    ["[!a-c]", "d -", "b"],
    ["[a-c-]", "", "-"],
    ["[]-b]", "] a b", "c"],
    ["{a,b*}:x", "a:x bb:x", "c:x a b"],
    ["{a,{b,c}}d", "ad bd cd", "d aad"],
    ["a,}", "a,}", "a"],
    ["{a,b*}*", "a ax b bx", "x"],
    ["{*a,b}**{c,}", "a b xabc bc", "c"],
    ["{a,b{c,d", "a bc bd", "b ac"],
    ["\\**", "* *a", "a"],
    ["\\*", "*", "a \\*"],
    ["a.b+(c)|^$", "a.b+(c)|^$", "axb"],
    ["b*\0c", "b bx", "c xb"],
    ["a\0b", "ab", "a"]
  ]
  for (const [pattern, matches, not] of cases) {
    it(JSON.stringify(pattern), () => {
      const test = compile(pattern)
      if (matches === "") return assert.isUndefined(test)
      for (const channel of matches.split(" ")) assert.isTrue(test!(channel), channel)
      for (const channel of not.split(" ")) assert.isFalse(test!(channel), channel)
    })
  }

  it("an invalid pattern is refused", () => {
    for (const pattern of ["[", "[]", "[!]", "[b-a]", "[a", "[a-", "[a-b", "\ufffd", "[a\0]"]) {
      assert.isUndefined(compile(pattern), pattern)
    }
  })

  it("a pattern without ranges matches like an equivalent regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 })
    const part = fc.oneof(
      fc.constantFrom("a", "b", "*", "**", "?"),
      fc.constant("{a,b*}"),
      fc.constant("{*b,?{a,}}")
    )
    const expressionOf = (pattern: string) =>
      new RegExp(
        `^${pattern.replace(/\*+|[?{},]/g, (mark) => ({ "?": ".", "{": "(?:", "}": ")", ",": "|" })[mark] ?? ".*")}$`
      )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), text, (parts, channel) => {
        const pattern = parts.join("")
        assert.strictEqual(compile(pattern)!(channel), expressionOf(pattern).test(channel), pattern)
      })
    )
  })

  it("any text is a valid or invalid pattern, and nothing throws", () => {
    const characters = fc.constantFrom(..."ab*?[]{},!-\\ü😀^$.\0")
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 12 }), (pattern) => {
        compile(pattern)?.("a")
      })
    )
  })

  it("hostile patterns take linear time", () => {
    const hostile = [
      "*a".repeat(200) + "b",
      "{a,a}".repeat(2_000) + "b",
      "{a*,*a}".repeat(200),
      "{".repeat(100_000)
    ]
    for (const pattern of [...hostile, "{}".repeat(50_000), "*".repeat(100_000), "{,".repeat(50_000)]) {
      const start = performance.now()
      compile(pattern)!("a".repeat(250))
      assert.isBelow(performance.now() - start, 1_000, pattern.slice(0, 10))
    }
  })
})

describe("queues", () => {
  it("behave like an array", () => {
    const step = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom("shift" as const, "clear" as const))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
        const queue = new Queue<number>()
        let model: Array<number> = []
        for (const step of steps) {
          if (step === "shift") assert.strictEqual(queue.shift(), model.shift())
          else if (step === "clear") {
            queue.clear()
            model = []
          } else {
            queue.push(step)
            model.push(step)
          }
          assert.strictEqual(queue.first, model[0])
          assert.strictEqual(queue.length, model.length)
          assert.deepStrictEqual(queue.slice(), model)
          assert.deepStrictEqual(queue.slice(1, 3), model.slice(1, 3))
        }
      })
    )
  })
})

describe("sorted maps", () => {
  it("return their keys in the order of Go's strings, page by page", () => {
    const key = fc.constantFrom("a", "b", "c", "z", "é", "\ue000", "😀")
    const step = fc.oneof(
      fc.record({ set: key }),
      fc.record({ delete: key }),
      fc.record({ after: fc.oneof(fc.constant(""), key), limit: fc.integer({ min: -1, max: 4 }) })
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new SortedMap<number>()
        const model = new Map<string, number>()
        for (const [i, step] of steps.entries()) {
          if ("set" in step) {
            map.set(step.set, i)
            model.set(step.set, i)
          } else if ("delete" in step) {
            map.delete(step.delete)
            model.delete(step.delete)
          } else {
            const { after, limit } = step
            const rest = [...model.keys()]
              .sort(compareText)
              .filter((key) => after === "" || compareText(key, after) > 0)
            const keys = limit < 0 ? rest : rest.slice(0, limit)
            assert.deepStrictEqual(map.keysAfter(after, limit), { keys, hasMore: keys.length < rest.length })
          }
          assert.strictEqual(map.size, model.size)
        }
      })
    )
  })
})

describe("logs", () => {
  it("hold the newest, within their limits of count and size, in total and by key", () => {
    const item = fc.record({ key: fc.constantFrom("a", "b"), size: fc.nat({ max: 12 }) })
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), (items) => {
        const log = new Log<(typeof items)[number]>({ count: 5, size: 20 }, (item) => item)
        for (const item of items) log.push(item)
        const kept = log.items()
        assert.deepStrictEqual(kept, items.slice(items.length - kept.length))
        assert.isAtMost(kept.length, 5)
        assert.isAtMost(
          kept.reduce((sum, { size }) => sum + size, 0),
          20
        )
        assert.strictEqual(log.forgotten, items.length - kept.length)
        for (const key of ["a", "b"]) {
          assert.deepStrictEqual(
            log.items(key),
            kept.filter((item) => item.key === key)
          )
        }
      })
    )
  })
})
