/**
 * Sends calls to the server. A transport handles bodies, replies and timeouts; it does not know the payloads of
 * methods. Your own policy is a function from a transport to a transport: see `wrap`.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
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
 * One attempt of a call, as a transport gets it.
 *
 * @since 0.1.0
 */
export interface Call {
  /** The method's wire name, the last segment of the URL's path. */
  readonly method: string
  /** The kind of operation in the call's span, if it has one. */
  readonly operation?: Operation | undefined
  /** The request body: JSON text. */
  readonly body: string
  /** Whether the call can be part of a batch. */
  readonly batchable: boolean
  /** The channels of the call. Calls keep their order within a channel. */
  readonly channels: ReadonlyArray<string>
  /** The headers of this call, with names in lower case. They replace the transport's. */
  readonly headers: { readonly [name: string]: string }
  /** The timeout of this attempt in milliseconds, until the whole response has arrived. */
  readonly timeout: number
  /** The call's deadline, as a time of its clock in milliseconds; `Infinity` for none. */
  readonly deadline: number
  /** The span of the call or the batch, if the program has a tracer. */
  readonly span?: Tracer.Span | undefined
}

/**
 * Sends calls to a server or cluster. `examples/src/transport.ts` is a complete transport.
 *
 * @since 0.1.0
 */
export interface Service {
  /** The cluster's name in metrics and errors: the `name` of the transport's layer. */
  readonly name?: string | undefined
  /** The cluster's URLs in metrics, without a key: `http://localhost:8000/api`. */
  readonly endpoint?: string | undefined
  /** Sends one attempt and returns the server's reply. It does not retry. */
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
 * Makes a layer from your own policy: a function from the transport in the context to the transport that clients use.
 * The policy sees every attempt and every batch, because clients retry and batch before they call the transport.
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
  // Fresh: a program may use one policy for the transports of two clusters.
  Layer.fresh(
    Layer.effect(
      CentrifugoTransport,
      Effect.map(CentrifugoTransport, (inner) => ({ ...inner, ...policy(inner) }))
    )
  )

/**
 * Like `Effect.async`, for callbacks that run in another caller's async context, such as those of a shared socket, queue
 * or timer. The fiber continues in its own async context, so `AsyncLocalStorage` has the same store as before. A promise
 * restores the context on every runtime, and costs 0.1 µs per call.
 *
 * If `register` returns an effect, it runs when the fiber is interrupted.
 *
 * @since 0.1.0
 */
export const async = <A, E>(
  register: (resume: (outcome: Effect.Effect<A, E>) => void) => Effect.Effect<void> | void
): Effect.Effect<A, E> =>
  // The canceler of `Effect.async` would cost three times as much: packages/bench/measure/canceler.mjs.
  Effect.uninterruptibleMask((restore) => {
    let cancel: Effect.Effect<void> | void
    const outcome = Effect.async<A, E>((resume) => {
      let settle!: (outcome: Effect.Effect<A, E>) => void
      void new Promise<Effect.Effect<A, E>>((resolve) => (settle = resolve)).then(resume)
      cancel = register(settle)
    })
    return Effect.catchAllCause(restore(outcome), (cause) =>
      cancel !== undefined && Cause.isInterrupted(cause)
        ? Effect.zipRight(cancel, Effect.failCause(cause))
        : Effect.failCause(cause)
    )
  })

/** The longest delay of a timer in milliseconds. A longer one fires at once. */
const longest = 2_147_483_647

/**
 * Runs `task` after `millis` milliseconds of a clock, and returns a function that cancels it.
 * With the live clock it uses a timer, because a fiber per call would cost more than the rest of the call. With any
 * other clock, such as `TestClock`, it uses that clock's `sleep`. Fake timers do not stop it.
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
 * Adds the server's address to the call's span, and returns the value of the header `traceparent` (W3C Trace Context).
 * HTTP transports call it when an attempt begins. The header contains the call's span, or the fiber's if the call has
 * none. Returns `undefined` if there is no span, or if propagation is off (`Effect.withTracerEnabled(false)`).
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
  // A tracer can have IDs of any form, but the header cannot.
  return isTraceId(traceId) && isSpanId(spanId)
    ? `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`
    : undefined
}

const isTraceId = (id: string) => /^(?!0+$)[0-9a-f]{32}$/.test(id)
const isSpanId = (id: string) => /^(?!0+$)[0-9a-f]{16}$/.test(id)

const tellServer = (span: Tracer.Span, { hostname, port, protocol }: URL): void => {
  // A URL has brackets around an IPv6 address; the attribute must not.
  span.attribute("server.address", hostname.replace(/^\[(.*)\]$/, "$1"))
  span.attribute("server.port", port === "" ? (protocol === "https:" ? 443 : 80) : Number(port))
}
