// Replaces the file of this name; reviewed at fba7fa8a5009a1d7.
/** The metrics of a client. */
import { Context, Metric } from "effect"

/** The series of a method, and of an outcome. */
export const tagged = <I, S>(metric: Metric.Metric<I, S>, method: string, outcome?: string) =>
  Metric.withAttributes(metric, {
    "messaging.system": "centrifugo",
    "messaging.operation.name": method,
    ...(outcome === undefined ? {} : { "centrifugo.outcome": outcome })
  })

/** All series of the process. */
export const snapshot = (): unknown => Metric.snapshotUnsafe(Context.empty())
