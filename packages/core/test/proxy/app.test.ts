import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { TypedChannel } from "@effect-centrifugo/core"
import { HttpApp, HttpRouter } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, DateTime, Deferred, Duration, Effect, Fiber, Redacted, Schema, TestClock } from "effect"
import { connection, logged, post } from "./call.js"

const user = { ...connection, user: "42" }
const Chat = TypedChannel.make("chat:{room}", {
  params: { room: Schema.NumberFromString },
  data: Schema.Struct({ text: Schema.String, at: Schema.Date })
})
const News = TypedChannel.make("news", { data: Schema.String })

class Members extends Context.Tag("test/Members")<Members, ReadonlySet<string>>() {}

describe("answers", () => {
  it.effect("each event has its path, its request and its answer", () =>
    Effect.gen(function* () {
      const app = ProxyApp.make({
        connect: ({ channels, data, name, version }) =>
          Effect.succeed({
            user: "42",
            expireAt: "10 minutes",
            info: { name, version },
            data: { data, channels },
            meta: { role: "admin" },
            subs: { "px:a": { override: { presence: true, joinLeave: false }, cacheRecover: true } }
          }),
        refresh: ({ meta }) => Effect.succeed({ expireAt: "1 hour", meta: [meta] }),
        subscribe: () => Effect.succeed({ override: { forceRecovery: true }, info: new Uint8Array([1, 2]) }),
        publish: ({ data }) =>
          Effect.succeed({ data: { was: data }, skipHistory: true, idempotencyKey: "k" }),
        subRefresh: () => Effect.succeed({ expireAt: Duration.minutes(1) }),
        rpc: ({ data, method }) => Effect.succeed({ data: [method, data] }),
        mapPublish: ({ key }) => Effect.succeed({ key: `${key}!`, keyMode: "if_new", version: 7n }),
        mapRemove: () => Effect.succeed({ tags: { a: "b" } }),
        sharedPollRefresh: ({ items }) =>
          Effect.succeed({
            items: items.map(({ key, version }) => ({ key, data: version, version: version + 1 }))
          })
      })
      const says = (path: string, body: object) => Effect.map(post(app, path, body), ({ body }) => body)
      yield* TestClock.setTime(1_000_000)

      const hello = { ...connection, data: { hello: "w" }, name: "js", version: "1.2.3" }
      assert.deepStrictEqual(yield* says("/connect", hello), {
        result: {
          user: "42",
          expire_at: 1600,
          info: { name: "js", version: "1.2.3" },
          data: { data: { hello: "w" }, channels: [] },
          meta: { role: "admin" },
          subs: {
            "px:a": {
              override: { presence: { value: true }, join_leave: { value: false } },
              cache_recover: true
            }
          }
        }
      })
      assert.deepStrictEqual(yield* says("/refresh", { ...user, meta: 1 }), {
        result: { expire_at: 4600, meta: [1] }
      })
      assert.deepStrictEqual(yield* says("/subscribe", { ...user, channel: "px:a" }), {
        result: { override: { force_recovery: { value: true } }, b64info: "AQI=" }
      })
      assert.deepStrictEqual(yield* says("/publish", { ...user, channel: "px:a", data: null }), {
        result: { data: { was: null }, skip_history: true, idempotency_key: "k" }
      })
      assert.deepStrictEqual(yield* says("/sub_refresh", { ...user, channel: "px:a" }), {
        result: { expire_at: 1060 }
      })
      assert.deepStrictEqual(yield* says("/rpc", { ...user, method: "add", data: 5 }), {
        result: { data: ["add", 5] }
      })
      assert.deepStrictEqual(
        yield* says("/map_publish", { ...connection, channel: "m:a", key: "k", data: 1 }),
        {
          result: { key: "k!", key_mode: "if_new", version: 7 }
        }
      )
      assert.deepStrictEqual(yield* says("/map_remove", { ...connection, channel: "m:a", key: "k" }), {
        result: { tags: { a: "b" } }
      })
      const poll = { channel: "sp:a", items: [{ key: "a" }, { key: "b", version: 4 }] }
      assert.deepStrictEqual(yield* says("/shared_poll_refresh", poll), {
        result: {
          items: [
            { key: "a", data: 0, version: 1 },
            { key: "b", data: 4, version: 5 }
          ]
        }
      })
    })
  )

  it.effect("success without a result accepts; refusals have the server's format", () =>
    Effect.gen(function* () {
      const app = ProxyApp.make({
        connect: () => ProxyApp.disconnect({ code: 4501, reason: "unauthorized" }),
        refresh: () => ProxyApp.expired,
        subRefresh: () => ProxyApp.expired,
        subscribe: () => ProxyApp.deny({ code: 403, message: "not a member" }),
        publish: () => Effect.void,
        rpc: () => ProxyApp.deny({ code: 1429, message: "slow down", temporary: true })
      })
      const says = (path: string, body: object) => Effect.map(post(app, path, body), ({ body }) => body)
      assert.deepStrictEqual(yield* says("/connect", connection), {
        disconnect: { code: 4501, reason: "unauthorized" }
      })
      assert.deepStrictEqual(yield* says("/refresh", user), { result: { expired: true } })
      assert.deepStrictEqual(yield* says("/sub_refresh", { ...user, channel: "a" }), {
        result: { expired: true }
      })
      assert.deepStrictEqual(yield* says("/subscribe", { ...user, channel: "a" }), {
        error: { code: 403, message: "not a member" }
      })
      assert.deepStrictEqual(yield* says("/publish", { ...user, channel: "a", data: 1 }), {})
      assert.deepStrictEqual(yield* says("/rpc", { ...user, method: "a" }), {
        error: { code: 1429, message: "slow down", temporary: true }
      })
    })
  )

  it.effect("channels and methods are typed, and use their handlers' environment", () =>
    Effect.gen(function* () {
      const Add = ProxyApp.rpc("add", {
        params: Schema.Struct({ a: Schema.Number, at: Schema.Date }),
        answer: Schema.Date
      })
      const app = ProxyApp.make({
        subscribe: [
          Chat.onSubscribe(({ room }, { request }) =>
            Effect.flatMap(Members, (members) =>
              members.has(`${request.user} in ${room + 0}`)
                ? Effect.void
                : ProxyApp.deny({ code: 403, message: "not a member" })
            )
          ),
          News.onSubscribe(() => Effect.succeed({ data: "welcome" }))
        ],
        publish: [
          Chat.onPublish(({ room }, { at, text }) =>
            Effect.succeed({ data: { text: `${text} ${room}`, at: new Date(at.getTime() + 1) } })
          )
        ],
        rpc: ProxyApp.rpcGroup(Add, ProxyApp.rpc("room:touch")).handlers({
          add: ({ a, at }) => Effect.succeed(new Date(at.getTime() + a)),
          "room:touch": () => Effect.void
        })
      })
      const says = (path: string, body: object) =>
        Effect.map(post(app, path, { ...user, ...body }), ({ body }) => body)
      const denied = { error: { code: 403, message: "not a member" } }
      assert.deepStrictEqual(yield* says("/subscribe", { channel: "chat:7" }), {})
      assert.deepStrictEqual(yield* says("/subscribe", { channel: "chat:8" }), denied)
      assert.deepStrictEqual(yield* says("/subscribe", { channel: "news" }), { result: { data: "welcome" } })
      // 07 is not a valid room, and no handler matches other channels.
      const unhandled = { error: { code: 403, message: "permission denied" } }
      assert.deepStrictEqual(yield* says("/subscribe", { channel: "chat:07" }), unhandled)
      assert.deepStrictEqual(yield* says("/publish", { channel: "news", data: "x" }), unhandled)

      const said = { text: "hi", at: "2020-01-01T00:00:00.000Z" }
      const published = { result: { data: { text: "hi 7", at: "2020-01-01T00:00:00.001Z" } } }
      assert.deepStrictEqual(yield* says("/publish", { channel: "chat:7", data: said }), published)
      const b64data = Buffer.from(JSON.stringify(said)).toString("base64")
      assert.deepStrictEqual(yield* says("/publish", { channel: "chat:7", b64data }), published)
      assert.deepStrictEqual(yield* says("/publish", { channel: "chat:7", data: { text: 5 } }), {
        error: { code: 400, message: "bad request: data: text: expected string, got a number" }
      })
      assert.deepStrictEqual(yield* says("/rpc", { method: "add", data: { a: 1, at: said.at } }), {
        result: { data: "2020-01-01T00:00:00.001Z" }
      })
      assert.deepStrictEqual(yield* says("/rpc", { method: "room:touch", data: null }), {})
      assert.deepStrictEqual(yield* says("/rpc", { method: "constructor" }), {
        error: { code: 404, message: "method not found" }
      })
    }).pipe(Effect.provideService(Members, new Set(["42 in 7"])))
  )

  it.effect("bytes are received and sent as bytes", () =>
    Effect.gen(function* () {
      const app = ProxyApp.make({ rpc: ({ data }) => Effect.succeed({ data: data ?? null }) })
      const { body } = yield* post(app, "/rpc", { ...user, encoding: "binary", method: "a", b64data: "AAH+" })
      assert.deepStrictEqual(body, { result: { b64data: "AAH+" } })
    })
  )

  it.effect("an app can be mounted under a prefix of a router", () =>
    Effect.gen(function* () {
      const router = HttpRouter.empty.pipe(
        HttpRouter.mountApp("/centrifugo", ProxyApp.make({ connect: () => Effect.succeed({ user: "1" }) }))
      )
      const handler = HttpApp.toWebHandler(Effect.orDie(router))
      const response = yield* Effect.promise(() =>
        handler(
          new Request("http://a/centrifugo/connect", { method: "POST", body: JSON.stringify(connection) })
        )
      )
      assert.strictEqual(yield* Effect.promise(() => response.text()), '{"result":{"user":"1"}}')
    })
  )
})

