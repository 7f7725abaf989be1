import { assert, describe, it } from "@effect/vitest"
import { Data, Effect, FastCheck, Option, Redacted } from "effect"
import { inspect } from "node:util"
import { CentrifugoApi } from "../src/index.js"
import { left, right } from "./support/either.js"
import * as StubTransport from "./support/StubTransport.js"

const encode = (data: unknown) => CentrifugoApi.publish.encode({ channel: "a", data: data as {} })

/** The JSON that `data` is sent as. */
const sent = (data: unknown): string => {
  const text = right(encode(data))
  assert.isTrue(text.startsWith('{"channel":"a","data":') && text.endsWith("}"), text)
  return text.slice('{"channel":"a","data":'.length, -1)
}

class Secret {
  readonly #value = 1
  get value() {
    return this.#value
  }
}

const boom = () => {
  throw new Error("boom")
}

const cycle = () => {
  const node: { name: string; next?: unknown } = { name: "n" }
  node.next = { list: [1, node] }
  return node
}

const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1
  for (let i = 0; i < levels; i++) value = wrap(value)
  return value
}

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

class Instance {}

const hole = () => {
  const list = [1, 2, 3]
  delete list[1]
  return list
}

/** A value, the path of the problem in `data`, and words that the error must contain. */
const refusals: ReadonlyArray<
  readonly [what: string, data: unknown, path: ReadonlyArray<string | number>, detail: RegExp]
