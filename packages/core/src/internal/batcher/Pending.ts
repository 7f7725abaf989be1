/** The state of an accepted call until it is settled, and of the batch in which it is sent. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import type { Effort, Request } from "../../ApiMethod.js"
import {
  type CallError,
  isRetryable,
  type Phase,
  TimeoutError,
  type TransportError,
  withEffort
} from "../../CentrifugoError.js"
import { async, type Call, schedule } from "../../CentrifugoTransport.js"
import type { Failure, RetryPolicy } from "../../RetryPolicy.js"
import { Delays } from "../call/Delays.js"
import type { Settings } from "../call/Settings.js"
import type { Reply } from "../codec/Reply.js"
import { queueMicrotask } from "../http/timers.js"

/** A reply, or the cause of its absence. Cheaper than an `Exit` for each call of a large batch. */
export type Outcome = Reply | NoReply

export class NoReply {
  readonly _tag = "NoReply"
  constructor(readonly cause: Cause.Cause<TransportError>) {}
}

export const noReply = (error: TransportError): NoReply => new NoReply(Cause.fail(error))

export const effectOf = (outcome: Outcome): Effect.Effect<Reply, TransportError> =>
  outcome._tag === "NoReply" ? Effect.failCause(outcome.cause) : Effect.succeed(outcome)

/** The part of a call that comes from its caller. Calls that `sendAll` reads at the same time share it. */
export interface Caller {
  readonly settings: Settings
  /** The tracer that collects the caller's spans; `undefined` if none does. */
  readonly tracer: Tracer.Tracer | undefined
  readonly clock: Clock.Clock
  /** When the call began, in milliseconds of the clock. */
  readonly start: number
  /** The call's own span, if it has one. */
  readonly span: Tracer.Span | undefined
}

/** Called when a call's timer fires, with the time for which it was set. */
export type OnTimer = (pending: Pending, at: number) => void

/**
 * An accepted call. Thousands can wait at a time, and the garbage collector copies them. So this object does not repeat
 * fields of the request, and makes the `Call` for the transport only if the call is sent alone.
 */
export class Pending<A = unknown, E = unknown> {
  /** The number of attempts, including one in flight. */
  attempts = 0
  /**
   * - `arrived`: not sent yet; with batching, in `ChannelQueues`, which has not examined it
   * - `queued`: in the queues of its channels
   * - `held`: in a batch that is not in flight
   * - `in flight`: in a request
   * - `settled`: has its outcome
   */
  state: "arrived" | "queued" | "held" | "in flight" | "settled" = "arrived"
  /** Undefined until the call leaves the queue. */
  batch: Batch | undefined = undefined
  /** Called once, with the outcome. */
  onOutcome: (outcome: Outcome, pending: Pending) => void = ignore
  /** Resumes the caller's suspended fiber. `undefined` if no fiber is suspended. */
  resume: ((next: Effect.Effect<Reply, TransportError>) => void) | undefined = undefined
  /**
   * When the current attempt ends, in milliseconds of the clock. Undefined unless the attempt continues after its first
   * request: in one half of a split batch, or when the call keeps waiting for a late reply.
   */
  attemptEnds: number | undefined = undefined
  /** The delay before the next attempt in milliseconds, if the policy allowed it while the request was in flight. */
  allowed: number | undefined = undefined
  /** The position of the request in the stream of `sendAll`. */
  position = 0
  /** Whether an earlier attempt may have been carried out. */
  #wasSent = false
  #delays: Delays<Failure, never> | undefined = undefined
  #timer: { readonly at: number; readonly cancel: () => void } | undefined = undefined

  constructor(
    readonly request: Request<string, unknown, A, E>,
    /** The encoded request. */
    readonly body: string,
    /** The channels when the request was encoded. */
    readonly channels: ReadonlyArray<string>,
    /** Whether it is safe to carry out the call twice. */
    readonly repeatable: boolean,
    readonly caller: Caller
  ) {}

