/** The values of all metrics. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"

/** A metric with one set of tags. Counters have a `count`, histograms a `summary`. */
export interface Series {
  readonly name: string
  readonly tags: { readonly [key: string]: string | undefined }
  readonly count: number | undefined
  readonly summary: Summary | undefined
}

interface Summary {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
}

/** Reads every series of the process. */
export const readMetrics: Effect.Effect<ReadonlyArray<Series>> = Effect.map(Metric.snapshot, (pairs) =>
  pairs.map(({ metricKey, metricState }) => ({
    name: metricKey.name,
    tags: Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value])),
    count: MetricState.isCounterState(metricState) ? Number(metricState.count) : undefined,
    summary: MetricState.isHistogramState(metricState) ? metricState : undefined
  }))
)
