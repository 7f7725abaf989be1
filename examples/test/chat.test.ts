import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as ProxyClient from "@effect-centrifugo/tools/ProxyClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { createServer } from "node:http"
import { backend } from "../src/chat/backend.js"
import { parts, server } from "../src/chat/main.js"

const originOf = Effect.map(
  HttpServer.HttpServer,
  ({ address }) => `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`
)

/** The backend's port is chosen first, because the server's configuration needs it. */
const live = HttpServer.serve(backend).pipe(
  Layer.provide(parts),
  Layer.provideMerge(Layer.unwrapEffect(Effect.map(originOf, server))),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

const login = (user: string) =>
  Effect.flatMap(originOf, (origin) =>
    Effect.promise(async () => {
      const response = await fetch(`${origin}/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user })
      })
      return response.headers.get("set-cookie")!.split(";")[0]!
    })
  )

const connect = (cookie: string) =>
  Effect.flatMap(CentrifugoServer.CentrifugoServer, (server) =>
    ProxyClient.connect(server, { headers: { cookie } })
  )

describe.skipIf(!Centrifugo.isAvailable())("the chat", () => {
  it.scopedLive("members can chat, strangers and spam are refused", () =>
    Effect.gen(function* () {
      const alice = yield* connect(yield* login("alice"))
      const bob = yield* connect(yield* login("bob"))
      const stranger = yield* connect("session=guessed")
      yield* stranger.await("disconnected 4501 log in first")
      yield* alice.await("connected")
      yield* bob.await("connected")

      yield* bob.subscribe("room:cats")
      yield* bob.await("room:cats unsubscribed 403 not a member")
      assert.deepStrictEqual(yield* alice.rpc("join", { room: "cats" }), { members: 1 })
      assert.strictEqual((yield* Effect.flip(alice.rpc("join", { room: "staff" }))).code, 403)
      yield* alice.subscribe("room:cats")
      yield* alice.await("room:cats subscribed")

      yield* alice.publish("room:cats", { author: "bob", text: " hello " })
      yield* alice.await('room:cats published {"author":"alice","text":"hello"}')
      assert.strictEqual((yield* Effect.flip(bob.publish("room:cats", { text: "hello" }))).code, 403)
      assert.strictEqual((yield* Effect.flip(alice.publish("room:cats", { text: "Spam!" }))).code, 1400)
      assert.strictEqual((yield* Effect.flip(alice.publish("room:cats", { text: "" }))).code, 400)
    }).pipe(Effect.provide(live))
  )

  it.scopedLive("requests without the secret are refused", () =>
    Effect.gen(function* () {
      const origin = yield* originOf
      const status = yield* Effect.promise(async () => {
        const response = await fetch(`${origin}/centrifugo/connect`, { method: "POST", body: "{}" })
        return response.status
      })
      assert.strictEqual(status, 401)
    }).pipe(Effect.provide(live))
  )
})
