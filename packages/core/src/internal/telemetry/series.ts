/** Metrics with their tags, updated in place: an effect for each update would cost more than the update. */
import type * as Metric from "effect/Metric"
import * as MetricLabel from "effect/MetricLabel"

/** Tags of a metric. An update looks up its series by the identity of this array, so reuse it. */
export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

export const none: Labels = []

/** Adds tags. */
export const labels = (base: Labels, tags: ReadonlyArray<readonly [key: string, value: string]>): Labels => [
  ...base,
  ...tags.map(([key, value]) => MetricLabel.make(key, value))
]

/** Updates the series of a metric that has these tags. */
export const update = <Type, In, Out>(
  metric: Metric.Metric<Type, In, Out>,
  input: In,
  labels: Labels
): void => metric.unsafeUpdate(input, labels)
