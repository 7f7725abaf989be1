import { type Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service

interface Message {
  readonly text: string
  readonly replyTo?: Message | undefined
}

declare class Order {
  readonly id: number
  total(): number
}

declare const message: Message
declare const order: Order
declare const unknownValue: unknown
declare const maybe: string | undefined

describe("data", () => {
  test("is any JSON value, also of an interface or a class, or bytes", () => {
    for (const publish of [CentrifugoApi.publish, centrifugo.publish]) {
      expect(publish).type.toBeCallableWith({ channel: "a", data: [1] })
      expect(publish).type.toBeCallableWith({ channel: "a", data: "s" })
      expect(publish).type.toBeCallableWith({ channel: "a", data: null })
      expect(publish).type.toBeCallableWith({ channel: "a", data: true })
      expect(publish).type.toBeCallableWith({ channel: "a", data: {} })
      expect(publish).type.toBeCallableWith({ channel: "a", data: message })
      expect(publish).type.toBeCallableWith({ channel: "a", data: order })
      expect(publish).type.toBeCallableWith({ channel: "a", data: new Uint8Array(1) })
    }
  })

  test("can't be undefined, nor a type that includes it", () => {
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a" })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: undefined })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: maybe })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: unknownValue })
    expect(CentrifugoApi.broadcast).type.not.toBeCallableWith({ channels: ["a"], data: undefined })
  })
})

describe("fields", () => {
  test("that are misspelt, or written as on the wire, are refused", () => {
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: 1, idempotencykey: "k" })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: 1, skip_history: true })
    expect(centrifugo.publish).type.not.toBeCallableWith({ channel: "a", data: 1, skip_history: true })
    expect(CentrifugoApi.history).type.not.toBeCallableWith({
      channel: "a",
      since: { offset: 1, Epoch: "e" }
    })
  })

  test("that are optional accept undefined", () => {
    expect(CentrifugoApi.publish).type.toBeCallableWith({
      channel: "a",
      data: 1,
      skipHistory: undefined,
      tags: undefined,
      idempotencyKey: maybe,
      version: undefined
    })
    expect(CentrifugoApi.disconnect).type.toBeCallableWith({
      user: "u",
      client: maybe,
      disconnect: undefined
    })
  })

  test("that are required are required, with their types", () => {
    expect(CentrifugoApi.publish).type.not.toBeCallableWith()
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ data: 1 })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: maybe, data: 1 })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: 1, tags: { n: 1 } })
    expect(CentrifugoApi.broadcast).type.not.toBeCallableWith({ channels: "a", data: 1 })
    expect(CentrifugoApi.disconnect).type.not.toBeCallableWith({})
  })

  test("that are 64-bit integers take numbers and bigints", () => {
    expect(CentrifugoApi.publish).type.toBeCallableWith({ channel: "a", data: 1, version: 1 })
    expect(CentrifugoApi.publish).type.toBeCallableWith({ channel: "a", data: 1, version: 1n })
    expect(CentrifugoApi.publish).type.not.toBeCallableWith({ channel: "a", data: 1, version: "1" })
    expect(CentrifugoApi.history).type.toBeCallableWith({ channel: "a", since: { offset: 1n, epoch: "e" } })
    expect(CentrifugoApi.history).type.not.toBeCallableWith({ channel: "a", limit: 1n })
  })

  test("accept readonly values", () => {
    const payload = { channels: ["a", "b"], data: { a: [1] }, tags: { t: "x" } } as const
    expect(CentrifugoApi.broadcast).type.toBeCallableWith(payload)
    expect(centrifugo.broadcast).type.toBeCallableWith(payload)
  })
})

describe("a payload", () => {
  test("is optional without required fields", () => {
    expect(CentrifugoApi.info).type.toBeCallableWith()
    expect(centrifugo.info).type.toBeCallableWith()
    expect(centrifugo.info).type.toBeCallableWith({})
    expect(CentrifugoApi.presence).type.not.toBeCallableWith()
    expect(centrifugo.presence).type.not.toBeCallableWith()
  })
})