describe("the caller", () => {
  it.effect("headers in any case, cookies, the client's address", () =>
    Effect.gen(function* () {
      const app = ProxyApp.make({
        connect: (_, { clientIp, cookies, header }) =>
          Effect.succeed({
            user: "1",
            info: [header("X-REQUEST-ID"), header("x-request-id"), cookies["page"] ?? null, clientIp]
          })
      })
      const seen = (headers: Record<string, string>) =>
        Effect.map(
          post(app, "/connect", connection, headers),
          ({ body }) => (body as { result: { info: unknown } }).result.info
        )
      assert.deepStrictEqual(
        yield* seen({ "X-Request-Id": "r-1", Cookie: "a=b; page=abc", "X-Real-Ip": "10.0.0.1" }),
        ["r-1", "r-1", "abc", "10.0.0.1"]
      )
      // A client can write anything before the address that the reverse proxy appends.
      assert.deepStrictEqual(yield* seen({ "x-request-id": "r-2", "x-forwarded-for": "6.6.6.6, 10.0.0.2" }), [
        "r-2",
        "r-2",
        null,
        "10.0.0.2"
      ])
    })
  )

  it.effect("without the secret the body is not read, and no handler runs", () =>
    Effect.gen(function* () {
      let calls = 0
      const app = ProxyApp.make(
        { connect: () => Effect.sync(() => ({ user: String(++calls) })) },
        { secret: Redacted.make("s3cret") }
      )
      for (const secret of ["", "s3cre", "s3cret!", "S3cret", "s3crets3cret"]) {
        const { status } = yield* post(app, "/connect", "no JSON", { "x-api-key": secret })
        assert.strictEqual(status, 401)
      }
      assert.strictEqual((yield* post(app, "/connect", connection)).status, 401)
      assert.strictEqual((yield* post(app, "/connect", connection, { "X-Api-Key": "s3cret" })).status, 200)
      assert.strictEqual(calls, 1)
    })
  )
})

