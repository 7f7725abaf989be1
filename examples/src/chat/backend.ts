/** The backend of the chat: a page, a login, and the app that Centrifugo calls. */
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { handlers, Users } from "./handlers.js"

/** The WebSocket URL for browsers: `ws://localhost:8000/connection/websocket`. */
export class WebSocketUrl extends Context.Tag("examples/chat/WebSocketUrl")<WebSocketUrl, string>() {}

/** The server sends it with every request. Without it, anyone could call the backend. */
const secret = Redacted.make(randomUUID())

/** The part of the server's configuration that belongs to the backend. */
export const config = (origin: string) =>
  ProxyApp.config(handlers, {
    endpoint: `${origin}/centrifugo`,
    secret,
    headers: ["Cookie"],
    namespaces: [{ name: "room", history_size: 10, history_ttl: "1h", presence: true }]
  })

/** Users by their sessions. */
export class Sessions extends Context.Tag("examples/chat/Sessions")<Sessions, Map<string, string>>() {}

/** Sessions and members in memory. Every user is a member of the lobby. */
export const UsersLive = Layer.effect(
  Users,
  Effect.map(Sessions, (sessions) => {
    const rooms = new Map<string, Set<string>>()
    const membersOf = (room: string) => rooms.get(room) ?? new Set()
    return {
      ofSession: (session) => Effect.sync(() => sessions.get(session ?? "")),
      isMember: (user, room) => Effect.sync(() => room === "lobby" || membersOf(room).has(user)),
      join: (user, room) =>
        Effect.sync(() => {
          rooms.set(room, new Set([...membersOf(room), user]))
          return membersOf(room).size
        })
    }
  })
).pipe(Layer.provideMerge(Layer.sync(Sessions, () => new Map<string, string>())))

const login = Effect.gen(function* () {
  const { user } = yield* HttpServerRequest.schemaBodyJson(Schema.Struct({ user: Schema.NonEmptyString }))
  const session = randomUUID()
  ;(yield* Sessions).set(session, user)
  return yield* HttpServerResponse.empty().pipe(
    HttpServerResponse.setCookie("session", session, { httpOnly: true, sameSite: "strict", path: "/" })
  )
})

const page = Effect.gen(function* () {
  const url = yield* WebSocketUrl
  const path = fileURLToPath(new URL("../../src/chat/page.html", import.meta.url))
  const html = yield* Effect.promise(() => readFile(path, "utf8"))
  return HttpServerResponse.text(html.replace("%WEBSOCKET_URL%", url), { contentType: "text/html" })
})

/** The browser client, from its package. */
const script = Effect.gen(function* () {
  const path = join(dirname(createRequire(import.meta.url).resolve("centrifuge")), "../dist/centrifuge.js")
  const code = yield* Effect.promise(() => readFile(path, "utf8"))
  return HttpServerResponse.text(code, { contentType: "text/javascript" })
})

export const backend = HttpRouter.empty.pipe(
  HttpRouter.get("/", page),
  HttpRouter.get("/centrifuge.js", script),
  HttpRouter.post("/login", login),
  HttpRouter.catchTag("ParseError", () => HttpServerResponse.empty({ status: 400 })),
  HttpRouter.mountApp("/centrifugo", ProxyApp.make(handlers, { secret }))
)
