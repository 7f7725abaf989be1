import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import { HttpRouter } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Redacted, TestClock } from "effect"

class Members extends Context.Tag("test/Members")<Members, ReadonlySet<string>>() {}

const handlers = {
  connect: (_, { cookies }) =>
    cookies["user"] === undefined
      ? ProxyApp.disconnect({ code: 4501, reason: "log in first" })
      : Effect.succeed({ user: cookies["user"], expireAt: "10 minutes" }),
  refresh: () => ProxyApp.expired,
  subscribe: ({ channel, user }) =>
    Effect.flatMap(Members, (members) =>
      members.has(`${user} ${channel}`) ? Effect.void : ProxyApp.deny({ code: 403, message: "not a member" })
    ),
  publish: ({ data }) => Effect.succeed({ data: [data ?? null] }),
  subRefresh: () => Effect.succeed({ expireAt: "1 minute" }),
  rpc: ({ method }) => (method === "fail" ? Effect.die("boom") : Effect.succeed({ data: method })),
  mapPublish: ({ key }) => Effect.succeed({ key }),
  mapRemove: () => Effect.void,
  sharedPollRefresh: ({ items }) => Effect.succeed({ items })
} satisfies ProxyApp.Handlers

describe("CentrifugoTest.proxy", () => {
  it.effect("posts a request of each kind, in the test's environment and time", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const server = CentrifugoTest.proxy(ProxyApp.make(handlers))
      const status = 200
      const left = { status, disconnect: { code: 4501, reason: "log in first" } }
      assert.deepStrictEqual(yield* server.connect(), left)
      assert.deepStrictEqual(yield* server.connect({}, { Cookie: "user=alice" }), {
        status,
        result: { user: "alice", expire_at: 1600 }
      })
      assert.deepStrictEqual(yield* server.refresh(), { status, result: { expired: true } })
      assert.deepStrictEqual(yield* server.subscribe({ channel: "news" }), { status })
      assert.deepStrictEqual(yield* server.subscribe({ user: "43", channel: "news" }), {
        status,
        error: { code: 403, message: "not a member" }
      })
      assert.deepStrictEqual(yield* server.publish({ data: 5 }), { status, result: { data: [5] } })
      assert.deepStrictEqual(
        yield* server.publish({ data: new Uint8Array([1]) }).pipe(Effect.map((a) => a.status)),
        500
      )
      assert.deepStrictEqual(yield* server.subRefresh(), { status, result: { expire_at: 1060 } })
      assert.deepStrictEqual(yield* server.rpc(), { status, result: { data: "method" } })
      assert.deepStrictEqual(yield* server.rpc({ method: "fail" }), {
        status: 500,
        text: "The rpc handler failed\n"
      })
      assert.deepStrictEqual(yield* server.mapPublish({ key: "a" }), { status, result: { key: "a" } })
      assert.deepStrictEqual(yield* server.mapRemove(), { status })
      assert.deepStrictEqual(yield* server.sharedPollRefresh(), {
        status,
        result: { items: [{ key: "key", version: 0 }] }
      })
    }).pipe(Effect.provideService(Members, new Set(["42 news"])))
  )

  it.effect("an app with a secret, where a router mounts it", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("6b1f9c2d7e8a")
      const { connect } = handlers
      const router = HttpRouter.empty.pipe(
        HttpRouter.mountApp("/centrifugo", ProxyApp.make({ connect }, { secret }))
      )
      const stranger = CentrifugoTest.proxy(router, { path: "/centrifugo" })
      assert.strictEqual((yield* stranger.connect()).status, 401)
      const server = CentrifugoTest.proxy(router, {
        path: "/centrifugo",
        secret,
        headers: { cookie: "user=a" }
      })
      assert.strictEqual((yield* server.connect()).status, 200)
      // There is no handler for it.
      assert.strictEqual((yield* server.publish()).status, 404)
    })
  )

  it.effect("refuses a request that the server could not send", () =>
    Effect.gen(function* () {
      const server = CentrifugoTest.proxy(ProxyApp.make({ rpc: () => Effect.void }))
      const error = yield* Effect.flip(server.rpc({ data: 5n }))
      assert.include(error.message, "bigint")
    })
  )
})

describe("CentrifugoTest.connectThrough", () => {
  const app = ProxyApp.make({
    connect: ({ data }, { cookies }) =>
      cookies["user"] === undefined
        ? ProxyApp.disconnect({ code: 4501, reason: "log in first" })
        : Effect.succeed({
            user: cookies["user"],
            info: data ?? null,
            channels: ["lobby"],
            meta: { vip: true }
          }),
    subscribe: ({ channel, meta, user }) =>
      channel === "staff"
        ? ProxyApp.deny({ code: 403, message: "staff only" })
        : Effect.succeed({ info: [user, meta ?? null] }),
    publish: ({ data, user }) =>
      data === "bye"
        ? ProxyApp.disconnect({ code: 4500, reason: "bye" })
        : Effect.succeed({ data: `${user}: ${String(data)}` }),
    rpc: ({ method }) => (method === "fail" ? Effect.die("boom") : Effect.succeed({ data: [method] }))
  })

  it.effect("the app decides about a connection of the server", () =>
    Effect.gen(function* () {
      const stranger = yield* Effect.flip(CentrifugoTest.connectThrough(app))
      assert.include(stranger, { _tag: "CentrifugoTestRefusedError", code: 4501, reason: "log in first" })
      const alice = yield* CentrifugoTest.connectThrough(app, { data: 1, headers: { cookie: "user=alice" } })
      assert.strictEqual(alice.user, "alice")
      assert.deepStrictEqual(yield* alice.channels, ["lobby"])
      assert.include(yield* Effect.flip(alice.subscribe("staff")), { code: 403, reason: "staff only" })
      yield* alice.subscribe("news")
      yield* alice.publish("news", "hello")
      const [publication] = yield* alice.take(1)
      assert.strictEqual(publication?.data, "alice: hello")
      assert.deepStrictEqual(publication?.info?.chanInfo, ["alice", { vip: true }])
      assert.deepStrictEqual(yield* alice.rpc("add"), ["add"])
      assert.include(yield* Effect.flip(alice.rpc("fail")), { code: 100 })
      assert.include(yield* Effect.flip(alice.publish("news", "bye")), { code: 4500 })
      assert.include(yield* alice.disconnected, { code: 4500, reason: "bye" })
    }).pipe(Effect.provide(CentrifugoTest.layer()))
  )
})