describe("the request's method, and the deadline", () => {
  it.effect("other methods than POST are refused where there is a handler, and run none", () =>
    Effect.gen(function* () {
      const app = ProxyApp.make({ connect: () => Effect.die("called") }, { secret: Redacted.make("s3cret") })
      const get = (path: string, secret = "s3cret") =>
        Effect.promise(async () => {
          const request = new Request(`http://a${path}`, { headers: { "x-api-key": secret } })
          const { headers, status } = await HttpApp.toWebHandler(app)(request)
          return [status, headers.get("allow")]
        })
      assert.deepStrictEqual(yield* get("/connect"), [405, "POST"])
      assert.deepStrictEqual(yield* get("/publish"), [404, null])
      assert.deepStrictEqual(yield* get("/connect", "wrong"), [401, null])
    })
  )

  it.effect("a handler has four fifths of the configured timeout", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const rpc = () => Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)
      const app = ProxyApp.make({ rpc }, { timeout: "5 seconds" })
      const waiting = yield* Effect.fork(post(app, "/rpc", { ...user, method: "a" }))
      yield* Deferred.await(started)
      yield* TestClock.adjust("3999 millis")
      assert.strictEqual((yield* Fiber.poll(waiting))._tag, "None")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(waiting)).status, 504)
    })
  )
})

