/** Fire and forget with `Centrifugo.logFailure`: every failure is logged. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, HashMap, Logger, Redacted } from "effect"
import { Batch, Centrifugo, CentrifugoError, HttpTransport, RetryPolicy } from "../src/index.js"
import * as StubTransport from "./support/StubTransport.js"

const payload = "p4yload"
const apiKey = "s3cret"

/** Runs an effect and returns everything that it logged, as text. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ annotations, cause, logLevel, message }) => {
      const notes = HashMap.toEntries(annotations).map(([name, value]) => `${name}=${String(value)}`)
      const parts = [message].flat().map((part) => (Cause.isCause(part) ? Cause.pretty(part) : String(part)))
      lines.push(
        [logLevel.label, ...parts, ...notes, Cause.isEmpty(cause) ? "" : Cause.pretty(cause)].join(" ")
      )
    })
    const exit = yield* Effect.exit(effect).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    return { exit, lines, text: lines.join("\n") }
  })

const failing = (error: CentrifugoError.TransportError) =>
  Effect.map(StubTransport.failing(error, { retry: RetryPolicy.none }), ({ centrifugo }) =>
    centrifugo.publish({ channel: "news", data: payload }).pipe(Centrifugo.logFailure)
  )

describe("logFailure", () => {
  it.effect("logs nothing for a success", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({ offset: 1, epoch: "e" })
      const { exit, lines } = yield* logged(
        centrifugo.publish({ channel: "news", data: payload }).pipe(Centrifugo.logFailure)
      )
      assert.deepStrictEqual(exit, Exit.void)
      assert.deepStrictEqual(lines, [])
    })
  )

  it.effect("logs a failure as one warning with the method, the error and advice", () =>
    Effect.gen(function* () {
      const error = new CentrifugoError.NetworkError({
        method: "publish",
        phase: "connect",
        code: "ECONNREFUSED",
        detail: "connect ECONNREFUSED 127.0.0.1:8000"
      })
      const { exit, lines } = yield* logged(yield* failing(error))
      assert.deepStrictEqual(exit, Exit.void)
      assert.strictEqual(lines.length, 1)
      for (const part of ["WARN", "publish", "ECONNREFUSED", "Nothing was sent", "CentrifugoNetworkError"]) {
        assert.include(lines[0], part)
      }
    })
  )

  it.effect("logs a server error with its code and hint", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.refusing(102, "unknown channel")
      const { text } = yield* logged(
        centrifugo.publish({ channel: "zz:a", data: payload }).pipe(Centrifugo.logFailure)
      )
      assert.include(text, "102 unknown channel")
      assert.notInclude(text, payload)
    })
  )

  it.effect("does not log a page that quotes the request", () =>
    Effect.gen(function* () {
      const key = Redacted.make(apiKey)
      const answer = { method: "publish", status: 500, text: `you sent ${payload} with ${apiKey}` }
      const error = yield* Effect.flip(HttpTransport.readAnswer(answer, key))
      const { text } = yield* logged(yield* failing(error))
      assert.include(text, "500")
      assert.notInclude(text, payload)
      assert.notInclude(text, apiKey)
    })
  )

  it.effect("logs data that can't be encoded, or throws, without the data", () =>
    Effect.gen(function* () {
      const { calls, centrifugo } = yield* StubTransport.answering({})
      const throwing = {
        get text(): string {
          throw new Error(payload)
        }
      }
      const circular: Record<string, unknown> = { payload }
      circular["self"] = circular
      const unable: ReadonlyArray<{}> = [
        throwing,
        circular,
        { a: 1n },
        { toJSON: () => ({ a: () => payload }) }
      ]
      for (const data of unable) {
        const { exit, lines, text } = yield* logged(
          centrifugo.publish({ channel: "news", data }).pipe(Centrifugo.logFailure)
        )
        assert.deepStrictEqual(exit, Exit.void)
        assert.strictEqual(lines.length, 1)
        assert.include(text, "publish: not sent")
        assert.notInclude(text, payload)
      }
      assert.strictEqual(calls.length, 0)
    })
  )

  it.effect("logs and swallows a defect, and an error of another library", () =>
    Effect.gen(function* () {
      for (const problem of [Effect.die(new Error("boom")), Effect.fail(new Error("boom"))]) {
        const { exit, text } = yield* logged(Centrifugo.logFailure(problem))
        assert.deepStrictEqual(exit, Exit.void)
        assert.include(text, "boom")
      }
    })
  )

  it.effect("does not swallow an interruption, from outside or inside", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Centrifugo.logFailure(Effect.never))
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      const { exit, lines } = yield* logged(Centrifugo.logFailure(Effect.interrupt))
      assert.isTrue(Exit.isInterrupted(exit))
      assert.deepStrictEqual(lines, [])
      const mixed = Effect.failCause(Cause.parallel(Cause.die("boom"), Cause.interrupt(fiber.id())))
      const both = yield* logged(Centrifugo.logFailure(mixed))
      assert(Exit.isFailure(both.exit) && Cause.isInterruptedOnly(both.exit.cause))
      assert.strictEqual(both.lines.length, 1)
    })
  )

  it.effect("logs the failed parts of a broadcast, with requireAll and without", () =>
    Effect.gen(function* () {
      const { centrifugo } = yield* StubTransport.answering({
        responses: [{ result: {} }, { error: { code: 102, message: "unknown channel" } }]
      })
      const broadcast = centrifugo.broadcast({ channels: ["a", "zz:b"], data: payload })
      const wholly = Batch.requireAll(broadcast)
      for (const effect of [Centrifugo.logFailure(broadcast), Centrifugo.logFailure(wholly)]) {
        const { exit, lines, text } = yield* logged(effect)
        assert.deepStrictEqual(exit, Exit.void)
        assert.strictEqual(lines.length, 1)
        assert.include(text, "1 of 2 parts failed")
        assert.include(text, "102 unknown channel")
        assert.notInclude(text, payload)
      }
    })
  )
})
