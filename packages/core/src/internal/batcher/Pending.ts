/** A call from the moment at which it is accepted to its outcome, and the batch in which it travels. */
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

/** A reply, or why there is none. Cheaper than an `Exit` for each call of a large batch. */
export type Outcome = Reply | NoReply

export class NoReply {
  readonly _tag = "NoReply"
  constructor(readonly cause: Cause.Cause<TransportError>) {}
}

export const noReply = (error: TransportError): NoReply => new NoReply(Cause.fail(error))

export const effectOf = (outcome: Outcome): Effect.Effect<Reply, TransportError> =>
  outcome._tag === "NoReply" ? Effect.failCause(outcome.cause) : Effect.succeed(outcome)

/** What a call has of its client. */
export interface Client {
  readonly retry: RetryPolicy
  readonly meter: Meter
}

/** Called when a timer of the call rings, with the time for which it was set. */
export type OnTimer = (pending: Pending, at: number) => void

export class Pending {
  /** The channels that the call names, each once. */
  readonly channels: ReadonlyArray<string>
  /** Requests made for this call, the one in flight included. */
  attempts = 0
  isDone = false
  /** It waits in the queues of its channels. */
  isQueued = false
  /** Undefined until the call leaves the queue. */
  batch: Batch | undefined = undefined
  /** A request that carries the call is in flight. */
  isInFlight = false
  /** When the current attempt has to end, where its request is not its first: a split batch keeps its time. */
  attemptEnds = Infinity
  /** Milliseconds until the next attempt, where the policy allowed it before the current request ended. */
  allowed: number | undefined = undefined
  /** Told the outcome, once. */
  onOutcome: (outcome: Outcome, pending: Pending) => void = ignore
  /** Has the caller's fiber send the call, where that fiber only waits for the outcome. */
  sendBy: ((work: Effect.Effect<Reply, TransportError>) => void) | undefined = undefined
  /** An attempt before the current one may have been carried out. */
  #wasSent = false
  #delays: Delays<Failure, never> | undefined = undefined
  #cancelTimer: (() => void) | undefined = undefined
  #timerAt = Infinity

  constructor(
    readonly call: Call,
    readonly client: Client,
    /** Whether carrying it out twice is harmless. */
    readonly repeatable: boolean,
    /** Collects the caller's spans. */
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

  /** Milliseconds that a request sent now may take. */
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

  /** What is known about the call, should it end now. */
  get phase(): Phase {
    return this.isInFlight ? "unknown" : "queued"
  }

  /** Milliseconds until another attempt, or `undefined` where the policy gives up. */
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

  /** The error of a request as that of this call's attempt. */
  ofAttempt<E extends TransportError>(error: E): E {
    return error.method === this.call.method ? error : withEffort(error, { method: this.call.method })
  }

  /** The error of a request as that of the whole call. Its phase also covers earlier attempts. */
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
    // A clock that is not the live one may call back before `schedule` returns, when there is nothing to cancel yet.
    const cancel = wait > 0 ? schedule(this.clock, wait, task) : queueMicrotask(task)
    this.#cancelTimer = () => {
      isSet = false
      cancel?.()
    }
  }
}

const ignore = () => {}

/** Calls that travel in one request; one call alone goes the same way. */
export class Batch {
  /** Channels that no other batch may use meanwhile. */
  channels: Array<string> = []
  calls: Array<Pending> = []
  /** How many of the calls have no outcome yet. */
  open = 0
  /** Sent after this one, because both name the same channels. */
  next: Batch | undefined = undefined
  /** The fiber of its only caller sends it. */
  isSentByCaller = false
  /** The fiber that sends it, unless its caller does. */
  fiber: Fiber.RuntimeFiber<void> | undefined = undefined
  /** It takes one of the `concurrency` slots. */
  hasSlot = false
  /** Ends a wait for the next attempt or for a slot. */
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

  /** The transport has it, and nothing but its caller waits for it: the transport ends it when it closes. */
  get isWithTransport(): boolean {
    return this.isSentByCaller && this.next === undefined && this.calls[0]?.isInFlight === true
  }
}
