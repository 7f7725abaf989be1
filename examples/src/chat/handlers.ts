/** The backend's answers to Centrifugo. */
import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { Context, Effect, Schema } from "effect"
import { Room } from "./Room.js"

/** Who is logged in, and who can read which room. In a real program this is a database. */
export class Users extends Context.Tag("examples/chat/Users")<
  Users,
  {
    /** The user of a session, if the session exists. */
    readonly ofSession: (session: string | undefined) => Effect.Effect<string | undefined>
    readonly isMember: (user: string, room: string) => Effect.Effect<boolean>
    readonly join: (user: string, room: string) => Effect.Effect<number>
  }
>() {}

/** The client sent the cookie when it opened the WebSocket; the server forwards it with every request. */
const sessionOf = (call: ProxyApp.Call<unknown>) =>
  Effect.flatMap(Users, (users) => users.ofSession(call.cookies["session"]))

const Join = ProxyApp.rpc("join", {
  params: Schema.Struct({ room: Schema.String }),
  answer: Schema.Struct({ members: Schema.Number })
})

export const handlers = {
  connect: (_, call) =>
    Effect.gen(function* () {
      const user = yield* sessionOf(call)
      if (user === undefined) return yield* ProxyApp.disconnect({ code: 4501, reason: "log in first" })
      return { user, expireAt: "10 minutes", info: { name: user } } as const
    }),

  // The session can have ended since.
  refresh: ({ user }, call) =>
    Effect.gen(function* () {
      if ((yield* sessionOf(call)) !== user) return yield* ProxyApp.expired
      return { expireAt: "10 minutes" } as const
    }),

  subscribe: [
    Room.onSubscribe(({ name }, { request }) =>
      Effect.gen(function* () {
        const users = yield* Users
        if (yield* users.isMember(request.user, name)) return
        return yield* ProxyApp.deny({ code: 403, message: "not a member" })
      })
    )
  ],

  publish: [
    Room.onPublish(({ name }, { text }, { request }) =>
      Effect.gen(function* () {
        const users = yield* Users
        if (!(yield* users.isMember(request.user, name))) {
          return yield* ProxyApp.deny({ code: 403, message: "not a member" })
        }
        if (/\bspam\b/i.test(text)) {
          return yield* ProxyApp.deny({ code: 1400, message: "we do not sell this here" })
        }
        // A client can't write in another user's name.
        return { data: { author: request.user, text: text.trim() } }
      })
    )
  ],

  rpc: ProxyApp.rpcGroup(Join).handlers({
    join: ({ room }, { request }) =>
      Effect.gen(function* () {
        const users = yield* Users
        if (room === "staff") return yield* ProxyApp.deny({ code: 403, message: "staff only" })
        return { members: yield* users.join(request.user, room) }
      })
  })
} satisfies ProxyApp.Handlers