  get method(): string {
    return this.request.method
  }

  get span(): Tracer.Span | undefined {
    return this.caller.span
  }

  get tracer(): Tracer.Tracer | undefined {
    return this.caller.tracer
  }

  now(): number {
    return this.caller.clock.unsafeCurrentTimeMillis()
  }

  /** The latest time at which the call ends, in milliseconds of the clock; `Infinity` for no deadline. */
  get deadline(): number {
    const { settings, start } = this.caller
    return start + settings.deadline
  }

  /** The timeout of a request sent now, in milliseconds. */
  get left(): number {
    const { timeout } = this.caller.settings
    const end = Math.min(this.deadline, this.attemptEnds ?? Infinity)
    return end === Infinity ? timeout : Math.max(0, Math.min(timeout, end - this.now()))
  }

  /** A request of this call alone. */
  get call(): Call {
    const { body, channels, deadline, left, request, span } = this
    const { batchable, method, operation } = request
    const { headers } = this.caller.settings
    return { method, operation, body, batchable, channels, headers, timeout: left, deadline, span }
  }

  get effort(): Effort {
    const { attempts, channels } = this
    const { settings, start } = this.caller
    const { name } = settings.meter
    const effort = { attempts, elapsed: this.now() - start, channels }
    return name === undefined ? effort : { ...effort, endpoint: name }
  }

  /** Decodes the server's reply. */
  outcomeOf(reply: Reply): Either.Either<A, E | CallError> {
    return this.request.decode(reply, this.effort)
  }

  /** Converts a transport error to an outcome. Some errors stand for a reply: see `Request.recover`. */
  outcomeOfError(error: TransportError): Either.Either<A, E | CallError> {
    const reply = this.request.recover?.(error)
    return reply === undefined ? Either.left(error) : this.outcomeOf(reply)
  }

  /** The phase to report if the call ends now. */
  get phase(): Phase {
    return this.state === "in flight" ? "unknown" : "queued"
  }

