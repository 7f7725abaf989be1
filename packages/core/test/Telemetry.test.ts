import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Option, Tracer } from "effect"
import { inspect } from "node:util"
import { type Centrifugo, CentrifugoError, Publishing, Reply } from "../src/index.js"
import * as StubTransport from "./support/StubTransport.js"

/** A tracer that keeps every span it makes. */
const recording = () => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      let status: Tracer.SpanStatus = { _tag: "Started", startTime }
      const span: Tracer.Span = {
        _tag: "Span",
        spanId: String(spans.length + 1),
        traceId: "trace",
        sampled: true,
        name,
        kind,
        parent,
        context,
        links,
        attributes,
        get status() {
          return status
        },
        attribute: (key, value) => void attributes.set(key, value),
        event: () => {},
        addLinks: () => {},
        end: (endTime, exit) => {
          status = { _tag: "Ended", startTime, endTime, exit }
        }
      }
      spans.push(span)
      return span
    },
    context: (f) => f()
  })
  return { spans, traced: Effect.withTracer(tracer) }
}

const everyCall = (centrifugo: Centrifugo.Service) =>
  Effect.all(
    [
      centrifugo.publish({ channel: "a", data: "s3cret", tags: { t: "s3cret" } }),
      centrifugo.broadcast({ channels: ["a", "b"], data: "s3cret" }),
      centrifugo.info(),
      centrifugo.send(Publishing.publish({ channel: "a", data: "s3cret" })),
      centrifugo.batch([Publishing.publish({ channel: "a", data: "s3cret" })])
    ],
    { discard: true }
  )

describe("with nobody collecting spans", () => {
  it.effect("none is made", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.map(Effect.option(Effect.currentSpan), (span) => {
          if (Option.isSome(span)) seen.push(span.value.name)
          return Reply.result({})
        })
      )
      yield* everyCall(centrifugo)
      assert.deepStrictEqual(seen, [])
      // A user's own span stays the current one.
      yield* Effect.withSpan(centrifugo.info(), "of the user")
      assert.deepStrictEqual(seen, ["of the user"])
    })
  )
})

describe("with a tracer", () => {
  it.effect("every call is exactly one client span with its method", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make()
      yield* traced(everyCall(centrifugo))
      assert.deepStrictEqual(
        spans.map(({ attributes, kind, name }) => [name, kind, attributes.get("messaging.operation.name")]),
        [
          ["centrifugo.publish", "client", "publish"],
          ["centrifugo.broadcast", "client", "broadcast"],
          ["centrifugo.info", "client", "info"],
          ["centrifugo.publish", "client", "publish"],
          ["centrifugo.batch", "client", "batch"]
        ]
      )
      for (const { attributes, status } of spans) {
        assert.strictEqual(attributes.get("messaging.system"), "centrifugo")
        assert.isTrue(status._tag === "Ended" && Exit.isSuccess(status.exit))
      }
      assert.strictEqual(spans[0]?.attributes.get("messaging.destination.name"), "a")
      assert.isFalse(spans[1]?.attributes.has("messaging.destination.name"))
    })
  )

  it.effect("no span holds a payload", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.refusing(107)
      yield* Effect.ignore(
        traced(centrifugo.publish({ channel: "a", data: "s3cret", tags: { t: "s3cret" } }))
      )
      yield* Effect.ignore(traced(centrifugo.publish({ channel: "a", data: { s3cret: 1n } })))
      assert.strictEqual(spans.length, 2)
      for (const { attributes } of spans) assert.notInclude(inspect(attributes), "s3cret")
      assert.notInclude(inspect(spans[0]?.status, { depth: Infinity }), "s3cret")
    })
  )

  it.effect("it stands under the caller's span, and the transport under it", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make(() =>
        Effect.as(Effect.withSpan(Effect.void, "transport"), Reply.result({}))
      )
      yield* traced(Effect.withSpan(centrifugo.info(), "of the user"))
      assert.deepStrictEqual(
        spans.map(({ name, parent }) => [
          name,
          Option.match(parent, { onNone: () => "", onSome: (parent) => (parent as Tracer.Span).name })
        ]),
        [
          ["of the user", ""],
          ["centrifugo.info", "of the user"],
          ["transport", "centrifugo.info"]
        ]
      )
    })
  )

  it.effect("a failed call's span ends with its failure", () =>
    Effect.gen(function* () {
      const lost = new CentrifugoError.NetworkError({ method: "info", phase: "unknown", detail: "reset" })
      const stubs = [
        [yield* StubTransport.refusing(102), "CentrifugoUnknownChannelError"],
        [yield* StubTransport.failing(lost), "CentrifugoNetworkError"],
        [yield* StubTransport.answering({ offset: -1 }), "CentrifugoDecodeError"]
      ] as const
      for (const [{ centrifugo }, tag] of stubs) {
        const { spans, traced } = recording()
        const error = yield* Effect.flip(traced(centrifugo.publish({ channel: "a", data: 1 })))
        assert.strictEqual(error._tag, tag)
        assert.strictEqual(spans.length, 1)
        const { status } = spans[0]!
        assert.isTrue(status._tag === "Ended" && Exit.isFailure(status.exit))
        if (status._tag === "Ended" && Exit.isFailure(status.exit)) {
          assert.strictEqual(Option.getOrUndefined(Cause.failureOption(status.exit.cause)), error)
        }
      }
    })
  )

  it.effect("so does that of a call that could not be encoded, whose payload's own code throws", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make()
      const throwing = new Proxy({ channel: "a", data: 1 } as const, {
        get: () => {
          throw new Error("boom")
        }
      })
      const error = yield* Effect.flip(traced(centrifugo.publish(throwing)))
      assert.strictEqual(error._tag, "CentrifugoEncodeError")
      assert.strictEqual(spans[0]?.status._tag, "Ended")
    })
  )

  it.effect("a tracer can be set for a part of a program", () =>
    Effect.gen(function* () {
      const { spans, traced } = recording()
      const { centrifugo } = yield* StubTransport.make()
      yield* centrifugo.info()
      yield* traced(centrifugo.info())
      yield* centrifugo.info()
      assert.strictEqual(spans.length, 1)
      assert.isTrue(Context.isContext(spans[0]?.context))
    })
  )
})
