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
 * import { Effect } from "effect"
 *
 * const refused = Effect.map(
 *   Telemetry.snapshot({ method: "publish", outcome: "CentrifugoUnknownChannelError" }),
 *   ({ calls }) => calls
 * )
 * ```
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import { readMetrics } from "./internal/telemetry/readMetrics.js"

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

/** The names of the metrics that `snapshot` reads. */
const names = {
  calls: "centrifugo.client.calls",
  duration: "messaging.client.operation.duration",
  inFlight: "centrifugo.client.in_flight",
  retries: "centrifugo.client.retries",
  waiting: "centrifugo.client.waiting",
  batchSize: "centrifugo.client.batch.size"
} as const

/**
 * The number of finished calls, by method and outcome. An explicit `batch` counts as one call.
 *
 * @since 0.1.0
 */
export const calls: Metric.Metric.Counter<number> = Metric.counter(names.calls, {
  description: "Finished calls by method and outcome",
  incremental: true
})

/**
 * The duration of calls in seconds, including all attempts and the waits between them, by method and outcome.
 *
 * @since 0.1.0
 */
export const duration: Metric.Metric.Histogram<number> = Metric.histogram(
  names.duration,
  MetricBoundaries.fromIterable([
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  ]),
  "Duration of calls in seconds, including all attempts and delays"
)

/**
 * The number of calls in flight, by method.
 *
 * @since 0.1.0
 */
export const inFlight: Metric.Metric.Counter<number> = Metric.counter(names.inFlight, {
  description: "Calls in flight"
})

/**
 * The number of attempts after the first, by method and by the error of the previous attempt.
 *
 * @since 0.1.0
 */
export const retries: Metric.Metric.Counter<number> = Metric.counter(names.retries, {
  description: "Attempts after the first, by method and by the error of the previous attempt",
  incremental: true
})

/**
 * The number of calls in each batch: of automatic batching, `sendAll` and `batch`.
 *
 * @since 0.1.0
 */
export const batchSize: Metric.Metric.Histogram<number> = Metric.histogram(
  names.batchSize,
  MetricBoundaries.fromIterable([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]),
  "Calls per batch"
)

/**
 * The number of calls queued for a batch, in automatic batching and `sendAll`.
 *
 * @since 0.1.0
 */
export const waiting: Metric.Metric.Counter<number> = Metric.counter(names.waiting, {
  description: "Calls queued for a batch"
})

/**
 * Whether an endpoint is in use (1) or is skipped after a failed connection (0), by the endpoint. Clients with a single
 * endpoint do not have this metric.
 *
 * @since 0.1.0
 */
export const endpointAvailable: Metric.Metric.Gauge<number> = Metric.gauge(
  "centrifugo.client.endpoint.available",
  { description: "1 while the endpoint is in use, 0 while it is skipped after a failed connection" }
)

/**
 * Selects calls. Calls with any value of an omitted property are included.
 *
 * @since 0.1.0
 */
export interface Selection {
  /** The method's wire name: `publish`, or `batch`. */
  readonly method?: string | undefined
  /** `ok`, the tag of an error, `interrupted` or `defect`. */
  readonly outcome?: string | undefined
  /** The `name` of the client's layer. */
  readonly name?: string | undefined
  /** The client's URL, or its URLs separated by a comma and a space. */
  readonly endpoint?: string | undefined
}

/**
 * A summary of values. All are 0 if there are none.
 *
 * @since 0.1.0
 */
export interface Summary {
  /** The number of values. */
  readonly count: number
  /** Their sum. */
  readonly sum: number
  /** The smallest. */
  readonly min: number
  /** The largest. */
  readonly max: number
  /** Their average. */
  readonly mean: number
}

/**
 * Metrics of the selected calls since the process started.
 *
 * @since 0.1.0
 */
export interface Snapshot {
  /** Finished calls. */
  readonly calls: number
  /** The duration of the finished calls in seconds, with all attempts and the delays between them. */
  readonly duration: Summary
  /** Calls in flight. They have no outcome yet, so the selected outcome does not matter. */
  readonly inFlight: number
  /** Attempts after the first. The selected outcome does not matter. */
  readonly retries: number
  /** Calls queued for a batch. The selected method and outcome do not matter. */
  readonly waiting: number
  /** The calls per batch. The selected method and outcome do not matter. */
  readonly batchSize: Summary
}

/**
 * Returns the metrics of the selected calls, summed over all values of the properties that the selection omits.
 * Reads all metrics of the process: for a health page or a test, not for every call.
 *
 * @example
 * ```ts
 * import { Telemetry } from "@effect-centrifugo/core"
 * import { Console, Effect } from "effect"
 *
 * const report = Effect.gen(function* () {
 *   const published = yield* Telemetry.snapshot({ method: "publish", outcome: "ok", name: "eu" })
 *   yield* Console.log(`${published.calls} published, ${published.duration.mean * 1000} ms on average`)
 * })
 * ```
 * @since 0.1.0
 */
export const snapshot = ({ endpoint, method, name, outcome }: Selection = {}): Effect.Effect<Snapshot> =>
  Effect.map(readMetrics, (all) => {
    const ofClient = [
      [attributes.clientName, name],
      [attributes.endpoint, endpoint]
    ] as const
    const ofMethod = [...ofClient, [attributes.operation, method]] as const
    const select = (
      metric: string,
      wanted: ReadonlyArray<readonly [key: string, value: string | undefined]>
    ) =>
      all.filter(
        ({ name, tags }) =>
          name === metric && wanted.every(([key, value]) => value === undefined || tags[key] === value)
      )
    const countOf = (metric: string, wanted: Parameters<typeof select>[1]) =>
      select(metric, wanted).reduce((sum, { count = 0 }) => sum + count, 0)
    const ofOutcome = [...ofMethod, [attributes.outcome, outcome]] as const
    const summaryOf = (metric: string, wanted: Parameters<typeof select>[1]): Summary => {
      const states = select(metric, wanted).flatMap(({ summary }) =>
        summary !== undefined && summary.count > 0 ? [summary] : []
      )
      const count = states.reduce((total, state) => total + state.count, 0)
      const sum = states.reduce((total, state) => total + state.sum, 0)
      return {
        count,
        sum,
        min: count === 0 ? 0 : Math.min(...states.map(({ min }) => min)),
        max: count === 0 ? 0 : Math.max(...states.map(({ max }) => max)),
        mean: count === 0 ? 0 : sum / count
      }
    }
    return {
      calls: countOf(names.calls, ofOutcome),
      duration: summaryOf(names.duration, ofOutcome),
      inFlight: countOf(names.inFlight, ofMethod),
      retries: countOf(names.retries, ofMethod),
      waiting: countOf(names.waiting, ofClient),
      batchSize: summaryOf(names.batchSize, ofClient)
    }
  })
