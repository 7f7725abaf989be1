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
