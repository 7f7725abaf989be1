import {
  type Centrifugo,
  CentrifugoApi,
  type CentrifugoError,
  type CentrifugoPro
} from "@effect-centrifugo/core"
import type { Effect } from "effect"
import { describe, expect, test } from "tstyche"

declare const centrifugo: Centrifugo.Service
declare const pro: CentrifugoPro.Service

describe("refresh", () => {
  test('takes an end, an immediate end, or "never"', () => {
    expect(CentrifugoApi.refresh).type.toBeCallableWith({
      user: "u",
      expireAt: 1_700_000_000,
      info: { a: 1 }
    })
    expect(CentrifugoApi.refresh).type.toBeCallableWith({ user: "u", expired: true })
    expect(CentrifugoApi.refresh).type.toBeCallableWith({ user: "u", expireAt: "never", client: "c" })
  })

  test("does not remove a connection's end by an omitted field", () => {
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ user: "u" })
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ user: "u", expired: false })
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ user: "u", expireAt: undefined })
  })

  test("takes no fields that the server would ignore", () => {
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ user: "u", expired: true, expireAt: 1 })
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ user: "u", expired: true, info: 1 })
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ user: "u", expireAt: "never", info: 1 })
    expect(CentrifugoApi.refresh).type.not.toBeCallableWith({ expired: true })
  })

  test("is the same on the client", () => {
    expect(centrifugo.refresh).type.toBeCallableWith({ user: "u", expired: true })
    expect(centrifugo.refresh).type.not.toBeCallableWith({ user: "u" })
  })
})

describe("payloads", () => {
  test("subscribe: overrides are plain booleans", () => {
    expect(CentrifugoApi.subscribe).type.toBeCallableWith({
      user: "u",
      channel: "a",
      override: { presence: false, joinLeave: undefined },
      recoverSince: { offset: 1n, epoch: "e" }
    })
    expect(CentrifugoApi.subscribe).type.not.toBeCallableWith({
      user: "u",
      channel: "a",
      override: { presence: { value: false } }
    })
  })

  test("label filters nest", () => {
    expect<CentrifugoApi.LabelFilter>().type.toBeAssignableFrom({
      op: "not" as const,
      nodes: [{ key: "a", cmp: "eq" as const, val: "b" }]
    })
    expect<CentrifugoApi.LabelFilter>().type.not.toBeAssignableFrom({ op: "xor" })
  })

  test("map_publish: data is required, and the key mode is one of two", () => {
    expect(CentrifugoApi.mapPublish).type.toBeCallableWith({
      channel: "m",
      key: "k",
      data: null,
      keyMode: "if_new"
    })
    expect(CentrifugoApi.mapPublish).type.not.toBeCallableWith({ channel: "m", key: "k" })
    expect(CentrifugoApi.mapPublish).type.not.toBeCallableWith({
      channel: "m",
      key: "k",
      data: 1,
      keyMode: "new"
    })
  })

  test("without required fields are optional", () => {
    expect(CentrifugoApi.channels).type.toBeCallableWith()
    expect(CentrifugoApi.deviceList).type.toBeCallableWith()
    expect(CentrifugoApi.rpc).type.not.toBeCallableWith()
  })
})

describe("errors", () => {
  test("are those that the method can return", () => {
    expect(centrifugo.unsubscribe({ user: "u", channel: "a" })).type.toBe<
      Effect.Effect<
        {},
        CentrifugoError.InternalError | CentrifugoError.UnknownChannelError | CentrifugoError.CallError
      >
    >()
    expect(centrifugo.rpc({ method: "m" })).type.toBe<
      Effect.Effect<
        { readonly data?: unknown },
        | CentrifugoError.InternalError
        | CentrifugoError.NotFoundError
        | CentrifugoError.BadRequestError
        | CentrifugoError.CallError
      >
    >()
  })

  test("of PRO methods include NotFound", () => {
    expect(pro.cancelPush({ uid: "u" })).type.toBe<
      Effect.Effect<{}, CentrifugoError.ByCode<100 | 104 | 107 | 108> | CentrifugoError.CallError>
    >()
  })
})

describe("the clients", () => {
  test("each have their own methods, and both can send any request", () => {
    expect<Centrifugo.Service>().type.not.toHaveProperty("connections")
    expect<CentrifugoPro.Service>().type.not.toHaveProperty("publish")
    expect<CentrifugoPro.Service>().type.toHaveProperty("send")
    expect<CentrifugoPro.Service>().type.toHaveProperty("batch")
  })
})
