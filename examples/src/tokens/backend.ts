/** The backend of the page: it knows who is logged in and mints tokens. */
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Centrifugo } from "@effect-centrifugo/core"
import * as Token from "@effect-centrifugo/core/Token"
import { Context, Effect, Option, Schema } from "effect"
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Room } from "./Room.js"

/** The server's WebSocket URL: `ws://localhost:8000/connection/websocket`. */
export class WebSocketUrl extends Context.Tag("examples/tokens/WebSocketUrl")<WebSocketUrl, string>() {}

/** A real backend checks a session here. This example trusts the cookie. */
const currentUser = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ cookies }) => cookies["user"] || undefined
)

const forbidden = HttpServerResponse.empty({ status: 403 })

/** The connection token: the user's ID, and the info that other users see. */
const connectionToken = Effect.gen(function* () {
  const user = yield* currentUser
  const token = yield* user === undefined
    ? Token.connection({ user: Token.anonymous, expires: "1 minute" })
    : Token.connection({ user, expires: "1 minute", info: { name: user } })
  return yield* HttpServerResponse.json({ token })
})

/** The subscription token, if the user may read this room. */
const subscriptionToken = Effect.gen(function* () {
  const user = yield* currentUser
  const { channel } = yield* HttpServerRequest.schemaBodyJson(Schema.Struct({ channel: Schema.String }))
  const room = Room.parse(channel)
  if (user === undefined || Option.isNone(room)) return forbidden
  const isOpen = room.value.name === "lobby" || room.value.name === user
  if (!isOpen) return forbidden
  const token = yield* Room.token({ user, expires: "1 minute" }, room.value)
  return yield* HttpServerResponse.json({ token })
})

const say = Effect.gen(function* () {
  const user = yield* currentUser
  const { room, text } = yield* HttpServerRequest.schemaBodyJson(
    Schema.Struct({ room: Schema.String, text: Schema.String })
  )
  if (user === undefined) return forbidden
  const centrifugo = yield* Centrifugo.Centrifugo
  yield* centrifugo.send(Room.publish({ name: room }, { author: user, text }))
  return HttpServerResponse.empty()
})

const login = Effect.gen(function* () {
  const { user } = yield* HttpServerRequest.schemaBodyJson(Schema.Struct({ user: Schema.String }))
  return yield* HttpServerResponse.empty().pipe(
    HttpServerResponse.setCookie("user", user, { httpOnly: true, sameSite: "strict", path: "/" })
  )
})

const text = (path: string, contentType: string) =>
  Effect.map(
    Effect.promise(() => readFile(path, "utf8")),
    (text) => ({ text, contentType })
  )

const page = Effect.gen(function* () {
  const url = yield* WebSocketUrl
  const { contentType, text: html } = yield* text(
    fileURLToPath(new URL("../../src/tokens/page.html", import.meta.url)),
    "text/html"
  )
  return HttpServerResponse.text(html.replace("%WEBSOCKET_URL%", url), { contentType })
})

/** The browser client from its package. */
const script = Effect.gen(function* () {
  const { contentType, text: code } = yield* text(
    join(dirname(createRequire(import.meta.url).resolve("centrifuge")), "../dist/centrifuge.js"),
    "text/javascript"
  )
  return HttpServerResponse.text(code, { contentType })
})

export const backend = HttpRouter.empty.pipe(
  HttpRouter.get("/", page),
  HttpRouter.get("/centrifuge.js", script),
  HttpRouter.post("/login", login),
  HttpRouter.post("/token", connectionToken),
  HttpRouter.post("/subscription-token", subscriptionToken),
  HttpRouter.post("/say", say),
  HttpRouter.catchTag("ParseError", () => HttpServerResponse.empty({ status: 400 }))
)
