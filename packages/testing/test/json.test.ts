/** Reads and writes JSON as Go does. The differential test compares complete answers with a real server. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  type Decoder,
  decode,
  dictionary,
  flag,
  int32,
  int64,
  list,
  optional,
  raw,
  struct,
  text,
  uint32,
  uint64
} from "../src/internal/json/decoders.js"
import { isJson } from "../src/internal/json/Reader.js"
import { compact, compareText, dictionary as writeDictionary, string } from "../src/internal/json/write.js"

const field = <A>(decoder: Decoder<A>, value: string) => decode(struct({ f: decoder }), `{"f":${value}}`)?.f

describe("decoding", () => {
  it("numbers are integers, in range, and keep all digits", () => {
    assert.strictEqual(field(uint64, "18446744073709551615"), 18446744073709551615n)
    assert.strictEqual(field(int64, "-9223372036854775808"), -9223372036854775808n)
    assert.strictEqual(field(uint32, "4294967295"), 4294967295)
    assert.strictEqual(field(int32, "-2147483648"), -2147483648)
    assert.strictEqual(field(int32, "-0"), 0)
    for (const value of ["18446744073709551616", "-1", "-0", "1.0", "1e3", '"1"', "true", "{}", "[1]"]) {
      assert.isUndefined(field(uint64, value), value)
    }
    for (const value of ["2147483648", "-2147483649"]) assert.isUndefined(field(int32, value), value)
    assert.isUndefined(field(uint32, "4294967296"))
    assert.isUndefined(field(int64, "9223372036854775808"))
  })

  it("null leaves a plain field unchanged, and clears a list, a map or a message", () => {
    const message = struct({
      text,
      flag,
      number: int32,
      list: list(text),
      map: dictionary(text),
      optional: optional(struct({ text }))
    })
    const body =
      '{"text":"a","flag":true,"number":1,"list":["a"],"map":{"a":"b"},"optional":{},' +
      '"text":null,"flag":null,"number":null,"list":null,"map":null,"optional":null}'
    assert.deepStrictEqual(
      { ...decode(message, body) },
      { text: "a", flag: true, number: 1, list: [], map: new Map(), optional: undefined }
    )
    assert.strictEqual(field(raw, "null"), "null")
    assert.strictEqual(decode(message, "null")?.text, "")
  })

  it("a repeated field is decoded into its earlier value", () => {
    const message = struct({ map: dictionary(text), list: list(optional(struct({ a: text, b: text }))) })
    const decoded = decode(
      message,
      '{"map":{"a":"1"},"list":[{"a":"1"},{"a":"2"}],"map":{"b":null},"list":[{"b":"3"}]}'
    )
    assert.deepStrictEqual(
      decoded?.map,
      new Map([
        ["a", "1"],
        ["b", ""]
      ])
    )
    assert.deepStrictEqual(
      decoded?.list.map((item) => [item?.a, item?.b]),
      [["1", "3"]]
    )
  })

  it("names match in any case, also by the two non-ASCII letters that Go folds to ASCII", () => {
    const message = struct({ skip_history: text })
    for (const name of ["skip_history", "SKIP_History", "\u017fkip_hi\u017ftory", "s\u212aip_history"]) {
      assert.strictEqual(decode(message, `{"${name}":"x"}`)?.skip_history, "x", name)
    }
    assert.strictEqual(
      decode(message, '{"skip_histöry":"x","__proto__":{"skip_history":"y"}}')?.skip_history,
      ""
    )
  })

  it("text that is not a JSON object, or is too deep, is refused", () => {
    for (const body of ["", " ", "[]", '"a"', "1", "{", "{}{}", "{'a':1}", "\ufeff{}"]) {
      assert.isUndefined(decode(struct({}), body), body)
    }
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}"]}"${"]".repeat(depth - 1)}}`
    assert.isTrue(isJson(nested(10_000)))
    assert.isFalse(isJson(nested(10_001)))
    assert.isDefined(decode(struct({}), nested(10_000)))
  })

  it("any JSON is kept as original text", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("", " ", "\n\t"), (value, space) => {
        const written = JSON.stringify(value, null, space === "" ? 0 : 2)
        assert.strictEqual(
          decode(
            struct({ a: raw, b: text }),
            `{"x":${written}${space},"a":${space}${written}${space},"b":"z"}`
          )?.a,
          written
        )
      })
    )
  })

  it("strings are decoded like JSON.parse, and made well-formed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        assert.strictEqual(field(text, JSON.stringify(value)), value)
      })
    )
    assert.strictEqual(field(text, '"\\ud800\\u0041"'), "\ufffdA")
  })
})

describe("writing", () => {
  it("compacting JSON keeps the value and removes white space", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = compact(JSON.stringify(value, null, "\t "))
        assert.deepStrictEqual(JSON.parse(written), JSON.parse(JSON.stringify(value)))
        assert.strictEqual(written, compact(JSON.stringify(value)))
      })
    )
    assert.strictEqual(compact(' { "a b" : [ 1.0 , "\\" \\\\" ] } '), '{"a b":[1.0,"\\" \\\\"]}')
  })

  it("characters that are special in HTML are escaped", () => {
    assert.strictEqual(string("<&>\u2028\u2029é"), '"\\u003c\\u0026\\u003e\\u2028\\u2029é"')
    assert.strictEqual(compact('"<"'), '"\\u003c"')
  })

  it("maps are sorted by the bytes of their keys", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        assert.strictEqual(Math.sign(compareText(a, b)), Math.sign(Buffer.from(a).compare(Buffer.from(b))))
      })
    )
    const entries = ["\u{10000}", "\uffff", "b", "a"].map((key) => [key, "1"] as const)
    assert.strictEqual(writeDictionary(entries), '{"a":1,"b":1,"\uffff":1,"\u{10000}":1}')
  })
})
