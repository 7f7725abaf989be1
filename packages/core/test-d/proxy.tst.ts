import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { TypedChannel } from "@effect-centrifugo/core"
import type { HttpApp } from "@effect/platform"
import { Context, type DateTime, Effect, Schema } from "effect"
import { describe, expect, test } from "tstyche"

class Db extends Context.Tag("Db")<Db, { readonly find: Effect.Effect<string> }>() {}
class Moderation extends Context.Tag("Moderation")<Moderation, Effect.Effect<boolean>>() {}

const Chat = TypedChannel.make("chat:{room}", {
  params: { room: Schema.NumberFromString },
  data: Schema.Struct({ text: Schema.String, at: Schema.Date })
})
const News = TypedChannel.make("news", { data: Schema.String })
const denied = ProxyApp.deny({ code: 403, message: "no" })

describe("an app", () => {
  test("requires the environment of its handlers", () => {
    const app = ProxyApp.make({
      connect: () => Effect.flatMap(Db, ({ find }) => Effect.map(find, (user) => ({ user }))),
      publish: [
        Chat.onPublish(() => Effect.asVoid(Effect.flatten(Moderation))),
        News.onPublish(() => Effect.void)
      ]
    })
    expect(app).type.toBe<HttpApp.Default<never, Db | Moderation>>()
    expect(ProxyApp.make({ subscribe: () => Effect.void })).type.toBe<HttpApp.Default>()
  })

  test("has no other events, and no channels of other events", () => {
    expect(ProxyApp.make).type.not.toBeCallableWith({ conect: () => Effect.succeed({ user: "1" }) })
    expect(ProxyApp.make).type.not.toBeCallableWith({ subscribe: [Chat.onPublish(() => Effect.void)] })
  })

  test("handles its own errors", () => {
    expect(ProxyApp.make).type.not.toBeCallableWith({ publish: () => Effect.fail("boom") })
    expect(ProxyApp.make).type.toBeCallableWith({ publish: () => denied })
  })
})

describe("does not compile", () => {
  test("an error or a disconnect of a refresh", () => {
    expect(ProxyApp.make).type.not.toBeCallableWith({ refresh: () => denied })
    expect(ProxyApp.make).type.not.toBeCallableWith({ subRefresh: () => denied })
    expect(ProxyApp.make).type.not.toBeCallableWith({ sharedPollRefresh: () => denied })
    expect(ProxyApp.make).type.toBeCallableWith({ refresh: () => ProxyApp.expired })
    expect(ProxyApp.make).type.not.toBeCallableWith({ publish: () => ProxyApp.expired })
  })

  test("a refresh without an expiry", () => {
    expect(ProxyApp.make).type.not.toBeCallableWith({ refresh: () => Effect.void })
    expect(ProxyApp.make).type.not.toBeCallableWith({ refresh: () => Effect.succeed({}) })
    expect(ProxyApp.make).type.not.toBeCallableWith({ refresh: () => Effect.succeed({ expireAt: 1 }) })
    expect(ProxyApp.make).type.toBeCallableWith({
      refresh: () => Effect.succeed({ expireAt: {} as DateTime.Utc })
    })
  })

  test("an anonymous connection", () => {
    expect(ProxyApp.make).type.not.toBeCallableWith({ connect: () => Effect.void })
    expect(ProxyApp.make).type.not.toBeCallableWith({ connect: () => Effect.succeed({}) })
    expect(ProxyApp.make).type.not.toBeCallableWith({ connect: () => Effect.succeed({ user: 42 }) })
    expect(ProxyApp.make).type.toBeCallableWith({
      connect: () => Effect.succeed({ user: ProxyApp.anonymous })
    })
  })

  test("codes of the server's own", () => {
    expect(ProxyApp.deny).type.not.toBeCallableWith({ code: 103, message: "a" })
    expect(ProxyApp.deny).type.not.toBeCallableWith({ code: 399, message: "a" })
    expect(ProxyApp.deny).type.not.toBeCallableWith({ code: 2000, message: "a" })
    expect(ProxyApp.deny).type.toBeCallableWith({ code: 400, message: "a" })
    expect(ProxyApp.deny).type.toBeCallableWith({ code: 1999, message: "a" })
    expect(ProxyApp.deny).type.toBeCallableWith({ code: 5 as number, message: "a" })
    expect(ProxyApp.disconnect).type.not.toBeCallableWith({ code: 3500, reason: "a" })
    expect(ProxyApp.disconnect).type.not.toBeCallableWith({ code: 5000, reason: "a" })
    expect(ProxyApp.disconnect).type.toBeCallableWith({ code: 4000, reason: "a" })
  })
})

describe("payloads", () => {
  test("of channels are typed", () => {
    Chat.onPublish((params, data, call) => {
      expect(params).type.toBe<{ readonly room: number }>()
      expect(data).type.toBe<{ readonly text: string; readonly at: Date }>()
      expect(call.request.user).type.toBe<string>()
      return Effect.void
    })
    News.onPublish((data) => {
      expect(data).type.toBe<string>()
      return Effect.void
    })
    expect(Chat.onPublish).type.not.toBeCallableWith(() => Effect.succeed({ data: { text: "a", at: "now" } }))
    expect(Chat.onSubRefresh).type.not.toBeCallableWith(() => Effect.void)
  })

  test("of events are those of their Schemas", () => {
    const Meta = Schema.Struct({ at: Schema.Date })
    ProxyApp.typed("subscribe", { data: Schema.NumberFromString, meta: Meta }, ({ data, meta }) => {
      expect(data).type.toBe<number>()
      expect(meta).type.toBe<{ readonly at: Date } | undefined>()
      return Effect.void
    })
    const connect = (at: unknown) => () => Effect.succeed({ user: "1", meta: { at } })
    expect(ProxyApp.typed).type.not.toBeCallableWith("connect", { meta: Meta }, connect("now"))
  })

  test("of methods", () => {
    const Add = ProxyApp.rpc("add", {
      params: Schema.Struct({ a: Schema.NumberFromString }),
      answer: Schema.Date
    })
    const group = ProxyApp.rpcGroup(Add, ProxyApp.rpc("room:touch"))
    const handlers = group.handlers({
      add: ({ a }) => {
        expect(a).type.toBe<number>()
        return Effect.as(Db, new Date(a))
      },
      "room:touch": (params) => {
        expect(params).type.toBe<unknown>()
        return Effect.void
      }
    })
    expect(handlers).type.toBe<ProxyApp.RpcHandlers<Db>>()
    expect(group.handlers).type.not.toBeCallableWith({ add: () => Effect.succeed(new Date()) })
    expect(group.handlers).type.not.toBeCallableWith({
      add: () => Effect.succeed(5),
      "room:touch": () => Effect.void
    })
    expect(group.handlers).type.not.toBeCallableWith({
      add: () => Effect.succeed(new Date()),
      "room:touch": () => Effect.void,
      other: () => Effect.void
    })
  })
})
