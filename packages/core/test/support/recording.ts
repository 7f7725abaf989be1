import { Effect, Tracer } from "effect"

/** A tracer that keeps every span it makes. */
export const recording = () => {
  const spans: Array<Tracer.Span> = []
  const events: Array<unknown> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      let status: Tracer.SpanStatus = { _tag: "Started", startTime }
      const span: Tracer.Span = {
        _tag: "Span",
        spanId: String(spans.length + 1),
        traceId: "trace",
        sampled: true,
        name,
        kind,
        parent,
        context,
        links: [...links],
        attributes,
        get status() {
          return status
        },
        attribute: (key, value) => void attributes.set(key, value),
        event: (name, _time, about) => void events.push({ span: span.spanId, name, ...about }),
        addLinks: (more) => void (span.links as Array<Tracer.SpanLink>).push(...more),
        end: (endTime, exit) => {
          status = { _tag: "Ended", startTime, endTime, exit }
        }
      }
      spans.push(span)
      return span
    },
    context: (f) => f()
  })
  return { spans, events, traced: Effect.withTracer(tracer) }
}
