import { TypedChannel } from "@effect-centrifugo/core"
import * as ProxyApp from "@effect-centrifugo/core/ProxyApp"
import { HttpApp } from "@effect/platform"
import { Effect, Redacted, Schema } from "effect"

const Chat = TypedChannel.make("chat:{room}", { data: Schema.Struct({ text: Schema.String }) })

const handlers = {
  connect: (_, { cookies }) =>
    cookies["session"] === undefined
      ? ProxyApp.disconnect({ code: 4501, reason: "log in first" })
      : Effect.succeed({ user: cookies["session"], expireAt: "10 minutes" }),
  publish: [Chat.onPublish(({ room }, { text }) => Effect.succeed({ data: { text: `${room}: ${text}` } }))],
  subscribe: () => Effect.delay(Effect.void, "50 millis"),
  rpc: ({ method }) => (method === "slow" ? Effect.never : Effect.succeed({ data: method }))
} satisfies ProxyApp.Handlers

const app = ProxyApp.make(handlers, { secret: Redacted.make("s3cret"), timeout: "250 millis" })

export default { fetch: HttpApp.toWebHandler(app) }
