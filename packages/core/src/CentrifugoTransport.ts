/**
 * What carries calls to the server. A transport knows of bodies, replies and time, but not of
 * methods' payloads; a policy is a function from transport to transport.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import type { Operation } from "./ApiMethod.js"
import type { TransportError } from "./CentrifugoError.js"
import type { Reply } from "./internal/codec/Reply.js"
import { isLive } from "./internal/http/liveClock.js"
import { clearTimeout, setTimeout } from "./internal/http/timers.js"

export { failure, readFailure, type Reply, result, type ServerFailure } from "./internal/codec/Reply.js"

/**
 * One call on its way.
 *
 * @since 0.1.0
 */
export interface Call {
  /** The method's wire name, which is the last part of the URL's path. */
  readonly method: string
  /** The kind of operation in the call's span, if it has one. */
  readonly operation?: Operation | undefined
  /** The whole request body, as JSON text. */
  readonly body: string
  /** Whether it may travel inside a batch. */
  readonly batchable: boolean
  /** Where it may: the channels it touches, because order matters within a channel. */
  readonly channels: ReadonlyArray<string>
  /** Headers of this call, over those of the transport. Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  /** How long this attempt may take, in milliseconds: by then the reply must have come whole. */
  readonly timeout: number
  /** When the caller stops waiting, in milliseconds of its clock; `Infinity` where it doesn't. */
  readonly deadline: number
  /** The span of the call, or of the batch that it is, where somebody collects spans. */
  readonly span?: Tracer.Span | undefined
}

/**
 * A transport.
 *
 * @since 0.1.0
 */
export interface Service {
  /** Names the cluster in metrics and in errors: the `name` that was given to its layer. */
  readonly name?: string | undefined
  /** Carries one call to the server, and its reply back. Repeating it is not its business. */
  readonly send: (call: Call) => Effect.Effect<Reply, TransportError>
}

/**
 * The transport in the context.
 *
 * @since 0.1.0
 */
export class CentrifugoTransport extends Context.Tag("@effect-centrifugo/core/CentrifugoTransport")<
  CentrifugoTransport,
  Service
>() {}

/**
 * Makes a policy of your own a layer: a function from the transport in the context to the transport that clients use.
 * It sees every attempt, whatever retries and batching are set: those are above it.
 *
 * @example
 * ```ts
 * import { Centrifugo, CentrifugoTransport } from "@effect-centrifugo/core"
 * import { Effect, Layer } from "effect"
 *
 * const logged = (inner: CentrifugoTransport.Service): CentrifugoTransport.Service => ({
 *   send: (call) => Effect.tap(inner.send(call), (reply) => Effect.logDebug(call.method, reply._tag))
 * })
 *
 * const live = Centrifugo.layerTransport().pipe(Layer.provide(CentrifugoTransport.wrap(logged)))
 * ```
 * @since 0.1.0
 */
export const wrap = (
  policy: (inner: Service) => Service
): Layer.Layer<CentrifugoTransport, never, CentrifugoTransport> =>
  // Fresh: one policy may stand over the transports of two clusters.
  Layer.fresh(
    Layer.effect(
      CentrifugoTransport,
      Effect.map(CentrifugoTransport, (inner) => ({ ...inner, ...policy(inner) }))
    )
  )

/**
 * `Effect.async` for callbacks that run in another caller's async context, such as those of a shared
 * socket, queue or timer. The fiber continues in its own context: `AsyncLocalStorage` gives what it gave
 * before. A promise does that on every runtime, and costs 0.1 µs per call.
 *
 * @since 0.1.0
 */
export const async = <A, E>(
  register: (resume: (outcome: Effect.Effect<A, E>) => void) => Effect.Effect<void> | void
): Effect.Effect<A, E> =>
  Effect.async((resume) => {
    let settle!: (outcome: Effect.Effect<A, E>) => void
    void new Promise<Effect.Effect<A, E>>((resolve) => (settle = resolve)).then(resume)
    return register(settle)
  })

/** A timer set for longer than this many milliseconds fires at once. */
const longest = 2_147_483_647

/**
 * Runs `task` after `millis` milliseconds of a clock, and returns a function that cancels it.
 * With the live clock it is a bare timer, because a fiber per call would cost more than the rest of the
 * call. With any other clock (`TestClock`) it is that clock's sleep. Replaced global timers (fake timers)
 * do not stop it.
 *
 * @since 0.1.0
 */
export const schedule = (clock: Clock.Clock, millis: number, task: () => void): (() => void) => {
  if (isLive(clock)) {
    let timer: ReturnType<typeof setTimeout>
    const wait = (left: number): void => {
      timer = left > longest ? setTimeout(wait, longest, left - longest) : setTimeout(task, left)
    }
    wait(millis)
    return () => clearTimeout(timer)
  }
  const sleeping = Effect.runFork(Effect.zipRight(clock.sleep(Duration.millis(millis)), Effect.sync(task)))
  return () => sleeping.unsafeInterruptAsFork(FiberId.none)
}

/**
 * For a transport over HTTP, as an attempt begins: tells the call's span which server it goes to, and gives
 * the value of the header `traceparent` (W3C Trace Context) by which the server's side can join the trace.
 * It names the call's span or, where there is none, the one in force in the fiber; `undefined` where there
 * is neither, and for spans whose propagation is off (`Effect.withTracerEnabled(false)`).
 *
 * @since 0.1.0
 */
export const traceparent = (
  call: Call,
  origin: string,
  fiber: Fiber.RuntimeFiber<unknown, unknown>
): string | undefined => {
  if (call.span !== undefined) tellServer(call.span, new URL(origin))
  const span = call.span ?? fiber.currentSpan
  if (span === undefined || Context.get(span.context, Tracer.DisablePropagation)) return undefined
  const { sampled, spanId, traceId } = span
  // Tracers are free in their ids; the header is not.
  return isTraceId(traceId) && isSpanId(spanId)
    ? `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
    : undefined
}

const isTraceId = (id: string) => /^(?!0+$)[0-9a-f]{32}$/.test(id)
const isSpanId = (id: string) => /^(?!0+$)[0-9a-f]{16}$/.test(id)

const tellServer = (span: Tracer.Span, { hostname, port, protocol }: URL): void => {
  // An IPv6 address stands in brackets in a URL only.
  span.attribute("server.address", hostname.replace(/^\[(.*)\]$/, "$1"))
  span.attribute("server.port", port === "" ? (protocol === "https:" ? 443 : 80) : Number(port))
}
