/** The data that a collector receives through OpenTelemetry's own SDK and exporters. */
import { Centrifugo, CentrifugoError } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { NodeSdk } from "@effect/opentelemetry"
import { assert, describe, it } from "@effect/vitest"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Effect, Redacted } from "effect"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import * as Stub from "./transports/stub.js"

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string }
}

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: ReadonlyArray<Attribute>
  readonly events: ReadonlyArray<{ readonly name: string; readonly attributes: ReadonlyArray<Attribute> }>
  readonly links: ReadonlyArray<{ readonly spanId: string; readonly traceId: string }>
  readonly status: { readonly code?: number }
}

interface Metric {
  readonly name: string
  readonly unit: string
}

interface Export {
  readonly resourceSpans?: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }>
  }>
  readonly resourceMetrics?: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{ readonly metrics: ReadonlyArray<Metric> }>
  }>
}

const textOf = async (request: IncomingMessage) => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks).toString("utf8")
}

/** An OTLP collector over HTTP with JSON. It keeps everything it receives. */
const collector = Effect.gen(function* () {
  const bodies: Array<string> = []
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      bodies.push(body)
      response.setHeader("content-type", "application/json").end("{}")
    })
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
  )
  const exports = () => bodies.map((body) => JSON.parse(body) as Export)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => bodies.join("\n"),
    spans: () =>
      exports().flatMap(({ resourceSpans = [] }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      ),
    metrics: () =>
      exports().flatMap(({ resourceMetrics = [] }) =>
        resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      )
  }
})

const openTelemetry = (url: string) =>
  NodeSdk.layer(() => ({
    resource: { serviceName: "test" },
    spanProcessor: new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` })),
    metricReader: new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${url}/v1/metrics` })
    })
  }))

const attributesOf = ({ attributes }: { readonly attributes: ReadonlyArray<Attribute> }) =>
  Object.fromEntries(
    attributes.map(({ key, value: { intValue, stringValue } }) => [key, stringValue ?? Number(intValue)])
  )

const answerTo = ({ body, path }: Stub.Received): Stub.Reply => {
  if (body.includes("refused")) return { status: 401 }
  if (body.includes("nowhere"))
    return { status: 200, body: '{"error":{"code":102,"message":"unknown channel"}}' }
  const replies = '{"replies":[{"publish":{}},{"publish":{}}]}'
  return { status: 200, body: path === "/api/batch" ? replies : Stub.published }
}

const apiKey = "otel-s3cret-key"

describe("OpenTelemetry", () => {
  it.scopedLive(
    "spans, their links, their context on the wire, and metrics arrive; key and payload do not",
    () =>
      Effect.gen(function* () {
        const { metrics, spans, text, url } = yield* collector
        const stub = yield* Stub.start((request, count) => Stub.always(answerTo(request))(request, count))
        const program = Effect.gen(function* () {
          const centrifugo = yield* Centrifugo.Centrifugo
          const publish = (channel: string) => centrifugo.publish({ channel, data: "p4yload" })
          yield* publish("alone")
          yield* Effect.all([publish("a"), publish("b")], { concurrency: "unbounded" })
          yield* Effect.flip(publish("nowhere"))
          return yield* Effect.flip(publish("refused"))
        }).pipe(Effect.withSpan("of the user"))
        const error = yield* program.pipe(
          Effect.provide(
            CentrifugoNode.layer({ url: stub.url, apiKey: Redacted.make(apiKey), batching: true })
          ),
          // The scope ends here, so everything has been exported.
          Effect.provide(openTelemetry(url))
        )
        assert.instanceOf(error, CentrifugoError.UnauthorizedError)

        const byName = (name: string) => spans().filter((span) => span.name === name)
        const [user] = byName("of the user")
        const batch = byName("centrifugo.batch")[0]!
        const publishes = byName("centrifugo.publish")
        const one = (channel: string) =>
          publishes.find((span) => attributesOf(span)["messaging.destination.name"] === channel)!
        assert.strictEqual(publishes.length, 5)
        for (const span of publishes) {
          assert.strictEqual(span.kind, 3, "client")
          assert.strictEqual(span.parentSpanId, user?.spanId)
        }
        const port = Number(new URL(stub.url).port)
        assert.deepStrictEqual(attributesOf(one("alone")), {
          "messaging.system": "centrifugo",
          "messaging.operation.name": "publish",
          "messaging.operation.type": "send",
          "messaging.destination.name": "alone",
          "server.address": "127.0.0.1",
          "server.port": port
        })
        assert.deepStrictEqual(
          batch.links.map(({ spanId }) => spanId),
          [one("a").spanId, one("b").spanId]
        )
        assert.deepStrictEqual(
          one("a").links.map(({ spanId }) => spanId),
          [batch.spanId]
        )
        assert.strictEqual(attributesOf(batch)["messaging.batch.message_count"], 2)
        assert.strictEqual(attributesOf(one("a"))["server.port"], port)
        assert.strictEqual(attributesOf(one("refused"))["error.type"], "CentrifugoUnauthorizedError")
        assert.strictEqual(one("refused").status.code, 2, "error")
        // The SDK's own event; it prefers an error's code to its tag.
        const exception = (channel: string) => attributesOf(one(channel).events[0]!)["exception.type"]
        assert.strictEqual(exception("nowhere"), "102")
        assert.strictEqual(exception("refused"), "CentrifugoUnauthorizedError")

        assert.deepStrictEqual(
          stub.requests.map(({ headers }) => headers["traceparent"]),
          [one("alone"), batch, one("nowhere"), one("refused")].map(
            ({ spanId, traceId }) => `00-${traceId}-${spanId}-01`
          )
        )
        const names = metrics().map(({ name }) => name)
        for (const name of [
          "messaging.client.operation.duration",
          "centrifugo.client.calls",
          "centrifugo.client.in_flight",
          "centrifugo.client.batch.size",
          "centrifugo.client.waiting"
        ]) {
          assert.include(names, name)
        }
        for (const secret of [apiKey, "p4yload"]) assert.notInclude(text(), secret)
      })
  )
})
