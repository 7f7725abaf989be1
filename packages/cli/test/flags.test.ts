import { assert, describe, it } from "@effect/vitest"
import { CentrifugoApi } from "@effect-centrifugo/core"
import { Effect, Option } from "effect"
import * as Flags from "../src/flags.js"

const required = (kind: Flags.Kind) => ({ kind, required: true })
const optional = (kind: Flags.Kind) => ({ kind, required: false })

describe("flags", () => {
  it("come from the fields of a payload", () => {
    assert.deepStrictEqual(Flags.fieldsOf(CentrifugoApi.publish.payload), {
      channel: required("text"),
      data: required("json"),
      skipHistory: optional("boolean"),
      tags: optional("pairs"),
      idempotencyKey: optional("text"),
      delta: optional("boolean"),
      version: optional("integer"),
      versionEpoch: optional("text")
    })
    assert.deepStrictEqual(Flags.fieldsOf(CentrifugoApi.history.payload), {
      channel: required("text"),
      limit: optional("integer"),
      since: optional("json"),
      reverse: optional("boolean")
    })
    const { channels } = Flags.fieldsOf(CentrifugoApi.broadcast.payload)
    assert.deepStrictEqual(channels, required("texts"))
    const { keyMode } = Flags.fieldsOf(CentrifugoApi.mapPublish.payload)
    assert.deepStrictEqual(keyMode, optional({ choice: ["if_new", "if_exists"] }))
    const { disconnect, labelFilter, whitelist } = Flags.fieldsOf(CentrifugoApi.disconnect.payload)
    assert.deepStrictEqual(
      [disconnect, labelFilter, whitelist],
      [optional("json"), optional("json"), optional("texts")]
    )
    assert.deepStrictEqual(Flags.fieldsOf(CentrifugoApi.refresh.payload)["expireAt"], optional("integer"))
    assert.deepStrictEqual(Flags.fieldsOf(CentrifugoApi.info.payload), {})
  })

  it("do not use names of other flags of the command", () => {
    const taken = ["completions", "help", "log-level", "url", "version", "watch", "wizard"]
    for (const [name, { payload }] of Object.entries({
      ...CentrifugoApi.methods,
      ...CentrifugoApi.proMethods
    })) {
      const flags = Object.keys(Flags.fieldsOf(payload)).map(Flags.flagOf)
      assert.strictEqual(new Set(flags).size, flags.length, name)
      for (const flag of flags) assert.match(flag, /^[a-z0-9]+(-[a-z0-9]+)*$/)
      assert.deepStrictEqual(
        flags.filter((flag) => taken.includes(flag)),
        [],
        name
      )
    }
  })

  it.effect("become a payload, with all digits of large integers", () =>
    Effect.gen(function* () {
      const fields = Flags.fieldsOf(CentrifugoApi.publish.payload)
      const payload = yield* Flags.payloadOf(fields, {
        channel: Option.some("a"),
        data: Option.some('{"a":[1]}'),
        version: Option.some("18446744073709551615"),
        versionEpoch: Option.none()
      })
      assert.deepStrictEqual(payload, { channel: "a", data: { a: [1] }, version: 18446744073709551615n })
      const small = yield* Flags.payloadOf(fields, { version: Option.some("-7") })
      assert.deepStrictEqual(small, { version: -7 })
      // The method's Schema says what it expects.
      const words = yield* Flags.payloadOf(fields, { version: Option.some("1.5") })
      assert.deepStrictEqual(words, { version: "1.5" })
    })
  )

  it.effect("refuse invalid JSON without quoting it", () =>
    Effect.gen(function* () {
      const fields = Flags.fieldsOf(CentrifugoApi.publish.payload)
      const error = yield* Effect.flip(Flags.payloadOf(fields, { data: Option.some("secret") }))
      assert.match(error.message, /^--data: expected JSON/)
      assert.notInclude(error.message, "secret")
    })
  )
})
