/** The real server with all proxies enabled, and what its clients receive. */
import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import * as Token from "@effect-centrifugo/core/Token"
import { TypedChannel } from "@effect-centrifugo/core"
import type { HttpApp } from "@effect/platform"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as ProxyClient from "@effect-centrifugo/tools/ProxyClient"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer, Logger, Redacted, Schema } from "effect"
import { serve } from "./backend.js"

const pollSecret = "6f2e0c5d4b7a49018c3d2e1f0a9b8c7d"

const Chat = TypedChannel.make("chat:{room}", { data: Schema.Struct({ text: Schema.String }) })
const Cells = TypedChannel.make("cells:{sheet}", { data: Schema.Number })
const Prices = TypedChannel.make("prices:{list}", { data: Schema.Struct({ price: Schema.Number }) })
const Add = ProxyApp.rpc("add", {
  params: Schema.Struct({ a: Schema.Number, b: Schema.Number }),
  answer: Schema.Struct({ sum: Schema.Number })
})
const Fail = ProxyApp.rpc("math:fail", { params: Schema.Literal("deny", "die", "slow", "leave") })

const denied = ProxyApp.deny({ code: 403, message: "not allowed" })
const gone = ProxyApp.disconnect({ code: 4500, reason: "go away" })
const Hello = Schema.Struct({ as: Schema.String })
const Meta = Schema.Struct({ roles: Schema.Array(Schema.String) })

const handlers = {
  connect: ProxyApp.typed("connect", { data: Hello, meta: Meta }, ({ data }, call) => {
    const meta = { roles: [data.as] }
    switch (data.as) {
      case "nobody":
        return denied
      case "banned":
        return ProxyApp.disconnect({ code: 4501, reason: "banned" })
      case "broken":
        return Effect.die("broken")
      case "cookie":
        return Effect.succeed({
          user: call.cookies["user"] ?? "",
          data: call.header("x-request-id") ?? null,
          meta
        })
      case "guest":
        return Effect.succeed({ user: ProxyApp.anonymous, subs: { news: { data: "welcome" } } })
      case "ending":
      case "staying":
        return Effect.succeed({ user: data.as, expireAt: "1 second", meta })
      default:
        return Effect.succeed({ user: data.as, meta })
    }
  }),
  refresh: ProxyApp.typed("refresh", { meta: Meta }, ({ meta }) =>
    meta?.roles.includes("staying") === true ? Effect.succeed({ expireAt: "1 hour" }) : ProxyApp.expired
  ),
  subscribe: [
    Chat.onSubscribe(({ room }, { request }) => {
      if (room === "secret") return denied
      if (room === "trap") return gone
      if (room === "short") return Effect.succeed({ expireAt: "1 second" })
      return Effect.succeed({ data: { room, user: request.user, sent: request.data instanceof Uint8Array } })
    }),
    Prices.onSubscribe(() => Effect.void)
  ],
  publish: [
    Chat.onPublish((_, { text }) =>
      text === "spam" ? denied : text === "bye" ? gone : Effect.succeed({ data: { text: `${text}!` } })
    )
  ],
  subRefresh: [Chat.onSubRefresh(() => ProxyApp.expired)],
  rpc: ProxyApp.rpcGroup(Add, Fail).handlers({
    add: ({ a, b }) => Effect.succeed({ sum: a + b }),
    "math:fail": (how) =>
      how === "deny" ? denied : how === "leave" ? gone : how === "die" ? Effect.die("boom") : Effect.never
  }),
  mapPublish: [Cells.onMapPublish((_, value) => (value < 0 ? denied : Effect.succeed({ data: value * 2 })))],
  mapRemove: [Cells.onMapRemove((_, { request }) => (request.key === "kept" ? denied : Effect.void))],
  sharedPollRefresh: [
    Prices.onSharedPollRefresh((_, { request }) =>
      Effect.succeed({ items: request.items.map(({ key }) => ({ key, data: { price: 5 }, version: 1 })) })
    )
  ]
} satisfies ProxyApp.Handlers

const secret = Redacted.make("6b1f9c2d7e8a")

class Servers extends Context.Tag("test/Servers")<
  Servers,
  { readonly json: CentrifugoServer.Service; readonly binary: CentrifugoServer.Service }
>() {}

const start = (binary: boolean) =>
  Effect.gen(function* () {
    const app = ProxyApp.make(handlers, { secret }).pipe(
      Effect.provide(Logger.remove(Logger.defaultLogger))
    ) as HttpApp.Default
    const { endpoint } = yield* serve(app)
    const config = ProxyApp.config(handlers, {
      endpoint,
      secret,
      binary,
      namespaces: [
        { name: "chat", history_size: 10, history_ttl: "60s" },
        {
          name: "cells",
          subscription_type: "map",
          map: { mode: "recoverable", key_ttl: "300s" },
          // The server does not accept a proxy's decision for maps.
          allow_subscribe_for_client: true
        },
        {
          name: "prices",
          subscription_type: "shared_poll",
          shared_poll: { mode: "versioned", refresh_interval: "200ms" }
        }
      ]
    })
    return yield* CentrifugoServer.start({
      env: {
        ...config.env(),
        CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY: pollSecret,
        CENTRIFUGO_CLIENT_PRESENCE_UPDATE_INTERVAL: "1s",
        CENTRIFUGO_CLIENT_EXPIRED_CLOSE_DELAY: "1s",
        CENTRIFUGO_CLIENT_EXPIRED_SUB_CLOSE_DELAY: "1s"
      }
    })
  })

const live = Layer.scoped(
  Servers,
  Effect.all({ json: start(false), binary: start(true) }, { concurrency: 2 })
)