> = [
  ["a bigint", { n: 1n }, ["n"], /bigint; send it as a number or as text/],
  ["a bigint as the whole", 1n, [], /bigint/],
  ["a function", { list: [0, { f: () => 1 }] }, ["list", 1, "f"], /can't carry a function/],
  ["a function as the whole", boom, [], /can't carry a function/],
  ["a class", { c: Date }, ["c"], /can't carry a function/],
  ["a key that is a symbol", { a: { [Symbol("s")]: 1 } }, ["a"], /a key that is a symbol/],
  ["an instance with private state", { a: new Secret() }, ["a"], /without public fields/],
  ["an Effect", { a: Effect.succeed(1) }, ["a"], /an Effect/],
  ["a symbol", { s: Symbol("s") }, ["s"], /can't carry a symbol/],
  ["a cycle", cycle(), ["next", "list", 1], /contains itself/],
  ["NaN", { a: [1, NaN] }, ["a", 1], /JSON has no NaN/],
  ["Infinity", { a: Infinity }, ["a"], /JSON has no Infinity/],
  ["-Infinity", -Infinity, [], /JSON has no -Infinity/],
  ["undefined in a list", [1, undefined], [1], /JSON has no undefined/],
  ["a hole in a list", { list: hole() }, ["list", 1], /JSON has no undefined/],
  ["a Map", { m: new Map([[1, 2]]) }, ["m"], /would lose a Map/],
  ["a Set", { deep: [new Set([1])] }, ["deep", 0], /would lose a Set/],
  ["a WeakMap", { w: new WeakMap() }, ["w"], /would lose a WeakMap/],
  ["an Int32Array", { i: new Int32Array(2) }, ["i"], /would lose an Int32Array/],
  ["an ArrayBuffer", new ArrayBuffer(2), [], /would lose an ArrayBuffer/],
  ["a DataView", { v: new DataView(new ArrayBuffer(2)) }, ["v"], /would lose a DataView/],
  [
    "bytes inside a value",
    { b: new Uint8Array(2) },
    ["b"],
    /bytes are only allowed as the whole value of a field/
  ],
  [
    "a Buffer inside a value",
    [{ b: Buffer.from("x") }],
    [0, "b"],
    /bytes are only allowed as the whole value of a field/
  ],
  ["a RegExp", { r: /x/ }, ["r"], /would lose a RegExp/],
  ["an Error", { e: new Error("x") }, ["e"], /would lose an Error/],
  ["a Promise", { p: Promise.resolve(1) }, ["p"], /would lose a Promise/],
  ["half of a surrogate pair", { t: "a\ud83d" }, ["t"], /half of a surrogate pair.*toWellFormed/],
  ["half of a surrogate pair as the whole", "\ude00", [], /half of a surrogate pair/],
  ["half of a surrogate pair in a key", { o: { "\ud800": 1 } }, ["o", "\ud800"], /a key with half/],
  ["an invalid Date", { d: new Date(NaN) }, ["d"], /an invalid Date/],
  ["an invalid Date as the whole", new Date(NaN), [], /an invalid Date/],
  ["a Redacted", { user: { token: Redacted.make("t") } }, ["user", "token"], /Redacted\.value/],
  ["a Redacted as the whole", Redacted.make("t"), [], /Redacted\.value/],
  ["a toJSON that throws", { list: [0, { toJSON: boom }] }, ["list", 1], /threw an Error,/],
  ["a toJSON that gives a bigint", { x: { toJSON: () => 1n } }, ["x"], /bigint/],
  ["a toJSON that gives nothing", { x: { toJSON: () => undefined } }, ["x"], /no undefined/],
  ["a toJSON that gives half a pair", { x: { toJSON: () => "\ud800" } }, ["x"], /surrogate/],
  ["a toJSON that gives its own owner", { x: cycleThroughToJson() }, ["x", "y"], /contains itself/],
  ["a bigint inside an Option", { o: Option.some(1n) }, ["o", "value"], /bigint/],
  [
    "a getter that throws",
    {
      a: [
        {
          get b() {
            return boom()
          }
        }
      ]
    },
    ["a", 0, "b"],
    /threw an Error,/
  ],
  [
    "a getter that throws no Error",
    {
      get b() {
        throw "secret words"
      }
    },
    ["b"],
    /threw a string$/
  ],
  ["a Proxy whose get throws", { p: new Proxy({ k: 1 }, { get: boom }) }, ["p"], /threw an Error,/],
  ["a Proxy whose ownKeys throws", { p: new Proxy({}, { ownKeys: boom }) }, ["p"], /threw an Error,/],
  ["a Proxy whose has throws", [new Proxy({}, { has: boom })], [0], /threw an Error,/],
  ["a revoked Proxy", { p: revoked() }, ["p"], /threw/]
]

function cycleThroughToJson() {
  const owner: { y?: unknown; toJSON: () => unknown } = { toJSON: () => inner }
  const inner = { y: owner }
  return owner
}

describe("values that JSON can't represent", () => {
  for (const [what, data, path, detail] of refusals) {
    it(`refuses ${what}, with the path`, () => {
      const error = left(encode(data))
      assert.strictEqual(error._tag, "CentrifugoEncodeError")
      assert.deepStrictEqual(error.path, ["data", ...path])
      assert.match(error.detail, detail)
      assert.strictEqual(error.method, "publish")
      assert.strictEqual(error.attempts, 0)
    })
  }

  it("refuses undefined as the whole value", () => {
    const error = left(encode(undefined))
    assert.deepStrictEqual(error.path, ["data"])
    assert.match(error.detail, /missing or undefined/)
  })

  it.each([
    ["objects", (inner: unknown) => ({ a: inner })],
    ["lists", (inner: unknown) => [inner]],
    ["class instances", (inner: unknown) => Object.assign(new Instance(), { inner })],
    ["what toJSON gives", (inner: unknown) => ({ toJSON: () => ({ inner }) })]
  ])("refuses 100,000 levels of %s without overflowing, in a short message", (_, wrap) => {
    const error = left(encode(nested(100_000, wrap)))
    assert.match(error.detail, /nested deeper than 1000 levels/)
    assert.strictEqual(error.path.length, 1001)
    assert.isBelow(String(error).length, 500)
  })

  it("quotes no part of the value in the error", () => {
    for (const [, value] of refusals) {
      const error = left(encode({ before: "s3cret", value, after: ["s3cret"] }))
      assert.notInclude(inspect(error, { depth: Infinity }) + String(error) + JSON.stringify(error), "s3cret")
    }
  })

  it.effect("half of an emoji in one member does not affect the others of its batch", () =>
    Effect.gen(function* () {
      const { call, centrifugo } = yield* StubTransport.answering({
        replies: [{ publish: {} }, { publish: {} }]
      })
      const [before, cut, after] = yield* centrifugo.batch([
        CentrifugoApi.publish({ channel: "a", data: "😀" }),
        CentrifugoApi.publish({ channel: "a", data: "😀".slice(0, 1) }),
        CentrifugoApi.publish({ channel: "b", data: "ok" })
      ])
      right(before)
      assert.strictEqual(left(cut)._tag, "CentrifugoEncodeError")
      right(after)
      assert.strictEqual(
        call().body,
        '{"commands":[{"publish":{"channel":"a","data":"😀"}},{"publish":{"channel":"b","data":"ok"}}]}'
      )
    })
  )
})

describe("values that JSON can represent", () => {
  class Plain {
    readonly kind = "plain"
    readonly n = 1
    get derived() {
      return this.n + 1
    }
  }
  class Money {
    constructor(readonly cents: number) {}
    toJSON() {
      return { cents: this.cents, at: new Date(0).toISOString() }
    }
  }
  const shared = { s: 1 }

  it.each<readonly [string, unknown, string]>([
    ["null", null, "null"],
    ["false", false, "false"],
    ["zero", 0, "0"],
    ["minus zero as zero", -0, "0"],
    ["an empty text", "", '""'],
    ["an empty list", [], "[]"],
    ["an empty object", {}, "{}"],
    ["a large number", 1e300, "1e+300"],
    ["null inside a list", [null, 1], "[null,1]"],
    ["control characters", "\u0000\n\u2028", '"\\u0000\\n\u2028"'],
    ["a whole emoji", "😀", '"😀"'],
    ["a date", { d: new Date(0) }, '{"d":"1970-01-01T00:00:00.000Z"}'],
    ["a class instance by its own properties", new Plain(), '{"kind":"plain","n":1}'],
    [
      "a class instance by its toJSON",
      { price: new Money(5) },
      '{"price":{"cents":5,"at":"1970-01-01T00:00:00.000Z"}}'
    ],
    ["an Effect Data value", Data.struct({ a: 1 }), '{"a":1}'],
    ["an Option by its toJSON", Option.some({ a: 1 }), '{"_id":"Option","_tag":"Some","value":{"a":1}}'],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
    [
      "the same object twice, which is no cycle",
      [shared, shared, new Date(0)],
      '[{"s":1},{"s":1},"1970-01-01T00:00:00.000Z"]'
    ],
    ["without undefined properties", { a: undefined, b: { c: undefined, d: 1 } }, '{"b":{"d":1}}'],
    [
      "without undefined properties beside a date",
      { a: undefined, d: new Date(0) },
      '{"d":"1970-01-01T00:00:00.000Z"}'
    ],
    ["own __proto__ keys", JSON.parse('{"__proto__":{"x":1},"a":1}'), '{"__proto__":{"x":1},"a":1}'],
    [
      "own __proto__ keys beside a date",
      Object.assign(JSON.parse('{"a":{"__proto__":{"x":1}}}') as object, { d: new Date(0) }),
      '{"a":{"__proto__":{"x":1}},"d":"1970-01-01T00:00:00.000Z"}'
    ]
  ])("sends %s", (_, data, text) => {
    assert.strictEqual(sent(data), text)
    assert.deepStrictEqual(Object.keys(Object.prototype), [])
  })

  it("passes the key to toJSON, as JSON.stringify does", () => {
    const echo = { toJSON: (key: string) => `key ${key}` }
    assert.strictEqual(sent({ a: echo, list: [echo] }), JSON.stringify({ a: echo, list: [echo] }))
  })

  it("takes 1,000 levels, and a string of a megabyte", () => {
    assert.strictEqual(sent(nested(999, (inner) => [inner])), JSON.stringify(nested(999, (inner) => [inner])))
    assert.strictEqual(sent("x".repeat(1_000_000)).length, 1_000_002)
  })

  it.prop(
    "sends every JSON value as JSON.stringify would",
    [FastCheck.jsonValue({ stringUnit: "grapheme" })],
    ([value]) => {
      assert.strictEqual(sent(value), JSON.stringify(value))
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.prop(
    "never throws, and sends accepted values as JSON.stringify would",
    [
      FastCheck.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
        withNullPrototype: true,
        withBoxedValues: true,
        withUnicodeString: true
      } as FastCheck.ObjectConstraints)
    ],
    ([value]) => {
      // Bytes as the whole value are sent as base64.
      const data = { value }
      const result = encode(data)
      if (result._tag === "Right") assert.strictEqual(sent(data), JSON.stringify(data))
    },
    { fastCheck: { numRuns: 1000 } }
  )
})
