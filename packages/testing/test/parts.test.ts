import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { Deadlines } from "../src/internal/server/Deadlines.js"
import { compile } from "../src/internal/server/glob.js"
import { since, Stream } from "../src/internal/server/Stream.js"

describe("deadlines", () => {
  it("each key ends at the time that was set last, in order", () => {
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

  it("keep the newest, and page through them from any place", () => {
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

  it("backwards, an offset that is gone leads nowhere", () => {
    const stream = filled(5, 3)
    const back = (offset: bigint) => stream.get(since(offset, { limit: -1, reverse: true }))
    assert.deepStrictEqual(back(6n), [5, 4, 3])
    assert.deepStrictEqual(back(5n), [4, 3])
    assert.deepStrictEqual(back(3n), [])
    assert.deepStrictEqual(back(7n), [])
    assert.deepStrictEqual(stream.get({ limit: 2, reverse: true }), [5, 4])
  })

  it("after the last of 64 bits comes the first", () => {
    assert.deepStrictEqual(filled(3, 3).get(since(2n ** 64n - 1n, { limit: -1, reverse: false })), [1, 2, 3])
    assert.deepStrictEqual(filled(3, 3).get(since(2n ** 64n - 2n, { limit: -1, reverse: false })), [])
  })

  it("a version is compared with the last one, in its own scope", () => {
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

  it("what can't be read is none", () => {
    for (const pattern of ["[", "[]", "[!]", "[b-a]", "[a", "[a-", "[a-b", "\ufffd", "[a\0]"]) {
      assert.isUndefined(compile(pattern), pattern)
    }
  })

  it("no pattern is beyond a regular expression", () => {
    const characters = fc.constantFrom(..."ab*?[]{},!-\\ü😀^$.")
    fc.assert(
      fc.property(fc.stringOf(characters, { maxLength: 12 }), (pattern) => {
        compile(pattern)?.("a")
      })
    )
  })
})
