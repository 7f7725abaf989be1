/**
 * What can be observed of calls: the names of spans, attributes, events and metrics, in one place. They tell
 * of methods, outcomes, counts, times and servers, never of a payload, a header or the key.
 *
 * - **Spans.** A call is one client span, `centrifugo.publish`, where a tracer is set (that of
 *   `@effect/opentelemetry`, for one). An attempt that is followed by another is an event of it. A request
 *   that carries the calls of several callers is a span `centrifugo.batch` with a link to each caller's span,
 *   and these have a link to it. `sendAll` has no span per request, but one for each that goes over the wire.
 * - **Metrics** are Effect's own and always kept; what they cost is in `docs/decisions/0014-observability.md`.
 *   No channel is in their tags, so that their number is limited. Tags of `Effect.tagMetrics` are not added.
 * - **Propagation.** Each HTTP request tells the span that it belongs to in the header `traceparent` of the
 *   W3C, and in no other: the call's own span, else one that is in force where the call is made. A
 *   `traceparent` among the headers of a call or a layer is sent instead.
 *
 * @example
 * ```ts
 * import { Telemetry } from "@effect-centrifugo/core"
 * import { Effect, Metric } from "effect"
 *
 * const failed = (method: string, tag: string) =>
 *   Telemetry.calls.pipe(
 *     Metric.tagged(Telemetry.attributes.system, "centrifugo"),
 *     Metric.tagged(Telemetry.attributes.operation, method),
 *     Metric.tagged(Telemetry.attributes.outcome, tag),
 *     Metric.value,
 *     Effect.map(({ count }) => count)
 *   )
 *
 * const refused = failed("publish", "CentrifugoUnknownChannelError")
 * ```
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * The keys of attributes of spans and events, and of tags of metrics.
 *
 * @since 0.1.0
 */
export const attributes = {
  /** Always `centrifugo`. */
  system: "messaging.system",
  /** The method's wire name: `publish`, or `batch`. */
  operation: "messaging.operation.name",
  /** `send` for what publishes, `receive` for what reads publications. */
  operationType: "messaging.operation.type",
  /** The channel, of a call that touches a single one. Never a tag of a metric. */
  destination: "messaging.destination.name",
  /** How many calls a batch carries. */
  messageCount: "messaging.batch.message_count",
  /** Host of the server that the last attempt went to. */
  serverAddress: "server.address",
  /** Its port. */
  serverPort: "server.port",
  /** The tag of the error: `CentrifugoTimeoutError`. */
  errorType: "error.type",
  /** Of an attempt: its number, from 1. */
  attempt: "centrifugo.attempt.number",
  /** Of an attempt: after how many milliseconds the next one is made. */
  delay: "centrifugo.attempt.delay",
  /** Of a metric: `ok`, the tag of the error, `interrupted` or `defect`. */
  outcome: "centrifugo.outcome",
  /** Of a metric: the `name` that was given to the client's layer; there is none without. */
  clientName: "centrifugo.client.name",
  /** Of a metric: an endpoint's scheme, host, port and path. */
  endpoint: "endpoint"
} as const

/**
 * Finished calls, by method and outcome. A member of an explicit `batch` is no call of its own.
 *
 * @since 0.1.0
 */
export const calls: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.calls", {
  description: "Finished calls by method and outcome",
  incremental: true
})

/**
 * How long calls took, in seconds, with their attempts and waits, by method and outcome.
 *
 * @since 0.1.0
 */
export const duration: Metric.Metric.Histogram<number> = Metric.histogram(
  "messaging.client.operation.duration",
  MetricBoundaries.fromIterable([
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  ]),
  "Duration of calls in seconds, attempts and waits included"
)

/**
 * Calls that have begun and not yet ended, by method.
 *
 * @since 0.1.0
 */
export const inFlight: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.in_flight", {
  description: "Calls that have begun and not yet ended"
})

/**
 * Attempts after the first, by method and by the error of the one before.
 *
 * @since 0.1.0
 */
export const retries: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.retries", {
  description: "Attempts after the first, by method and by the error of the attempt before",
  incremental: true
})

/**
 * How many calls a request of automatic batching, of `sendAll` or of `batch` carries.
 *
 * @since 0.1.0
 */
export const batchSize: Metric.Metric.Histogram<number> = Metric.histogram(
  "centrifugo.client.batch.size",
  MetricBoundaries.fromIterable([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]),
  "Calls that a batch carries"
)

/**
 * Calls that wait until a batch takes them along, in automatic batching and `sendAll`.
 *
 * @since 0.1.0
 */
export const waiting: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.waiting", {
  description: "Calls that wait until a batch takes them along"
})

/**
 * Whether an endpoint is in use (1) or rests after a failed connection (0), by its name. There is none where
 * a client has only one endpoint.
 *
 * @since 0.1.0
 */
export const endpointAvailable: Metric.Metric.Gauge<number> = Metric.gauge(
  "centrifugo.client.endpoint.available",
  { description: "1 while the endpoint is in use, 0 while it rests after a failed connection" }
)
