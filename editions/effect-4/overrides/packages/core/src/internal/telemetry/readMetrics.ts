// Replaces the file of this name; reviewed at 24fa5608a7be9a49.
/** The values of all metrics. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

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
export const readMetrics: Effect.Effect<ReadonlyArray<Series>> = Effect.sync(() =>
  Metric.snapshotUnsafe(Context.empty()).map((series) => ({
    name: series.id,
    tags: { ...series.attributes },
    count: series.type === "Counter" ? Number(series.state.count) : undefined,
    summary: series.type === "Histogram" ? series.state : undefined
  }))
)
