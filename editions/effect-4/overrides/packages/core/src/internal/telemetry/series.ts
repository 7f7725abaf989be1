// Replaces the file of this name; reviewed at 2e5476331501424b.
/** Metrics with their tags, updated in place: an effect for each update would cost more than the update. */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"

/** Tags of a metric, and the series that have them. An update looks up its series here, so reuse the tags. */
export interface Labels {
  readonly tags: ReadonlyArray<readonly [key: string, value: string]>
  readonly series: Map<unknown, unknown>
}

export const none: Labels = { tags: [], series: new Map() }

/** Adds tags. */
export const labels = (base: Labels, tags: Labels["tags"]): Labels => ({
  tags: [...base.tags, ...tags],
  series: new Map()
})

/** Updates the series of a metric that has these tags. */
export const update = <In, State>(metric: Metric.Metric<In, State>, input: In, labels: Labels): void => {
  let own = labels.series.get(metric) as Metric.Metric<In, State> | undefined
  if (own === undefined) {
    own = Metric.withAttributes(metric, Object.fromEntries(labels.tags))
    labels.series.set(metric, own)
  }
  own.updateUnsafe(input, Context.empty())
}
