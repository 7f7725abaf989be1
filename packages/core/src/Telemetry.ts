/**
 * The names of spans, attributes, events and metrics of calls. They contain methods, outcomes, counts, durations and
 * servers, and never a payload, a header or the API key.
 *
 * - **Spans.** If the program has a tracer, such as that of `@effect/opentelemetry`, each call has a client span:
 *   `centrifugo.publish`. A failed attempt that is repeated is an event of the span. An automatic batch has a span
 *   `centrifugo.batch`, linked in both directions with the spans of its calls. `sendAll` has a span per HTTP request,
 *   not per call.
 * - **Metrics** are Effect metrics and always on; `docs/decisions/0014-observability.md` has their cost. They are not
 *   tagged with channels, because there may be millions. Tags of `Effect.tagMetrics` are not added.
 * - **Propagation.** Each HTTP request has the header `traceparent` (W3C Trace Context) with the span of the call, or if
 *   it has none, with the caller's span. A `traceparent` in the headers of a call or a layer replaces it.
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
  /** `send` for methods that publish, `receive` for methods that read publications. */
  operationType: "messaging.operation.type",
  /** The channel, if the call has exactly one. Never a tag of a metric. */
  destination: "messaging.destination.name",
  /** The number of calls in a batch. */
  messageCount: "messaging.batch.message_count",
  /** The host of the server of the last attempt. */
  serverAddress: "server.address",
  /** The port of the server of the last attempt. */
  serverPort: "server.port",
  /** The tag of the error: `CentrifugoTimeoutError`. */
  errorType: "error.type",
  /** On the event of a failed attempt: the attempt's number, from 1. */
  attempt: "centrifugo.attempt.number",
  /** On the event of a failed attempt: the delay before the next attempt, in milliseconds. */
  delay: "centrifugo.attempt.delay",
  /** On metrics: `ok`, the tag of the error, `interrupted` or `defect`. */
  outcome: "centrifugo.outcome",
  /** On metrics: the `name` of the client's layer, if it has one. */
  clientName: "centrifugo.client.name",
  /** On metrics: an endpoint's scheme, host, port and path. */
  endpoint: "endpoint"
} as const

/**
 * The number of finished calls, by method and outcome. An explicit `batch` counts as one call.
 *
 * @since 0.1.0
 */
export const calls: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.calls", {
  description: "Finished calls by method and outcome",
  incremental: true
})

/**
 * The duration of calls in seconds, including all attempts and the waits between them, by method and outcome.
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
 * The number of calls in flight, by method.
 *
 * @since 0.1.0
 */
export const inFlight: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.in_flight", {
  description: "Calls that have begun and not yet ended"
})

/**
 * The number of attempts after the first, by method and by the error of the previous attempt.
 *
 * @since 0.1.0
 */
export const retries: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.retries", {
  description: "Attempts after the first, by method and by the error of the attempt before",
  incremental: true
})

/**
 * The number of calls in each batch: of automatic batching, `sendAll` and `batch`.
 *
 * @since 0.1.0
 */
export const batchSize: Metric.Metric.Histogram<number> = Metric.histogram(
  "centrifugo.client.batch.size",
  MetricBoundaries.fromIterable([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]),
  "Calls that a batch carries"
)

/**
 * The number of calls queued for a batch, in automatic batching and `sendAll`.
 *
 * @since 0.1.0
 */
export const waiting: Metric.Metric.Counter<number> = Metric.counter("centrifugo.client.waiting", {
  description: "Calls that wait until a batch takes them along"
})

/**
 * Whether an endpoint is in use (1) or is skipped after a failed connection (0), by the endpoint. Clients with a single
 * endpoint do not have this metric.
 *
 * @since 0.1.0
 */
export const endpointAvailable: Metric.Metric.Gauge<number> = Metric.gauge(
  "centrifugo.client.endpoint.available",
  { description: "1 while the endpoint is in use, 0 while it rests after a failed connection" }
)
