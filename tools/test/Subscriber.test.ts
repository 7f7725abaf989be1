import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue } from "effect"
import * as Centrifugo from "../src/Centrifugo.js"
import * as CentrifugoServer from "../src/CentrifugoServer.js"
import * as Subscriber from "../src/Subscriber.js"
import { call } from "./call.js"

describe.skipIf(!Centrifugo.isAvailable())("Subscriber", () => {
  it.scopedLive("connects as a user, and reports why it is disconnected", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start()
      const subscriber = yield* Subscriber.connect(server, { user: "42" })
      yield* call(server, "disconnect", { user: "42", disconnect: { code: 4500, reason: "enough" } })
      assert.deepStrictEqual(yield* Queue.take(subscriber.disconnects), {
        code: 4500,
        reason: "enough",
        reconnects: false
      })
    })
  )

  it.scopedLive("receives from channels to which the server subscribed it", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start()
      const subscriber = yield* Subscriber.connect(server, { user: "42" })
      yield* call(server, "subscribe", { user: "42", channel: "nohist:a" })
      yield* call(server, "publish", { channel: "nohist:a", data: "hello" })
      const [publication] = yield* subscriber.take(1)
      assert.deepInclude(publication, { channel: "nohist:a", data: "hello" })
      yield* call(server, "unsubscribe", { user: "42", channel: "nohist:a" })
      assert.deepStrictEqual(yield* Queue.take(subscriber.unsubscribes), { channel: "nohist:a" })
    })
  )

  it.scopedLive("reports how many publications arrived if more were expected", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start()
      const subscriber = yield* Subscriber.connect(server, { channel: "chat:a" })
      yield* call(server, "publish", { channel: "chat:a", data: 1 })
      const error = yield* Effect.flip(subscriber.take(2, 200))
      assert.strictEqual(error.message, "1 of 2 publications came within 200 ms")
    })
  )

  it.scopedLive("reports why it cannot subscribe", () =>
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start()
      const unknown = yield* Effect.flip(Subscriber.connect(server, { channel: "zz:a" }))
      assert.strictEqual(unknown.message, "cannot subscribe: 102 unknown channel")
      const forged = yield* Effect.flip(
        Subscriber.connect({ ...server, tokenSecret: "another" }, { user: "42" })
      )
      assert.strictEqual(forged.message, "cannot subscribe: 3500 invalid token")
    })
  )
})
