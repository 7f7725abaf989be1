import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { assert, describe, it } from "@effect/vitest"
import { Centrifuge, UnauthorizedError } from "centrifuge"
import { Effect, Layer } from "effect"
import { createServer } from "node:http"
import { WebSocket } from "ws"
import { backend } from "../src/tokens/backend.js"
import { parts, settings } from "../src/tokens/main.js"

const live = HttpServer.serve(backend).pipe(
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provide(parts),
  Layer.provideMerge(CentrifugoServer.layer(settings))
)

/** The requests of the page, with the cookie that a browser keeps. */
const pageOf = Effect.gen(function* () {
  const { wsUrl } = yield* CentrifugoServer.CentrifugoServer
  const { address } = yield* HttpServer.HttpServer
  const origin = `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`
  let cookie = ""
  const post = async (path: string, body: object = {}) => {
    const response = await fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify(body)
    })
    if (response.status === 403) throw new UnauthorizedError("not allowed")
    const set = response.headers.get("set-cookie")
    if (set !== null) cookie = set.split(";")[0]!
    return response
  }
  const token = async (path: string, body?: object) =>
    ((await (await post(path, body)).json()) as { readonly token: string }).token
  return { origin, post, token, wsUrl }
})

const opened = Effect.gen(function* () {
  const page = yield* pageOf
  const centrifuge = yield* Effect.acquireRelease(
    Effect.sync(
      () => new Centrifuge(page.wsUrl, { websocket: WebSocket, getToken: () => page.token("/token") })
    ),
    (centrifuge) => Effect.sync(() => centrifuge.disconnect())
  )
  const join = (room: string) =>
    centrifuge.newSubscription(`room:${room}`, {
      getToken: ({ channel }) => page.token("/subscription-token", { channel })
    })
  return { ...page, centrifuge, join }
})

describe.skipIf(!Centrifugo.isAvailable())("the page that connects with tokens", () => {
  it.scopedLive("a user connects, joins, and reads messages", () =>
    Effect.gen(function* () {
      const { centrifuge, join, post } = yield* opened
      yield* Effect.promise(async () => {
        await post("/login", { user: "alice" })
        centrifuge.connect()
        await centrifuge.ready(10_000)
        const lobby = join("lobby")
        const said = new Promise((resolve) => lobby.on("publication", ({ data }) => resolve(data)))
        lobby.subscribe()
        await lobby.ready(10_000)
        await post("/say", { room: "lobby", text: "hello" })
        assert.deepStrictEqual(await said, { author: "alice", text: "hello" })
        const { clients } = await lobby.presence()
        assert.deepStrictEqual(
          Object.values(clients).map(({ connInfo, user }) => ({ connInfo, user })),
          [{ user: "alice", connInfo: { name: "alice" } }]
        )
      })
    }).pipe(Effect.provide(live))
  )

  it.scopedLive("a user can't join other users' rooms, and a guest can't join any", () =>
    Effect.gen(function* () {
      const { centrifuge, join, post } = yield* opened
      const left = (room: string) => {
        const subscription = join(room)
        const code = new Promise((resolve) => subscription.on("unsubscribed", ({ code }) => resolve(code)))
        subscription.subscribe()
        return code
      }
      yield* Effect.promise(async () => {
        centrifuge.connect()
        await centrifuge.ready(10_000)
        assert.strictEqual(await left("lobby"), 1)
        await post("/login", { user: "alice" })
        assert.strictEqual(await left("bob"), 1)
      })
    }).pipe(Effect.provide(live))
  )

  it.scopedLive("the page and its script are served", () =>
    Effect.gen(function* () {
      const { origin, wsUrl } = yield* pageOf
      const [page, script, bad] = yield* Effect.promise(() =>
        Promise.all([
          fetch(origin).then((response) => response.text()),
          fetch(`${origin}/centrifuge.js`).then((response) => response.text()),
          fetch(`${origin}/login`, { method: "POST", body: "no JSON" }).then(({ status }) => status)
        ])
      )
      assert.include(page, wsUrl)
      assert.include(script, "Centrifuge")
      assert.strictEqual(bad, 400)
    }).pipe(Effect.provide(live))
  )
})
