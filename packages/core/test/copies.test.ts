/** Values of another copy of the package: two versions in one program, or a bundle beside `node_modules`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Schema } from "effect"
import { vi } from "vitest"
import * as here from "../src/index.js"
import { refuse } from "../src/internal/proxy/answer.js"
import { left, right } from "./support/either.js"
import * as StubTransport from "./support/StubTransport.js"

vi.resetModules()
const other = await import("../src/index.js")
const { deny, disconnect } = await import("../src/internal/proxy/refusals.js")

const payload = { channel: "a", data: 1 }

describe("another copy of the package", () => {
  it("is another one", () => {
    assert.notStrictEqual(other.CentrifugoApi.publish, here.CentrifugoApi.publish)
    assert.notStrictEqual(other.CentrifugoError.NetworkError, here.CentrifugoError.NetworkError)
  })

  it("makes methods, requests, batches and errors that this copy recognizes", () => {
    assert.isTrue(here.ApiMethod.isApiMethod(other.CentrifugoApi.publish))
    for (const request of [other.CentrifugoApi.publish(payload), other.Batch.batch([])]) {
      assert.isTrue(here.ApiMethod.isRequest(request))
    }
    const error = new other.CentrifugoError.TimeoutError({ method: "publish", phase: "unknown", timeout: 5 })
    assert.notInstanceOf(error, here.CentrifugoError.TimeoutError)
    assert.isTrue(here.CentrifugoError.isCentrifugoError(error))
  })

  it.effect("makes requests that a client of this copy sends, single and in a batch", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({ replies: [{ publish: {} }] })
      yield* centrifugo.send(other.CentrifugoApi.publish(payload))
      const [outcome] = yield* centrifugo.batch([other.CentrifugoApi.publish(payload)])
      assert.isTrue(Either.isRight(outcome))
    })
  )

  it("makes events, and a broadcast with a refused channel stays refused", () => {
    assert.isTrue(Either.isRight(here.Outbox.event(other.CentrifugoApi.publish(payload))))
    const Chat = other.TypedChannel.make("chat:{room}", { data: Schema.Number })
    const broadcast = Chat.broadcast([{ room: "1" }, { room: "" }], 1)
    assert.strictEqual(left(here.Outbox.event(broadcast)).method, "broadcast")
    const parts = right(here.Outbox.split(Chat.broadcast([{ room: "1" }, { room: "2" }], 1), 8))
    assert.deepStrictEqual(parts.flatMap(({ request }) => request.channels).sort(), ["chat:1", "chat:2"])
  })

  it("refuses clients of a proxy", () => {
    assert.strictEqual(refuse("publish", deny(400, "no", false)), '{"error":{"code":400,"message":"no"}}')
    assert.include(refuse("publish", disconnect(4500, "bye")), "4500")
    assert.isUndefined(refuse("publish", new Error("not on purpose")))
  })
})

describe("what only looks like a value of this library", () => {
  const lookalike = { method: "publish", encode: () => Either.right("{}"), withKey: () => lookalike }

  it("is not a request", () => {
    assert.isFalse(here.ApiMethod.isRequest(lookalike))
    assert.strictEqual(
      left(here.Outbox.event(lookalike as unknown as ReturnType<typeof here.CentrifugoApi.publish>)).method,
      "event"
    )
    const [outcome] = right(
      here.Batch.batch([lookalike as never]).decode({ _tag: "Result", result: {} }, { attempts: 1 })
    )
    assert.isTrue(Either.isLeft(outcome as Either.Either<unknown, unknown>))
  })

  it("is not an error of a call", () => {
    const error = Object.assign(new Error("no"), { _tag: "CentrifugoTimeoutError", method: "publish" })
    assert.isFalse(here.CentrifugoError.isCentrifugoError(error))
  })
})
