import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoTest } from "@effect-centrifugo/testing"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import { type HttpApp, HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, type Duration, Effect, Redacted, type Scope, TestClock } from "effect"

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

  it.effect("calls an app with a secret, mounted in a router", () =>
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
      // It has no handler.
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

const backend = ProxyApp.make({
  connect: ({ data }, { cookies }) =>
    cookies["user"] === undefined
      ? ProxyApp.disconnect({ code: 4501, reason: "log in first" })
      : Effect.succeed({
          user: cookies["user"],
          info: data ?? null,
          data: "welcome",
          subs: { lobby: { data: "open", override: { presence: false } } },
          meta: { vip: true }
        }),
  subscribe: ({ channel, data, meta, user }) =>
    channel === "staff"
      ? ProxyApp.deny({ code: 403, message: "staff only" })
      : Effect.succeed({ info: [user, meta ?? null], data: data ?? null, override: { presence: false } }),
  publish: ({ data, user }) =>
    data === "bye"
      ? ProxyApp.disconnect({ code: 4500, reason: "bye" })
      : Effect.succeed({
          data: `${user}: ${String(data)}`,
          tags: { by: user },
          idempotencyKey: String(data),
          skipHistory: data === "secret"
        }),
  rpc: ({ method }) => (method === "fail" ? Effect.die("boom") : Effect.succeed({ data: [method] }))
})
const alice = { data: 1, headers: { cookie: "user=alice" } }

/** Gives the app's answer time to arrive, because it passes through promises. */
const pass = (duration: Duration.DurationInput) =>
  Effect.zipRight(
    TestClock.adjust(duration),
    Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
  )

const over = <A, E>(
  app: HttpApp.Default<unknown>,
  test: Effect.Effect<A, E, CentrifugoTest.CentrifugoTest | Centrifugo.Centrifugo | Scope.Scope>
) => Effect.scoped(test).pipe(Effect.provide(CentrifugoTest.layer({ proxy: { app } })))

describe("the proxy option", () => {
  it.effect("the app decides about a connection", () =>
    over(
      backend,
      Effect.gen(function* () {
        const centrifugo = yield* Centrifugo.Centrifugo
        const stranger = yield* Effect.flip(CentrifugoTest.connectProxied())
        assert.include(stranger, {
          _tag: "CentrifugoTestRefusedError",
          code: 4501,
          reason: "log in first"
        })
        const client = yield* CentrifugoTest.connectProxied(alice)
        assert.deepStrictEqual([client.user, client.data], ["alice", "welcome"])
        assert.include(yield* Effect.flip(client.subscribe("staff")), { code: 403, reason: "staff only" })
        yield* client.subscribe("news", { data: 2 })
        assert.deepStrictEqual(yield* client.events, [
          { _tag: "Subscribed", channel: "lobby", data: "open" },
          { _tag: "Subscribed", channel: "news", data: 2 }
        ])
        // Both override the presence setting of their namespace.
        for (const channel of ["lobby", "news"]) {
          assert.strictEqual((yield* centrifugo.presenceStats({ channel })).numClients, 0)
        }
        yield* client.publish("news", "hello")
        yield* client.publish("news", "hello")
        yield* client.publish("news", "secret")
        const published = yield* client.take(2)
        assert.deepStrictEqual(
          published.map(({ data, tags }) => [data, tags]),
          [
            ["alice: hello", { by: "alice" }],
            ["alice: secret", { by: "alice" }]
          ]
        )
        assert.deepStrictEqual(published[0]?.info?.chanInfo, ["alice", { vip: true }])
        const history = yield* centrifugo.history({ channel: "news", limit: 10 })
        assert.strictEqual(history.publications.length, 1)
        assert.deepStrictEqual(yield* client.rpc("add"), ["add"])
        assert.include(yield* Effect.flip(client.rpc("fail")), { code: 100 })
        assert.include(yield* Effect.flip(client.publish("news", "bye")), { code: 4500 })
        assert.include(yield* client.disconnected, { code: 4500, reason: "bye" })
      })
    )
  )

  it.effect("events without a handler are skipped; a connection needs a user", () =>
    over(
      ProxyApp.make({ subRefresh: () => ProxyApp.expired }),
      Effect.gen(function* () {
        const stranger = yield* Effect.flip(CentrifugoTest.connectProxied())
        assert.include(stranger, { code: 3501, reason: "bad request" })
        const client = yield* CentrifugoTest.connectProxied({ user: "42" })
        yield* client.subscribe("news")
        yield* client.publish("news", 1)
        assert.strictEqual((yield* client.take(1))[0]?.data, 1)
        assert.include(yield* Effect.flip(client.rpc("add")), { code: 108 })
      })
    )
  )

  it.effect("the app refreshes an expired connection, until it answers expired", () => {
    const asked: Array<unknown> = []
    const app = ProxyApp.make({
      connect: () => Effect.succeed({ user: "42", expireAt: "1 minute", meta: 0 }),
      refresh: ({ meta }) =>
        Effect.suspend(() => {
          asked.push(meta)
          const round = asked.length
          if (round === 2) return Effect.die("the database is down")
          return round > 3
            ? ProxyApp.expired
            : Effect.succeed({ expireAt: "1 minute", meta: round, info: `round ${round}` })
        })
    })
    return over(
      app,
      Effect.gen(function* () {
        const client = yield* CentrifugoTest.connectProxied()
        yield* client.subscribe("news")
        yield* pass("59 seconds")
        assert.deepStrictEqual(asked, [])
        yield* pass("1 second")
        assert.deepStrictEqual(asked, [0])
        // If the app fails, the server gives the connection another minute.
        yield* pass("1 minute")
        yield* client.publish("news", "still here")
        assert.strictEqual((yield* client.take(1))[0]?.info?.connInfo, "round 1")
        yield* pass("1 minute")
        yield* pass("1 minute")
        assert.deepStrictEqual(asked, [0, 1, 1, 3])
        assert.include(yield* client.disconnected, { code: 3005 })
        yield* pass("1 hour")
        assert.strictEqual(asked.length, 4)
      })
    )
  })

  it.effect("without a refresh handler, an expired connection ends 25 seconds later", () =>
    over(
      ProxyApp.make({ connect: () => Effect.succeed({ user: "42", expireAt: "1 minute" }) }),
      Effect.gen(function* () {
        const client = yield* CentrifugoTest.connectProxied()
        yield* pass("84 seconds")
        assert.deepStrictEqual(yield* client.events, [])
        yield* pass("1 second")
        assert.include(yield* client.disconnected, { code: 3005 })
      })
    )
  )

  it.effect("the app refreshes a subscription 25 seconds after it has expired", () => {
    const asked: Array<string> = []
    const app = ProxyApp.make({
      subscribe: () => Effect.succeed({ expireAt: "1 minute" }),
      subRefresh: ({ channel }) =>
        Effect.suspend(() => {
          asked.push(channel)
          return asked.length > 1
            ? ProxyApp.expired
            : Effect.succeed({ expireAt: "1 minute", info: "renewed" })
        })
    })
    return over(
      app,
      Effect.gen(function* () {
        const client = yield* CentrifugoTest.connectProxied({ user: "42" })
        yield* client.subscribe("news")
        yield* pass("84 seconds")
        assert.deepStrictEqual(asked, [])
        yield* pass("1 second")
        yield* client.publish("news", 1)
        assert.strictEqual((yield* client.take(1))[0]?.info?.chanInfo, "renewed")
        yield* pass("85 seconds")
        assert.deepStrictEqual(asked, ["news", "news"])
        assert.deepStrictEqual((yield* client.events).at(-1), {
          _tag: "Unsubscribed",
          channel: "news",
          code: 2501,
          reason: "subscription expired"
        })
      })
    )
  })

  it.effect("refuses an expiry in the past, as the server does", () => {
    const app = Effect.succeed(HttpServerResponse.unsafeJson({ result: { user: "42", expire_at: 1 } }))
    // A custom app that answers 405 to GET as ProxyApp does.
    const own = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ method }) =>
      method === "POST" ? app : Effect.succeed(HttpServerResponse.empty({ status: 405 }))
    )
    return over(
      own,
      Effect.gen(function* () {
        yield* TestClock.adjust("1 minute")
        assert.include(yield* Effect.flip(CentrifugoTest.connectProxied()), { code: 110, reason: "expired" })
        const client = yield* CentrifugoTest.connectProxied({ user: "42" })
        assert.include(yield* Effect.flip(client.subscribe("news")), { code: 110 })
      })
    )
  })

  it.effect("closes the connection with its scope, and makes no more calls", () => {
    let asked = 0
    const app = ProxyApp.make({
      connect: () => Effect.succeed({ user: "42", expireAt: "1 minute" }),
      refresh: () =>
        Effect.as(
          Effect.sync(() => asked++),
          { expireAt: "1 minute" }
        )
    })
    return over(
      app,
      Effect.gen(function* () {
        const client = yield* Effect.scoped(CentrifugoTest.connectProxied())
        assert.include(yield* client.disconnected, { code: 3000 })
        yield* pass("1 hour")
        assert.strictEqual(asked, 0)
      })
    )
  })

  it.effect("refuses an app without any handler at the path", () =>
    Effect.gen(function* () {
      const router = HttpRouter.empty.pipe(HttpRouter.mountApp("/centrifugo", backend))
      const make = (proxy: CentrifugoTest.ServerProxy) => Effect.flip(CentrifugoTest.make({ proxy }))
      assert.include((yield* make({ app: router })).message, 'below the path ""')
      const other = Effect.succeed(HttpServerResponse.empty())
      assert.include((yield* make({ app: other })).message, "no event")
      const secret = Redacted.make("6b1f9c2d7e8a")
      const closed = ProxyApp.make({ subscribe: () => Effect.void }, { secret })
      assert.include((yield* make({ app: closed })).message, "with this secret")
      yield* CentrifugoTest.make({ proxy: { app: router, path: "/centrifugo" } })
      yield* CentrifugoTest.make({ proxy: { app: closed, secret } })
      const none = yield* CentrifugoTest.make()
      assert.include(
        (yield* Effect.flip(Effect.scoped(none.connectProxied()))).message,
        "set the proxy option"
      )
    })
  )

  it.scopedLive("an embedded server calls the app for its own connections", () =>
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start({ proxy: { app: backend } })
      const client = yield* server.connectProxied(alice)
      yield* client.subscribe("news")
      const response = yield* Effect.promise(() =>
        fetch(`${server.apiUrl}/publish`, {
          method: "POST",
          headers: { "x-api-key": Redacted.value(server.apiKey) },
          body: JSON.stringify({ channel: "news", data: "from the server API" })
        })
      )
      assert.strictEqual(response.status, 200)
      yield* client.publish("news", "hello")
      const published = yield* client.take(2)
      assert.deepStrictEqual(
        published.map(({ data }) => data),
        ["from the server API", "alice: hello"]
      )
    })
  )
})