describe.skipIf(!Centrifugo.isAvailable())("the real server calls the app", () => {
  layer(live, { timeout: 60_000, excludeTestServices: true })((it) => {
    for (const encoding of ["json", "binary"] as const) {
      const connect = (as: string, headers: Record<string, string> = {}) =>
        Effect.flatMap(Servers, (servers) =>
          ProxyClient.connect(servers[encoding], { protobuf: encoding === "binary", data: { as }, headers })
        )
      const connected = (as: string) => Effect.tap(connect(as), (client) => client.await("connected"))

      it.scoped(`${encoding}: connect`, () =>
        Effect.gen(function* () {
          const nobody = yield* connect("nobody")
          const banned = yield* connect("banned")
          const broken = yield* connect("broken")
          const guest = yield* connect("guest")
          const cookie = yield* connect("cookie", {
            cookie: "user=alice",
            "x-request-id": "r-1",
            "X-Api-Key": "no"
          })
          yield* nobody.await("disconnected 403 not allowed")
          yield* banned.await("disconnected 4501 banned")
          yield* broken.await("error 100")
          yield* guest.await('news subscribed by the server "welcome"')
          yield* cookie.await('connected "r-1"')
          yield* cookie.subscribe("chat:1")
          yield* cookie.await(`chat:1 subscribed {"room":"1","user":"alice","sent":false}`)
        })
      )

      it.scoped(`${encoding}: subscribe and publish`, () =>
        Effect.gen(function* () {
          const client = yield* connected("alice")
          yield* client.subscribe("chat:open", { a: 1 })
          yield* client.await(
            `chat:open subscribed {"room":"open","user":"alice","sent":${encoding === "binary"}}`
          )
          yield* client.subscribe("chat:secret")
          yield* client.await("chat:secret unsubscribed 403 not allowed")
          yield* client.publish("chat:open", { text: "hi" })
          yield* client.await('chat:open published {"text":"hi!"}')
          const spam = yield* Effect.flip(client.publish("chat:open", { text: "spam" }))
          assert.deepStrictEqual([spam.code, spam.message], [403, "not allowed"])
          const misfit = yield* Effect.flip(client.publish("chat:open", { text: 5 }))
          assert.strictEqual(misfit.code, 400)
          yield* Effect.flip(client.publish("chat:open", { text: "bye" }))
          yield* client.await("disconnected 4500 go away")
          const other = yield* connected("bob")
          yield* other.subscribe("chat:trap")
          yield* other.await("disconnected 4500 go away")
        })
      )

      it.scoped(`${encoding}: rpc`, () =>
        Effect.gen(function* () {
          const client = yield* connected("alice")
          assert.deepStrictEqual(yield* client.rpc("add", { a: 1, b: 2 }), { sum: 3 })
          const codeOf = (method: string, data?: unknown) =>
            Effect.map(Effect.flip(client.rpc(method, data)), ({ code }) => code)
          assert.strictEqual(yield* codeOf("add", { a: "1" }), 400)
          assert.strictEqual(yield* codeOf("nothing"), 404)
          assert.strictEqual(yield* codeOf("math:fail", "deny"), 403)
          assert.strictEqual(yield* codeOf("math:fail", "die"), 100)
          const slow = yield* Effect.fork(codeOf("math:fail", "slow"))
          assert.deepStrictEqual(yield* client.rpc("add", { a: 2, b: 2 }), { sum: 4 })
          assert.strictEqual(yield* slow, 100)
          yield* codeOf("math:fail", "leave")
          yield* client.await("disconnected 4500 go away")
        })
      )

      it.scoped(`${encoding}: refresh and sub refresh`, () =>
        Effect.gen(function* () {
          const staying = yield* connected("staying")
          const ending = yield* connected("ending")
          const subscribed = yield* connected("alice")
          yield* subscribed.subscribe("chat:short")
          yield* ending.await("reconnecting 3005")
          yield* subscribed.await("chat:short subscribing 2501")
          assert.deepStrictEqual(staying.events, ["connected"])
        })
      )

      it.scoped(`${encoding}: maps`, () =>
        Effect.gen(function* () {
          const client = yield* connected("alice")
          const map = yield* client.map("cells:a")
          const codeOf = (call: Effect.Effect<void, ProxyClient.CallError>) =>
            Effect.match(call, { onFailure: ({ code }) => code, onSuccess: () => 0 })
          // Server 6.9.1 carries out what the proxy accepts, but tells the client 107.
          assert.strictEqual(yield* codeOf(map.publish("kept", 21)), 107)
          yield* client.await("cells:a kept is 42")
          assert.strictEqual(yield* codeOf(map.publish("kept", -1)), 403)
          assert.strictEqual(yield* codeOf(map.remove("kept")), 403)
          yield* codeOf(map.publish("other", 1))
          yield* codeOf(map.remove("other"))
          yield* client.await("cells:a other removed")
        })
      )
    }

    it.scoped("json: shared polls", () =>
      Effect.gen(function* () {
        const { json } = yield* Servers
        const client = yield* ProxyClient.connect(json, { data: { as: "alice" } })
        yield* client.await("connected")
        const channel = "prices:all"
        const signature = yield* Token.trackSignature({
          user: "alice",
          channel,
          keys: ["apple"],
          expires: "1 minute"
        }).pipe(Effect.provide(Token.layerTrack({ secret: Redacted.make(pollSecret) })))
        yield* client.sharedPoll(channel, ["apple"], signature)
        yield* client.await(`${channel} apple is {"price":5}`)
      })
    )
  })
})
