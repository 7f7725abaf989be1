import { Centrifugo } from "@effect-centrifugo/core"
import * as Token from "@effect-centrifugo/core/Token"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, TestClock } from "effect"
import { CentrifugoTest } from "../src/index.js"
import * as TokenConnection from "../src/TokenConnection.js"

const live = Layer.merge(
  CentrifugoTest.layer({ channel: { namespaces: [{ name: "chat", presence: true }] } }),
  Token.layer({ key: Token.hmac(Redacted.make("a-secret-of-the-tests-of-32-bytes-and-more")) })
)

const ten = { user: "42", expires: "10 minutes" } as const

describe("connections with tokens", () => {
  it.effect("have the user, the info and the subscriptions of the token", () =>
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const token = yield* Token.connection({
        ...ten,
        info: { name: "Alice" },
        subs: { "chat:1": { info: { role: "admin" }, data: { hello: 1 } } }
      })
      const connection = yield* TokenConnection.connect(token)
      assert.strictEqual(connection.user, "42")
      assert.deepStrictEqual(yield* connection.events, [
        { _tag: "Subscribed", channel: "chat:1", data: { hello: 1 } }
      ])
      const { presence } = yield* centrifugo.presence({ channel: "chat:1" })
      assert.deepStrictEqual(Object.values(presence), [
        { user: "42", client: connection.client, connInfo: { name: "Alice" }, chanInfo: { role: "admin" } }
      ])
    }).pipe(Effect.provide(live))
  )

  it.effect("fail if the server would refuse the token, and leave nothing behind", () =>
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const subscription = yield* Token.subscription({ ...ten, channel: "chat:1" })
      const kind = yield* Effect.flip(TokenConnection.connect(subscription))
      assert.deepInclude(kind, { _tag: "CentrifugoTokenRefusedError", code: 3500, reason: "Kind" })
      const unknown = yield* Token.connection({ ...ten, channels: ["chat:1", "zz:1"] })
      const error = yield* Effect.flip(TokenConnection.connect(unknown))
      assert.strictEqual(error._tag, "CentrifugoUnknownChannelError")
      assert.strictEqual((yield* centrifugo.presenceStats({ channel: "chat:1" })).numClients, 0)
      const token = yield* Token.connection(ten)
      yield* TestClock.adjust("10 minutes")
      assert.deepInclude(yield* Effect.flip(TokenConnection.connect(token)), { code: 109 })
    }).pipe(Effect.provide(live))
  )

  it.effect("end 25 seconds after they have expired, unless their token never expires", () =>
    Effect.gen(function* () {
      const ending = yield* TokenConnection.connect(yield* Token.connection(ten))
      const lasting = yield* TokenConnection.connect(yield* Token.connection({ ...ten, expireAt: "never" }))
      yield* TestClock.adjust("623 seconds")
      assert.deepStrictEqual(yield* ending.events, [])
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* ending.disconnected).code, 3005)
      assert.deepStrictEqual(yield* lasting.events, [])
    }).pipe(Effect.provide(live))
  )

  it.effect("subscribe with a token for the channel and the user; another token disconnects them", () =>
    Effect.gen(function* () {
      const connection = yield* TokenConnection.connect(yield* Token.connection(ten))
      const good = yield* Token.subscription({ ...ten, channel: "chat:1", info: [1], data: 5 })
      yield* TokenConnection.subscribe(connection, "chat:1", good)
      assert.deepStrictEqual(yield* connection.channels, ["chat:1"])
      const own = yield* Token.connection(ten)
      const refused = yield* Effect.flip(TokenConnection.subscribe(connection, "chat:1", own))
      assert.deepInclude(refused, { code: 103, reason: "Kind" })
      assert.deepStrictEqual(yield* connection.channels, ["chat:1"])
      const other = yield* Token.subscription({ ...ten, user: "43", channel: "chat:1" })
      const mismatch = yield* Effect.flip(TokenConnection.subscribe(connection, "chat:1", other))
      assert.deepInclude(mismatch, { code: 3500, reason: "User" })
      assert.strictEqual((yield* connection.disconnected).code, 3500)
    }).pipe(Effect.provide(live))
  )
})