  /** Decides about another attempt. Returns its delay in milliseconds; `undefined` if the call fails. */
  next(failure: Failure): Effect.Effect<number | undefined> {
    return Effect.suspend(() => {
      const { retry } = this.caller.settings
      if (!isSafe(retry, failure, this.repeatable) || !retry.while(failure)) return Effect.succeed(undefined)
      const now = this.now()
      const delays = (this.#delays ??= new Delays(retry.schedule))
      return Effect.map(delays.next(now, failure), (scheduled) => {
        if (scheduled === undefined) return undefined
        const asked = failure._tag === "CentrifugoStatusError" ? (failure.retryAfter ?? 0) : 0
        const delay = Math.max(scheduled, asked)
        const end = Math.min(this.caller.start + retry.maxElapsed, this.deadline)
        return now + delay >= end ? undefined : delay
      })
    })
  }

  /** Records that the server has carried out the call, although its reply was refused. */
  carriedOut(): void {
    this.#wasSent = true
  }

  /** Records that another attempt follows a failure. */
  repeat(failure: Failure, delay: number): Effect.Effect<void> {
    const { attempts, method } = this
    const { clock, settings, span } = this.caller
    this.#wasSent ||= !("phase" in failure) || failure.phase === "unknown"
    this.attemptEnds = undefined
    settings.meter.retried(method, span, {
      number: attempts,
      error: failure._tag,
      delay,
      now: clock.unsafeCurrentTimeNanos()
    })
    return Effect.logDebug(
      `Centrifugo: attempt ${attempts} of ${method} failed (${failure._tag}), the next attempt follows in ${Math.round(delay)} ms`
    )
  }

  /** Converts a request's error to the error of this call's attempt: it has the call's method. */
  ofAttempt<E extends TransportError>(error: E): E {
    return error.method === this.method ? error : withEffort(error, { method: this.method })
  }

  /** Converts a request's error to the error of the whole call. Its phase also covers earlier attempts. */
  ofCall<E extends TransportError>(error: E): E {
    const { attempts, caller, method } = this
    const isUnknown = "phase" in error && this.#wasSent
    return withEffort(error, {
      attempts,
      elapsed: this.now() - caller.start,
      method,
      ...(isUnknown ? { phase: "unknown" } : {})
    })
  }

  timeoutError(timeout: number): TimeoutError {
    return this.ofCall(new TimeoutError({ method: this.method, phase: this.phase, timeout }))
  }

  /** Sets the call's only timer; `Infinity` clears it. */
  setTimer(at: number, onTimer: OnTimer): void {
    if (at === (this.#timer?.at ?? Infinity)) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (at === Infinity) return
    const timer = { at, cancel: ignore }
    this.#timer = timer
    // A clock other than the live one may run this before `schedule` returns.
    const task = () => {
      if (this.#timer !== timer) return
      this.#timer = undefined
      onTimer(this, at)
    }
    const wait = at - this.now()
    if (wait > 0) timer.cancel = schedule(this.caller.clock, wait, task)
    else queueMicrotask(task)
  }
}

const ignore = () => {}

const isSafe = (policy: RetryPolicy, failure: Failure, repeatable: boolean): boolean => {
  // Other failures would only recur, and `maxWaiting` refuses calls on purpose.
  if (!isRetryable(failure) || failure._tag === "CentrifugoOverloadedError" || isHopeless(failure))
    return false
  const isUnsent = "phase" in failure && failure.phase !== "unknown"
  return isUnsent || (policy.repeatsSent && repeatable)
}

/** Whether no retry can help: an invalid certificate stays invalid, and a closed transport stays closed. */
const isHopeless = (failure: Failure): boolean =>
  failure._tag === "CentrifugoNetworkError" &&
  failure.code !== undefined &&
  /^(ERR_TLS|ERR_SSL|EPROTO$|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_CLOSED|ERR_UNSENDABLE)/.test(
    failure.code
  )

/** Calls that are sent in one request. A single call is a batch of one. */
export class Batch {
  /** Channels that no other batch may use while this one holds them. */
  channels: Array<string> = []
  calls: Array<Pending> = []
  /** The number of calls without an outcome. */
  open = 0
  /** The batch to send after this one, because it uses the same channels. */
  next: Batch | undefined = undefined
  /** Whether the fiber of its only caller sends it. */
  isSentByCaller = false
  /** The fiber that sends it; `undefined` if its caller's fiber does. */
  fiber: Fiber.RuntimeFiber<void> | undefined = undefined
  /** Whether it occupies one of the `concurrency` slots. */
  hasSlot = false
  /** Called when the batch gets a slot. */
  onSlot: () => void = ignore
  /** Ends the wait for the next attempt or for a slot. */
  wake: (() => void) | undefined = undefined

  static of(calls: Array<Pending>): Batch {
    const batch = new Batch()
    for (const call of calls) batch.add(call)
    return batch
  }

  add(call: Pending): void {
    this.calls.push(call)
    this.open++
    call.batch = this
    call.state = "held"
  }

  /** The calls without an outcome. */
  get waiting(): Array<Pending> {
    return this.open === this.calls.length
      ? this.calls
      : this.calls.filter(({ state }) => state !== "settled")
  }

  /** Whether only its caller and the transport hold it. Closing leaves it to the transport, which ends it when it closes. */
  get isWithTransport(): boolean {
    return this.isSentByCaller && this.next === undefined && this.calls[0]?.state === "in flight"
  }

  /** Suspends the fiber until `register` resumes it, or until no call of the batch is open. */
  suspended(register: (resume: () => void) => () => void): Effect.Effect<void> {
    return async((wake) => {
      const resume = () => wake(Effect.void)
      const cancel = register(resume)
      this.wake = () => {
        cancel()
        resume()
      }
      return Effect.sync(cancel)
    })
  }
}
