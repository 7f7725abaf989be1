/** Records calls and batches as spans, if a tracer collects them. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import type { Request } from "../../ApiMethod.js"
import type { Call, Service } from "../../CentrifugoTransport.js"
import { type Meter, meterOf, outcomeOfCause, secondsBetween, tagOf } from "./meter.js"
import { attributes } from "../../Telemetry.js"
import { tracerOf } from "./tracer.js"

/** Runs an effect in a span with the attributes of this client. A failure sets `error.type`. */
const inSpan = <A, E, R>(
  { method, operation }: Pick<Call, "method" | "operation">,
  about: { readonly channels: ReadonlyArray<string>; readonly count: number | undefined },
  links: ReadonlyArray<Tracer.SpanLink>,
  evaluate: (span: Tracer.Span) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const { channels, count } = about
  return Effect.useSpan(
    `centrifugo.${method}`,
    {
      kind: "client",
      captureStackTrace: false,
      links,
      attributes: {
        [attributes.system]: "centrifugo",
        [attributes.operation]: method,
        ...(operation === undefined ? {} : { [attributes.operationType]: operation }),
        ...(channels.length === 1 ? { [attributes.destination]: channels[0] } : {}),
        ...(count === undefined ? {} : { [attributes.messageCount]: count })
      }
    },
    (span) =>
      Effect.tapError(Effect.withParentSpan(evaluate(span), span), (error) =>
        Effect.sync(() => span.attribute(attributes.errorType, tagOf(error)))
      )
  ) as Effect.Effect<A, E, R>
}

/** The number of members of an explicit batch; `undefined` for other methods. */
const membersOf = ({ method, payload }: Request.Any): number | undefined => {
  if (method !== "batch" || typeof payload !== "object" || payload === null) return undefined
  return Array.isArray(payload) ? payload.length : Object.keys(payload).length
}

/** Runs a call without a span. If a user-defined method throws, the call dies, so that it is counted as ended. */
const untraced = <A, E>(evaluate: (span: undefined) => Effect.Effect<A, E>): Effect.Effect<A, E> => {
  try {
    return evaluate(undefined)
  } catch (error) {
    return Effect.die(error)
  }
}

/**
 * Records a call in the metrics and, if a tracer collects spans, in a span. A fiber observer would be 1 µs cheaper than
 * the mask. But it would time an interrupted call until the whole fiber has ended, including the caller's cleanup.
 */
export const observed = <A, E>(
  request: Request.Any,
  meter: Meter,
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  clock: Clock.Clock,
  evaluate: (span: Tracer.Span | undefined) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) => {
    const { method } = request
    meter.begin(method)
    const start = clock.unsafeCurrentTimeNanos()
    const count = membersOf(request)
    if (count !== undefined) meter.batch(count)
    const effect =
      tracerOf(fiber) === undefined
        ? untraced(evaluate)
        : inSpan(request, { channels: request.channels, count }, [], evaluate)
    const ended = (outcome: string) =>
      meter.end(method, secondsBetween(start, clock.unsafeCurrentTimeNanos()), outcome)
    return Effect.matchCauseEffect(restore(effect), {
      onSuccess: (value) => {
        ended("ok")
        return Effect.succeed(value)
      },
      onFailure: (cause) => {
        ended(outcomeOfCause(cause))
        return Effect.failCause(cause)
      }
    })
  })

/** A call in a request. */
interface TracedCall extends Pick<Call, "method" | "span"> {
  /** The tracer that collects its caller's spans; `undefined` if none does. */
  readonly tracer: Tracer.Tracer | undefined
}

/**
 * Sends a request for one or more calls, in a new span if a tracer collects spans. A single call that already has a span
 * does not get a second one.
 */
export const sendInSpan = (
  transport: Service,
  call: Call,
  calls: ReadonlyArray<TracedCall>
): ReturnType<Service["send"]> => {
  // An explicit batch has already been counted as a call.
  const isBatch = call.method === "batch" && calls[0]?.method !== "batch"
  if (isBatch) meterOf(transport).batch(calls.length)
  const tracer = calls.find(({ tracer }) => tracer !== undefined)?.tracer
  if (tracer === undefined || call.span !== undefined) return transport.send(call)
  const spans = calls.flatMap(({ span }) => (span === undefined ? [] : [span]))
  const count = isBatch ? calls.length : undefined
  const links = spans.map(linkTo)
  const sending = inSpan(call, { channels: call.channels, count }, links, (span) => {
    for (const caller of spans) caller.addLinks([linkTo(span)])
    return Effect.onExit(transport.send({ ...call, span }), () =>
      Effect.sync(() => {
        for (const key of [attributes.serverAddress, attributes.serverPort]) {
          const value = span.attributes.get(key)
          if (value !== undefined) for (const caller of spans) caller.attribute(key, value)
        }
      })
    )
  })
  return Effect.withTracer(sending, tracer)
}

const linkTo = (span: Tracer.Span): Tracer.SpanLink => ({ _tag: "SpanLink", span, attributes: {} })