describe("failing safe", () => {
  const fails = (handlers: ProxyApp.Handlers, path: string, body: unknown) =>
    Effect.gen(function* () {
      const { layer, lines } = logged()
      const { status } = yield* post(ProxyApp.make(handlers), path, body).pipe(Effect.provide(layer))
      return { status, log: lines.join("\n") }
    }) as Effect.Effect<{ readonly status: number; readonly log: string }>

  it.effect("any kind of defect is status 500, with its cause in the log", () =>
    Effect.gen(function* () {
      const broken: ReadonlyArray<() => unknown> = [
        () => Effect.die(new Error("boom")),
        () => Effect.fail(new Error("boom")),
        () => {
          throw new Error("boom")
        },
        () => Effect.sync(() => JSON.parse("boom") as unknown),
        // A code that is not a literal type.
        () => Effect.suspend(() => ProxyApp.deny({ code: 103 as number, message: "boom" })),
        () => Effect.suspend(() => ProxyApp.disconnect({ code: 4500, reason: "b".repeat(33) }))
      ]
      for (const handler of broken) {
        for (const event of ["publish", "subscribe", "refresh", "connect"] as const) {
          const { log, status } = yield* fails({ [event]: handler } as ProxyApp.Handlers, `/${event}`, {
            ...user,
            channel: "a"
          })
          assert.strictEqual(status, 500)
          assert.match(log, /ERROR The \w+ handler failed .*(boom|SyntaxError|ProxyApp)/s)
        }
      }
    })
  )

  it.effect("an answer that the server would misread is status 500", () =>
    Effect.gen(function* () {
      const past = DateTime.unsafeMake(500_000)
      const wrong: ReadonlyArray<readonly [string, unknown, string]> = [
        ["connect", undefined, "expected an object"],
        ["connect", {}, "user"],
        ["connect", { user: "" }, "ProxyApp.anonymous"],
        ["connect", { user: 42 }, "user"],
        ["connect", { user: "42", expireAt: past }, "future"],
        ["connect", { user: "42", expireAt: 1_795_633_645.8 }, "expireAt"],
        ["connect", { user: "42", expire_at: 5 }, "expire_at"],
        ["refresh", undefined, "expected an object"],
        ["refresh", {}, "expireAt"],
        ["refresh", { expireAt: past }, "future"],
        ["subRefresh", {}, "expireAt"],
        ["publish", { data: 5n }, "bigint"],
        ["publish", null, "expected an object"],
        ["rpc", "text", "expected an object"],
        ["sharedPollRefresh", undefined, "expected an object"]
      ]
      yield* TestClock.setTime(1_000_000)
      for (const [event, result, words] of wrong) {
        const handlers = { [event]: () => Effect.succeed(result) } as ProxyApp.Handlers
        const path = `/${event.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
        const { log, status } = yield* fails(handlers, path, { ...user, channel: "a" })
        assert.strictEqual(status, 500, event)
        assert.include(log, words)
      }
    })
  )

  it.effect("errors and disconnects of refresh, which the server ignores, are status 500", () =>
    Effect.gen(function* () {
      const deny = () => ProxyApp.deny({ code: 403, message: "no" })
      for (const event of ["refresh", "subRefresh"]) {
        const handlers = { [event]: deny } as unknown as ProxyApp.Handlers
        const path = event === "refresh" ? "/refresh" : "/sub_refresh"
        assert.strictEqual((yield* fails(handlers, path, { ...user, channel: "a" })).status, 500)
      }
      const handlers = { publish: () => ProxyApp.expired } as unknown as ProxyApp.Handlers
      assert.strictEqual((yield* fails(handlers, "/publish", { ...user, channel: "a" })).status, 500)
    })
  )

  it.effect("an unreadable request is status 400, and no handler runs", () =>
    Effect.gen(function* () {
      let calls = 0
      const handlers = { publish: () => Effect.sync(() => void calls++) } satisfies ProxyApp.Handlers
      const bodies = [
        "",
        "{",
        "[]",
        "null",
        {},
        { ...user },
        { ...user, channel: 5 },
        { ...user, channel: "a", b64data: "?" }
      ]
      for (const body of bodies) {
        const { log, status } = yield* fails(handlers, "/publish", body)
        assert.strictEqual(status, 400)
        assert.match(log, /ERROR A publish request of the proxy can't be read .*CentrifugoProxyRequestError/s)
      }
      const large = JSON.stringify({ ...user, channel: "a", data: "x".repeat(1024 * 1024) })
      assert.strictEqual((yield* fails(handlers, "/publish", large)).status, 400)
      assert.strictEqual((yield* fails(handlers, "/connect", connection)).status, 404)
      assert.strictEqual((yield* fails(handlers, "/constructor", connection)).status, 404)
      assert.strictEqual(calls, 0)
      // Unknown fields are ignored.
      const labels = { ...user, channel: "a", data: 1, labels: { a: "b" } }
      assert.strictEqual((yield* fails(handlers, "/publish", labels)).status, 200)
    })
  )

  it.effect("a slow handler is interrupted before the server's timeout, and does not delay others", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      let interrupted = 0
      const slow = Effect.zipRight(Deferred.succeed(started, undefined), Effect.never)
      const app = ProxyApp.make({
        rpc: ({ method }) =>
          method === "slow"
            ? Effect.onInterrupt(slow, () => Effect.sync(() => interrupted++))
            : method === "stubborn"
              ? Effect.uninterruptible(Effect.never)
              : Effect.void
      })
      const call = (method: string) => post(app, "/rpc", { ...user, method })
      const waiting = yield* Effect.fork(Effect.all([call("slow"), call("stubborn")], { concurrency: 2 }))
      yield* Deferred.await(started)
      const others = yield* Effect.forEach(Array.from({ length: 99 }), () => call("fast"), {
        concurrency: 99
      })
      assert.isTrue(others.every(({ status }) => status === 200))
      yield* TestClock.adjust("799 millis")
      assert.strictEqual(interrupted, 0)
      yield* TestClock.adjust("1 millis")
      const answers = yield* Fiber.join(waiting)
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [504, 504]
      )
      assert.strictEqual(interrupted, 1)
    })
  )
})

describe("mistakes are found when the app is built", () => {
  const throws = (build: () => unknown, words: RegExp) => assert.throws(build, words)
  const make = (handlers: unknown, options?: unknown) => () =>
    ProxyApp.make(handlers as { connect: () => Effect.Effect<{ user: "" }> }, options as {})

  it("handlers", () => {
    throws(make({}), /at least one handler/)
    throws(make({ conect: () => Effect.void }), /no event conect/)
    throws(make({ connect: 5 }), /connect: expected a function/)
    throws(make({ publish: [] }), /publish: expected a function/)
    throws(
      make({ publish: [Chat.onSubscribe(() => Effect.void)] }),
      /handlers of typed channels for this event/
    )
    const twice = Chat.onPublish(() => Effect.void)
    throws(make({ publish: [twice, twice] }), /two handlers for chat:\{room\}/)
    const A = ProxyApp.rpc("a")
    throws(() => ProxyApp.rpcGroup(A, A), /two methods have the name a/)
    throws(() => ProxyApp.rpcGroup(A).handlers({} as never), /no handler for a/)
  })

  it("codes, reasons, options", () => {
    const code = (code: number) => code
    for (const wrong of [0, 103, 399, 2000, 450.5, Number.NaN]) {
      throws(() => ProxyApp.deny({ code: code(wrong), message: "a" }), /400 to 1999/)
    }
    for (const wrong of [3500, 3999, 5000]) {
      throws(() => ProxyApp.disconnect({ code: code(wrong), reason: "a" }), /4000 to 4999/)
    }
    for (const reason of ["", "é", "x".repeat(33), "a\n"]) {
      throws(() => ProxyApp.disconnect({ code: 4000, reason }), /1 to 32 printable ASCII/)
    }
    const connect = () => Effect.succeed({ user: "1" })
    throws(make({ connect }, { secret: Redacted.make("") }), /secret/)
    throws(make({ connect }, { secret: "plain" }), /secret: expected a non-empty Redacted/)
    throws(make({ connect }, { timeout: 0 }), /timeout/)
    throws(make({ connect }, { timeout: "soon" }), /timeout/)
  })
})
