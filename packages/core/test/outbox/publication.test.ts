import { assert, describe, it } from "@effect/vitest"
import { CentrifugoApi, Outbox } from "../../src/index.js"
import { left, right } from "../support/either.js"

const refusal = (request: Outbox.PublicationRequest, options?: Outbox.Options) =>
  left(Outbox.publication(request, options))

describe("Outbox.publication", () => {
  it("has the data as the body, and all other fields in attributes", () => {
    const request = CentrifugoApi.broadcast({
      channels: ["chat:1", "chat:2"],
      data: { text: "дом" },
      tags: { lang: "ru", Kind: "" },
      delta: false,
      version: 18446744073709n,
      versionEpoch: "e"
    })
    assert.deepStrictEqual(right(Outbox.publication(request, { eventId: "order-42" })), {
      attributes: {
        "centrifugo-channels": "chat:1,chat:2",
        "centrifugo-idempotency-key": "order-42",
        "centrifugo-delta": "false",
        "centrifugo-version": "18446744073709",
        "centrifugo-version-epoch": "e",
        "centrifugo-tag-lang": "ru",
        "centrifugo-tag-Kind": ""
      },
      body: '{"text":"дом"}',
      orderingKey: undefined
    })
  })

  it("has no attributes for absent fields", () => {
    const request = CentrifugoApi.publish({ channel: "a", data: null, skipHistory: false, versionEpoch: "" })
    assert.deepStrictEqual(right(Outbox.publication(request)), {
      attributes: { "centrifugo-channels": "a" },
      body: "null",
      orderingKey: "a"
    })
  })

  it("does not change bytes", () => {
    const data = Uint8Array.of(0, 255)
    assert.strictEqual(right(Outbox.publication(CentrifugoApi.publish({ channel: "a", data }))).body, data)
  })

  it.each<readonly [string, string, RegExp]>([
    ["a comma", "room#1,2", /at commas/],
    ["a space before", " a", /begins or ends with a space/],
    ["a space after", "a ", /begins or ends with a space/],
    ["a line break", "a\nb", /control characters/],
    ["a NUL", "a\0", /control characters/]
  ])("refuses a channel with %s", (_, channel, detail) => {
    const single = refusal(CentrifugoApi.publish({ channel, data: 1 }))
    assert.deepStrictEqual(single.path, ["channel"])
    assert.match(single.detail, detail)
    assert.match(single.detail, /send it as a command/)
    const several = refusal(CentrifugoApi.broadcast({ channels: ["a", channel], data: 1 }))
    assert.deepStrictEqual(several.path, ["channels", 1])
  })

  it.each<readonly [string, object, ReadonlyArray<string>]>([
    ["skipHistory", { skipHistory: true }, ["skipHistory"]],
    ["a tag with several lines", { tags: { t: "a\r\nb" } }, ["tags", "t"]],
    ["a tag with spaces around it", { tags: { t: " a" } }, ["tags", "t"]],
    ["a tag without a name", { tags: { "": "a" } }, ["tags", ""]],
    ["a tag's name with a space", { tags: { "a b": "a" } }, ["tags", "a b"]],
    ["a tag's name with a colon", { tags: { "a:b": "a" } }, ["tags", "a:b"]],
    ["a non-ASCII tag name", { tags: { дом: "a" } }, ["tags", "дом"]],
    ["an idempotency key with a line break", { idempotencyKey: "a\n" }, ["idempotencyKey"]],
    ["a version epoch with a tab", { versionEpoch: "\t" }, ["versionEpoch"]]
  ])("refuses %s, which an attribute can't contain", (_, options, path) => {
    assert.deepStrictEqual(refusal(CentrifugoApi.publish({ channel: "a", data: 1, ...options })).path, path)
  })

  it("refuses requests that every mode refuses", () => {
    assert.deepStrictEqual(refusal(CentrifugoApi.broadcast({ channels: [], data: 1 })).path, ["channels"])
    assert.deepStrictEqual(refusal(CentrifugoApi.publish({ channel: "a", data: new Uint8Array() })).path, [
      "data"
    ])
    assert.deepStrictEqual(refusal(CentrifugoApi.publish({ channel: "a", data: { n: NaN } })).path, [
      "data",
      "n"
    ])
    assert.deepStrictEqual(refusal(CentrifugoApi.publish({ channel: "a", data: 1 }), { eventId: " " }).path, [
      "idempotencyKey"
    ])
  })

  it("streamEntry has the fields of both modes", () => {
    const request = CentrifugoApi.publish({ channel: "a", data: "x" })
    assert.deepStrictEqual(Outbox.streamEntry(right(Outbox.message(request))), {
      method: "publish",
      payload: '{"channel":"a","data":"x"}'
    })
    assert.deepStrictEqual(Outbox.streamEntry(right(Outbox.publication(request, { eventId: "e" }))), {
      "centrifugo-channels": "a",
      "centrifugo-idempotency-key": "e",
      payload: '"x"'
    })
  })
})
