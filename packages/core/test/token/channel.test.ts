import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TypedChannel } from "../../src/index.js"
import * as Token from "../../src/Token.js"
import { secret } from "./keys.js"

const Chat = TypedChannel.make("chat:{room}", {
  params: { room: Schema.NumberFromString },
  data: Schema.String
})
const News = TypedChannel.make("news", { data: Schema.String })

const layer = Token.layer({ key: Token.hmac(secret) })
const options = { user: "42", expires: "10 minutes", info: { role: "admin" } } as const

describe("tokens of typed channels", () => {
  it.effect("are for the channel of the parameters", () =>
    Effect.gen(function* () {
      const chat = yield* Token.verify(yield* Chat.token(options, { room: 42 }), "subscription")
      assert.deepStrictEqual([chat.channel, chat.user, chat.info], ["chat:42", "42", { role: "admin" }])
      const news = yield* Token.verify(yield* News.token(options), "subscription")
      assert.strictEqual(news.channel, "news")
    }).pipe(Effect.provide(layer))
  )

  it.effect("fail if the parameters or the options are invalid", () =>
    Effect.gen(function* () {
      const name = yield* Effect.flip(Chat.token(options, { room: "a:b" as unknown as number }))
      assert.deepStrictEqual((name as Token.ClaimsError).path, ["params", "room"])
      const user = yield* Effect.flip(Chat.token({ ...options, user: "" }, { room: 42 }))
      assert.deepStrictEqual((user as Token.ClaimsError).path, ["user"])
    }).pipe(Effect.provide(layer))
  )
})
