/** The state of an accepted call until it is settled, and of the batch in which it is sent. */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Tracer from "effect/Tracer"
import { type Phase, TimeoutError, type TransportError, withEffort } from "../../CentrifugoError.js"
import type { Effort } from "../../ApiMethod.js"
import type { Failure, RetryPolicy } from "../../RetryPolicy.js"
import { type Call, schedule } from "../../CentrifugoTransport.js"
import type { Reply } from "../codec/Reply.js"
import type { Meter } from "../call/meter.js"
import { Delays } from "../call/Delays.js"
import { nextAttempt } from "../call/retry.js"
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

/** The client's settings that a call uses. */
export interface Client {
  readonly retry: RetryPolicy
  readonly meter: Meter
}

/** Called when the call's timer fires, with the time for which it was set. */
export type OnTimer = (pending: Pending, at: number) => void

export class Pending {
  /** The call's channels, without duplicates. */
  readonly channels: ReadonlyArray<string>
  /** The number of attempts, including one in flight. */
  attempts = 0
  isDone = false
  /** Whether it is in the queues of its channels. */
  isQueued = false
  /** Undefined until the call leaves the queue. */
  batch: Batch | undefined = undefined
  /** Whether a request that contains the call is in flight. */
  isInFlight = false
  /**
   * When the current attempt ends, in milliseconds of the clock. `Infinity` unless the attempt continues after its first
   * request: in one half of a split batch, or when the call keeps waiting for a late reply.
   */
  attemptEnds = Infinity
  /** The delay before the next attempt in milliseconds, if the policy allowed it while the request was in flight. */
  allowed: number | undefined = undefined
  /** Called once, with the outcome. */
  onOutcome: (outcome: Outcome, pending: Pending) => void = ignore
  /** Resumes the caller's suspended fiber with an effect that sends the call. `undefined` if no fiber is suspended. */
  sendBy: ((work: Effect.Effect<Reply, TransportError>) => void) | undefined = undefined
  /** Whether an earlier attempt may have been carried out. */
  #wasSent = false
  #delays: Delays<Failure, never> | undefined = undefined
  #cancelTimer: (() => void) | undefined = undefined
  #timerAt = Infinity

  constructor(
    readonly call: Call,
    readonly client: Client,
    /** Whether it is safe to carry out the call twice. */
    readonly repeatable: boolean,
    /** The tracer that collects the caller's spans; `undefined` if none does. */
    readonly tracer: Tracer.Tracer | undefined,
    readonly clock: Clock.Clock,
    /** When the call began, in milliseconds of the clock. */
    readonly start: number
  ) {
    const { channels } = call
    this.channels = channels.length < 2 ? channels : [...new Set(channels)]
  }

  now(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  /** The timeout of a request sent now, in milliseconds. */
  get left(): number {
    const { deadline, timeout } = this.call
    const end = Math.min(deadline, this.attemptEnds)
    return end === Infinity ? timeout : Math.max(0, Math.min(timeout, end - this.now()))
  }

  get effort(): Effort {
    const { attempts, call, client, start } = this
    const { name } = client.meter
    const effort = { attempts, elapsed: this.now() - start, channels: call.channels }
    return name === undefined ? effort : { ...effort, endpoint: name }
  }

  /** The phase to report if the call ends now. */
  get phase(): Phase {
    return this.isInFlight ? "unknown" : "queued"
  }

  /** Returns the delay before the next attempt in milliseconds; `undefined` if the policy gives up. */
  next(failure: Failure): Effect.Effect<number | undefined> {
    return Effect.suspend(() => {
      const { call, client, repeatable, start } = this
      const { deadline } = call
      const delays = (this.#delays ??= new Delays(client.retry.schedule))
      const situation = { repeatable, now: this.now(), start, deadline, delays }
      return nextAttempt(client.retry, failure, situation)
    })
  }

  /** Records that another attempt follows a failure. */
  repeat(failure: Failure, delay: number): Effect.Effect<void> {
    const { attempts, call, client, clock } = this
    this.#wasSent ||= !("phase" in failure) || failure.phase === "unknown"
    this.attemptEnds = Infinity
    client.meter.retried(call.method, call.span, {
      number: attempts,
      error: failure._tag,
      delay,
      now: clock.unsafeCurrentTimeNanos()
    })
    return Effect.logDebug(
      `Centrifugo: attempt ${attempts} of ${call.method} failed (${failure._tag}), the next one follows in ${Math.round(delay)} ms`
    )
  }

  /** Converts a request's error to the error of this call's attempt: it has the call's method. */
  ofAttempt<E extends TransportError>(error: E): E {
    return error.method === this.call.method ? error : withEffort(error, { method: this.call.method })
  }

  /** Converts a request's error to the error of the whole call. Its phase also covers earlier attempts. */
  ofCall<E extends TransportError>(error: E): E {
    const { attempts, call, clock, start } = this
    const isUnknown = "phase" in error && this.#wasSent
    return withEffort(error, {
      attempts,
      elapsed: clock.unsafeCurrentTimeMillis() - start,
      method: call.method,
      ...(isUnknown ? { phase: "unknown" } : {})
    })
  }

  timeoutError(timeout: number): TimeoutError {
    return this.ofCall(new TimeoutError({ method: this.call.method, phase: this.phase, timeout }))
  }

  /** Sets the call's only timer; `Infinity` clears it. */
  setTimer(at: number, onTimer: OnTimer): void {
    if (at === this.#timerAt) return
    this.#timerAt = at
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (at === Infinity) return
    let isSet = true
    const task = () => {
      if (!isSet) return
      this.#timerAt = Infinity
      onTimer(this, at)
    }
    const wait = at - this.now()
    // A clock other than the live one may run the task before `schedule` returns, so there is no `cancel` yet.
    const cancel = wait > 0 ? schedule(this.clock, wait, task) : queueMicrotask(task)
    this.#cancelTimer = () => {
      isSet = false
      cancel?.()
    }
  }
}

const ignore = () => {}

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
  }

  /** The calls without an outcome. */
  get waiting(): Array<Pending> {
    return this.open === this.calls.length ? this.calls : this.calls.filter(({ isDone }) => !isDone)
  }

  /** Whether only its caller and the transport hold it. Closing leaves it to the transport, which ends it when it closes. */
  get isWithTransport(): boolean {
    return this.isSentByCaller && this.next === undefined && this.calls[0]?.isInFlight === true
  }
}
