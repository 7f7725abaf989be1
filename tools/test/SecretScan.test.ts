import { assert, describe, it } from "@effect/vitest"
import { Data, Effect, Logger, Metric, Redacted, Tracer } from "effect"
import { takeLeaks } from "../src/SecretScan.js"

/** vitest.setup.ts has started the scan. */
const secret = (name: string) => {
  const value = `secret-scan-${name}`
  Redacted.make(value)
  return value
}

class CentrifugoLeakyError extends Data.TaggedError("CentrifugoLeakyError")<{ readonly detail: string }> {}

const found = (where: string) =>
  Effect.sync(() => {
    const leaks = takeLeaks()
    assert.isAbove(leaks.length, 0)
    assert.isTrue(
      leaks.every((leak) => leak.startsWith(where)),
      leaks.join("\n")
    )
  })

describe("SecretScan finds a secret", () => {
  it("on the console and in standard output", () => {
    console.debug(`Bearer ${secret("console")}`)
    process.stdout.write("")
    assert.match(takeLeaks().join(), /^console\.debug: /)
  })

  it("encoded in a URL or JSON", () => {
    const value = secret('a/b"c')
    console.debug(encodeURIComponent(value))
    assert.isAbove(takeLeaks().length, 0)
    console.debug(JSON.stringify({ value }))
    assert.isAbove(takeLeaks().length, 0)
  })

  it.effect("in a log, for any logger", () =>
    Effect.gen(function* () {
      yield* Effect.logError("key", secret("log")).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
      yield* found("a log")
    })
  )

  it.effect("in a caught error", () =>
    Effect.gen(function* () {
      yield* Effect.ignore(Effect.fail(new CentrifugoLeakyError({ detail: secret("error") })))
      yield* found("an error")
    })
  )

  it.effect("in an attribute or an event of a span, of any tracer", () =>
    Effect.gen(function* () {
      const leaky = Effect.void.pipe(Effect.withSpan("s", { attributes: { key: secret("span") } }))
      yield* leaky
      yield* found("a span")
      const tracer = yield* Effect.tracer
      const own = Tracer.make({ span: (...args) => tracer.span(...args), context: (f) => f() })
      yield* Effect.withTracer(leaky, own)
      yield* found("a span")
      yield* Effect.useSpan("s", (span) =>
        Effect.sync(() => {
          span.event("e", 0n, { key: secret("event") })
        })
      )
      yield* found("an event of a span")
    })
  )

  it.effect("in a metric", () =>
    Effect.gen(function* () {
      yield* Metric.update(Metric.frequency("secret_scan"), secret("metric"))
      yield* found("a metric")
    })
  )
})

it("does not report values that are not secret", () => {
  console.debug("nothing to see")
  assert.deepStrictEqual(takeLeaks(), [])
})
