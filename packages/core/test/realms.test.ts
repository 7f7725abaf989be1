/** Values and errors of another realm (jest, jsdom, node:vm), and programs that extend prototypes. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, FastCheck, Schema } from "effect"
import { runInNewContext } from "node:vm"
import * as core from "../src/index.js"
import * as ProxyProtocol from "../src/ProxyProtocol.js"
import * as Token from "../src/Token.js"
import { left, right } from "./support/either.js"

const { CentrifugoApi, CentrifugoError } = core

const encode = (data: unknown) => CentrifugoApi.publish.encode({ channel: "a", data: data as {} })
const sent = (data: unknown) => right(encode(data))

describe("values of another realm", () => {
  const bytes = runInNewContext("Uint8Array.of(104, 105)") as unknown

  it("bytes are recognized", () => {
    for (const data of [bytes, Buffer.from("hi"), Uint8Array.of(104, 105)]) {
      assert.strictEqual(sent(data), '{"channel":"a","b64data":"aGk="}')
    }
  })

  it("a Buffer is bytes even if the global Uint8Array is replaced", () => {
    const own = globalThis.Uint8Array
    globalThis.Uint8Array = runInNewContext("Uint8Array") as typeof Uint8Array
    try {
      assert.strictEqual(sent(Buffer.from("hi")), '{"channel":"a","b64data":"aGk="}')
    } finally {
      globalThis.Uint8Array = own
    }
  })

  it("bytes inside JSON are refused, and not sent as numbers", () => {
    for (const inside of [bytes, Buffer.from("hi")]) {
      assert.include(left(encode({ inside })).message, "bytes are only allowed as the whole")
    }
  })

  it("an invalid Date is named, and plain values are sent", () => {
    assert.include(left(encode({ at: runInNewContext("new Date(NaN)") })).message, "an invalid Date")
    const data = runInNewContext('({ at: new Date(0), list: [1, { a: "b" }] })') as unknown
    assert.strictEqual(
      sent(data),
      '{"channel":"a","data":{"at":"1970-01-01T00:00:00.000Z","list":[1,{"a":"b"}]}}'
    )
  })

  it("an error is reported by its name", () => {
    const data = {
      toJSON: runInNewContext('() => { throw new Error("out of order") }') as unknown
    }
    assert.include(left(encode(data)).message, "threw an Error")
  })
})

describe("values that JSON.stringify supports", () => {
  it("a bigint with the program's own toJSON", () => {
    const prototype = BigInt.prototype as { toJSON?: () => unknown }
    assert.include(left(encode({ id: 7n })).message, "bigint")
    prototype.toJSON = function (this: bigint) {
      return this.toString()
    }
    try {
      const data = { id: 7n, list: [8n], nested: { id: 9n } }
      assert.strictEqual(sent(data), `{"channel":"a","data":${JSON.stringify(data)}}`)
      assert.strictEqual(sent(7n), '{"channel":"a","data":"7"}')
    } finally {
      delete prototype.toJSON
    }
  })

  it("boxed values", () => {
    const data = { text: new String("a"), number: new Number(1), no: new Boolean(false) }
    assert.strictEqual(sent(data), `{"channel":"a","data":${JSON.stringify(data)}}`)
    assert.include(left(encode({ id: Object(7n) as unknown })).message, "bigint")
    assert.include(left(encode(new Number(Number.NaN))).message, "NaN")
  })

  const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown }
  it.skipIf(rawJSON === undefined)("raw JSON, beside values that need the slow path", () => {
    const raw = rawJSON?.("12345678901234567890")
    assert.strictEqual(
      sent({ raw, at: new Date(0) }),
      '{"channel":"a","data":{"raw":12345678901234567890,"at":"1970-01-01T00:00:00.000Z"}}'
    )
  })
})

describe("the message of an error", () => {
  type ErrorClass = Schema.Schema<Error, unknown> & (new (...args: ReadonlyArray<never>) => Error)
  const isErrorClass = (value: unknown): value is ErrorClass =>
    typeof value === "function" && value.prototype instanceof Error && Schema.isSchema(value)
  const classes = new Set(
    [...Object.values(core), ProxyProtocol, Token]
      .flatMap((module) => Object.values(module as object) as ReadonlyArray<unknown>)
      .filter(isErrorClass)
  )

  it("the test finds error classes", () => {
    assert.isAbove(classes.size, 20)
  })

  for (const Class of classes) {
    it(`of ${Class.name} begins with the tag in a stack, and the error's name is its tag`, () => {
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(Class), (sample) => {
          const error = new Class(sample as never) as Error & { readonly _tag: string }
          assert.strictEqual(error.name, error._tag)
          assert.isTrue(error.stack?.startsWith(`${error._tag}: `), error.stack)
          assert.isTrue(CentrifugoError.TypeId in error)
        }),
        { numRuns: 5 }
      )
    })

    it(`of ${Class.name} is an own property, and is copied by structuredClone`, () => {
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(Class), (sample) => {
          const error = new Class(sample as never) as Error
          assert.strictEqual(structuredClone(error).message, error.message)
          assert.notStrictEqual(error.message, "")
          assert.isFalse(Object.keys(error).includes("message"))
        }),
        { numRuns: 5 }
      )
    })
  }

  it("stays when an error is decoded from JSON, and when attempts are added", () => {
    const error = new CentrifugoError.TimeoutError({ method: "publish", phase: "unknown", timeout: 5 })
    const json = Schema.encodeSync(CentrifugoError.CentrifugoError)(error)
    const read = Schema.decodeUnknownSync(CentrifugoError.CentrifugoError)(JSON.parse(JSON.stringify(json)))
    for (const each of [read, CentrifugoError.withEffort(error, { attempts: 2 })]) {
      assert.strictEqual(structuredClone(each).message, each.message)
    }
  })
})
