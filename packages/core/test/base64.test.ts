import * as Base64 from "../src/internal/codec/base64.js"
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"

describe("base64", () => {
  it.prop(
    "is that of other implementations, both ways",
    [FastCheck.uint8Array({ maxLength: 300 })],
    ([bytes]) => {
      const text = Buffer.from(bytes).toString("base64")
      assert.strictEqual(Base64.encode(bytes), text)
      assert.deepStrictEqual(Base64.decode(text), bytes)
    }
  )

  it("takes bytes of any length", () => {
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 256)
    assert.deepStrictEqual(Base64.decode(Base64.encode(bytes)), bytes)
  })

  it("refuses invalid base64", () => {
    for (const text of ["?", "abc$", "a", "ÿ"]) assert.isUndefined(Base64.decode(text))
  })
})
