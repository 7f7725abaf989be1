import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue, Redacted } from "effect"
import * as Token from "../../src/Token.js"
import { otherSecret } from "./keys.js"
import { call } from "./server.js"

const poll = {
  name: "poll",
  subscription_type: "shared_poll",
  shared_poll: { mode: "versioned", publish_enabled: true },
  allow_subscribe_for_client: true
}

describe.skipIf(!Centrifugo.isAvailable())("track signatures at a real server", () => {
  it.scopedLive("let one user track these keys, and no other user", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start({
        namespaces: [poll],
        env: {
          CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY: Redacted.value(otherSecret),
          CENTRIFUGO_CHANNEL_PROXY_SHARED_POLL_REFRESH_ENDPOINT: "http://127.0.0.1:9/refresh"
        }
      })
      const channel = "poll:a"
      const track = (signed: string, expires: Token.Expiry) =>
        Subscriber.connect(server, {
          channel,
          user: "42",
          as: {
            keys: ["k1", "k:2"],
            sign: (keys) =>
              Token.trackSignature({ user: signed, channel, keys, expires }).pipe(
                Effect.provide(Token.layerTrack({ secret: otherSecret })),
                Effect.runPromise
              )
          }
        })
      const subscribers = yield* Effect.all([track("42", "1 minute"), track("42", "never")])
      yield* Effect.sleep("300 millis")
      yield* call(server, "shared_poll_publish", { channel, key: "k:2", data: { n: 1 }, version: 1 })
      for (const { updates } of subscribers) {
        assert.deepStrictEqual(yield* Queue.take(updates).pipe(Effect.timeout("10 seconds")), {
          key: "k:2",
          data: { n: 1 },
          removed: false
        })
      }
      const stranger = yield* track("43", "1 minute")
      // The client reports refused keys as removed.
      const refused = yield* Queue.takeN(stranger.updates, 2).pipe(Effect.timeout("10 seconds"))
      assert.deepStrictEqual(
        Array.from(refused, ({ key, removed }) => [key, removed]),
        [
          ["k1", true],
          ["k:2", true]
        ]
      )
      yield* call(server, "shared_poll_publish", { channel, key: "k:2", data: { n: 2 }, version: 2 })
      yield* Queue.take(subscribers[0].updates).pipe(Effect.timeout("10 seconds"))
      assert.strictEqual(yield* Queue.size(stranger.updates), 0)
    })
  )
})
