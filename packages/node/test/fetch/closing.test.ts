/** Closing the scope of a `FetchTransport`: accepted calls can finish, and every caller gets an outcome. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { assertClosed, closesItsScope } from "../transports/closingScope.js"
import * as Stub from "../transports/stub.js"
import { call, closable, good } from "./support.js"

describe("FetchTransport, closing its scope", () => {
  closesItsScope(closable, { closesIdleSockets: false })

  it.scoped("a call that waits for its API key fails as queued", () =>
    Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      const { close, transport } = yield* closable(stub.url, { apiKey: Effect.never })
      const waiting = yield* Effect.fork(Effect.flip(transport.send(call("1"))))
      yield* Effect.yieldNow()
      yield* close
      assertClosed(yield* Fiber.join(waiting), "queued")
      assertClosed(yield* Effect.flip(transport.send(call("2"))), "queued")
      assert.strictEqual(stub.requests.length, 0)
    })
  )
})
