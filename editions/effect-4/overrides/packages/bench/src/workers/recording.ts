// Replaces the file of this name; reviewed at ffdbe0fb225bebb1.
/** A tracer that keeps all spans and their attributes in memory, as an exporter does until it sends them. */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

let spans = 0

class RecordedSpan implements Tracer.Span {
  readonly _tag = "Span"
  // Counted instead of random: generating IDs is not our cost.
  readonly spanId = (++spans).toString(16).padStart(16, "0")
  readonly traceId: string
  readonly sampled = true
  readonly attributes = new Map<string, unknown>()
  readonly links: Array<Tracer.SpanLink>
  readonly events: Array<readonly [string, bigint, Record<string, unknown> | undefined]> = []
  status: Tracer.SpanStatus

  readonly name: string
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly annotations: Tracer.Span["annotations"]
  readonly startTime: bigint
  readonly kind: Tracer.SpanKind

  constructor(
    { annotations, kind, links, name, parent, startTime }: Parameters<Tracer.Tracer["span"]>[0],
    readonly record: (span: RecordedSpan) => void
  ) {
    this.name = name
    this.parent = parent
    this.annotations = annotations
    this.startTime = startTime
    this.kind = kind
    this.links = [...links]
    this.status = { _tag: "Started", startTime }
    this.traceId = Option.match(parent, {
      onNone: () => this.spanId.padStart(32, "0"),
      onSome: (span) => span.traceId
    })
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.startTime, endTime, exit }
    this.record(this)
  }
  attribute(key: string, value: unknown): void {
    this.attributes.set(key, value)
  }
  event(name: string, startTime: bigint, attributes?: Record<string, unknown>): void {
    this.events.push([name, startTime, attributes])
  }
  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }
}

/** Runs an effect with such a tracer. Dies unless it records the expected number of spans. */
export const recording = <A, E, R>(self: Effect.Effect<A, E, R>, expected: number): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const recorded: Array<RecordedSpan> = []
    const tracer = Tracer.make({
      span: (parts) => new RecordedSpan(parts, (span) => recorded.push(span))
    })
    return self.pipe(
      Effect.withTracer(tracer),
      Effect.tap(() =>
        recorded.length === expected
          ? Effect.void
          : Effect.die(new Error(`${recorded.length} spans were recorded of ${expected}`))
      )
    )
  })
