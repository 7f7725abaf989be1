/** Tracing over every transport: the span has the server's address, and the server gets the span's context. */
import { CallOptions } from "@effect-centrifugo/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { options, transports } from "./over.js"
import { withSpans } from "./secrets.js"
import * as Stub from "./stub.js"

const publish = { channel: "news", data: 1 }
const good = Stub.always({ status: 200, body: Stub.published })

/** All kinds of trace headers that reached the server. */
const traceHeaders = ({ headerLines }: Stub.Received) =>
  headerLines
    .filter((line) => /^(traceparent|tracestate|b3|x-b3-.*|baggage):/i.test(line))
    .map((line) => line.toLowerCase())

for (const { make, name } of transports) {
  describe(`tracing over ${name}`, () => {
    const received = Effect.gen(function* () {
      const stub = yield* Stub.start(good)
      return { stub, centrifugo: yield* make(options(stub.url)) }
    })

    it.scopedLive(
      "the server gets the call's own span as traceparent, once, and the span has the server's address",
      () =>
        Effect.gen(function* () {
          const { centrifugo, stub } = yield* received
          const [, spans] = yield* withSpans(Effect.withSpan(centrifugo.publish(publish), "parent"))
          const own = spans.findIndex(({ name }) => name === "centrifugo.publish")
          const spanId = `000000000000000${own + 1}`
          assert.deepStrictEqual(traceHeaders(yield* stub.received), [
            `traceparent: 00-1234567890abcdef1234567890abcdef-${spanId}-01`
          ])
          const { hostname, port } = new URL(stub.url)
          assert.strictEqual(spans[own]?.attributes.get("server.address"), hostname)
          assert.strictEqual(spans[own]?.attributes.get("server.port"), Number(port))
        })
    )

    it.scopedLive("without a tracer the current span is propagated, if there is one", () =>
      Effect.gen(function* () {
        const { centrifugo, stub } = yield* received
        yield* centrifugo.publish(publish)
        assert.deepStrictEqual(traceHeaders(yield* stub.received), [])
        const { spanId, traceId } = yield* Effect.withSpan(
          Effect.zipRight(centrifugo.publish(publish), Effect.orDie(Effect.currentSpan)),
          "parent"
        )
        assert.deepStrictEqual(traceHeaders(yield* stub.received), [
          `traceparent: 00-${traceId}-${spanId}-01`
        ])
      })
    )

    it.scopedLive("with tracing disabled, nothing is propagated", () =>
      Effect.gen(function* () {
        const { centrifugo, stub } = yield* received
        const call = Effect.withSpan(centrifugo.publish(publish), "parent")
        yield* withSpans(Effect.withTracerEnabled(call, false))
        assert.deepStrictEqual(traceHeaders(yield* stub.received), [])
      })
    )

    it.scopedLive("a traceparent in the headers of the call or the layer is sent instead", () =>
      Effect.gen(function* () {
        const { centrifugo, stub } = yield* received
        const own = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`
        const call = centrifugo.publish(publish).pipe(CallOptions.with({ headers: { traceparent: own } }))
        yield* withSpans(call)
        assert.deepStrictEqual(traceHeaders(yield* stub.received), [`traceparent: ${own}`])
        const layered = yield* make({ ...options(stub.url), headers: { traceparent: own } })
        yield* withSpans(layered.publish(publish))
        assert.deepStrictEqual(traceHeaders(yield* stub.received), [`traceparent: ${own}`])
      })
    )

    it.scopedLive("IDs that are invalid for the W3C are not sent", () =>
      Effect.gen(function* () {
        const { centrifugo, stub } = yield* received
        const parent = { _tag: "ExternalSpan", spanId: "1", traceId: "t", sampled: true } as const
        yield* Effect.withSpan(centrifugo.publish(publish), "x").pipe(
          Effect.withParentSpan({ ...parent, context: (yield* Effect.makeSpan("c")).context })
        )
        assert.notInclude(traceHeaders(yield* stub.received).join(), "00-t-")
      })
    )
  })
}
