/** The metrics of a client. */
import { Metric } from "effect"

/** The series of a method, and of an outcome. */
export const tagged = <T, I, O>(metric: Metric.Metric<T, I, O>, method: string, outcome?: string) =>
  metric.pipe(
    Metric.tagged("messaging.system", "centrifugo"),
    Metric.tagged("messaging.operation.name", method),
    (metric) => (outcome === undefined ? metric : Metric.tagged(metric, "centrifugo.outcome", outcome))
  )

/** All series of the process. */
export const snapshot = (): unknown => Metric.unsafeSnapshot()
