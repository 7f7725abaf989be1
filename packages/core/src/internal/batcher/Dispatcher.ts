/**
 * Sends calls: each alone or, with batching, together with others made at the same time. Queued calls leave in batches,
 * with up to `concurrency` in flight. Every call is settled exactly once.
 */
import * as Arrays from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { Checked as Limits } from "../../Batcher.js"
import { NetworkError, OverloadedError, type TransportError } from "../../CentrifugoError.js"
import { async, type Call, type Service } from "../../CentrifugoTransport.js"
import { meterOf } from "../call/meter.js"
import type { Reply } from "../codec/Reply.js"
import { clearTimeout, queueMicrotask, setTimeout } from "../http/timers.js"
import { ChannelQueues } from "./ChannelQueues.js"
import { packer } from "./pack.js"
import { Batch, effectOf, NoReply, noReply, type Outcome, type Pending } from "./Pending.js"
import { attemptAlone, continueBatch, type Dispatch, isFinal, runBatch } from "./runBatch.js"

/** The number of calls that closing fails per macrotask, so that other work can run in between. */
const failedAtOnce = 500

export class Dispatcher implements Dispatch {
  readonly #queues = new ChannelQueues()
  readonly #batches = new Set<Batch>()
  /** Batches that get a slot before any queued call. */
  readonly #slotRequests: Array<Batch> = []
  /** The dispatchers of `sendAll` streams, which close with this one. */
  readonly #others = new Set<Dispatcher>()
  #inFlight = 0
  /** The number of queued calls. */
  waiting = 0
  /** The value of `waiting` that the metric shows; `undefined` before the first update. */
  #counted: number | undefined = undefined
  /** Calls queued since the last flush. */
  #arrived = 0
  #isScheduled = false
  #isFlushing = false
  #isOpen = true
  #onIdle: (() => void) | undefined = undefined
  isClosed = false

  constructor(
    readonly transport: Service,
    readonly limits: Limits,
    readonly runtime: Runtime.Runtime<never>,
    readonly isBatching: boolean,
    readonly headers: Call["headers"] = {}
  ) {}

  /** Counters that are all zero when the dispatcher is idle. For tests. */
  get counts() {
    return {
      waiting: this.waiting,
      channels: this.#queues.size,
      batches: this.#batches.size,
      inFlight: this.#inFlight,
      slotRequests: this.#slotRequests.length
    }
  }

  /** Sends a call and returns its reply. The caller must run the effect at once: it checks for closing when called. */
  send(pending: Pending): Effect.Effect<Reply, TransportError> {
    if (!this.#isOpen) return Effect.fail(pending.ofCall(closed))
    const hasHeaders = Object.keys(pending.caller.settings.headers).length > 0
    return this.isBatching && pending.request.batchable && !hasHeaders
      ? this.#join(pending)
      : this.#sendAlone(pending)
  }

  /** Queues a call. Its outcome goes to `onOutcome`. */
  add(pending: Pending): void {
    if (!this.#isOpen) {
      pending.state = "settled"
      return pending.onOutcome(noReply(pending.ofCall(closed)), pending)
    }
    this.waiting++
    this.#queues.add(pending)
    pending.setTimer(pending.deadline, this.onTimer)
    // Send a full batch at once: it cannot take more calls, and the server can start on it.
    if (++this.#arrived >= this.limits.maxSize) this.#flush()
    else this.#schedule()
  }

  settle(pending: Pending, outcome: Outcome): void {
    const { batch, state } = pending
    if (state === "settled") return
    pending.state = "settled"
    pending.setTimer(Infinity, this.onTimer)
    pending.onOutcome(outcome, pending)
    if (batch !== undefined) return void batch.open--
    this.waiting--
    this.#queues.leave(pending, state === "queued")
    // The calls behind it may leave now.
    this.#schedule()
  }

  /** Called when a call's deadline or the timeout of its attempt has passed. */
  readonly onTimer = (pending: Pending, at: number): void => {
    const { caller, deadline } = pending
    if (at >= deadline) this.#drop(pending, noReply(pending.timeoutError(deadline - caller.start)))
    else this.#late(pending)
  }

  slot(batch: Batch): Effect.Effect<void> {
    return batch.suspended((resume) => {
      batch.onSlot = resume
      this.#slotRequests.push(batch)
      this.#schedule()
      return () => {
        const index = this.#slotRequests.indexOf(batch)
        if (index !== -1) this.#slotRequests.splice(index, 1)
      }
    })
  }

  enqueue(batch: Batch): void {
    this.#batches.add(batch)
    batch.onSlot = () => this.#start(batch)
    this.#slotRequests.push(batch)
    this.#schedule()
  }

  paused(batch: Batch): void {
    const needed = new Set<string>()
    for (let part: Batch | undefined = batch; part !== undefined; part = part.next) {
      for (const { channels } of part.waiting) for (const channel of channels) needed.add(channel)
    }
    this.#queues.release(batch.channels.filter((channel) => !needed.has(channel)))
    batch.channels = batch.channels.filter((channel) => needed.has(channel))
    this.#freeSlot(batch)
    this.#schedule()
  }

  finish(batch: Batch): void {
    if (!this.#batches.delete(batch)) return
    batch.fiber = undefined
    const { channels, next } = batch
    this.#freeSlot(batch)
    if (next === undefined) this.#queues.release(channels)
    else {
      next.channels = channels
      this.enqueue(next)
    }
    this.#flush()
  }

  /** Makes a dispatcher with its own limits over the same transport. It closes with the scope or with this dispatcher. */
  other(limits: Limits, runtime: Runtime.Runtime<never>, headers: Call["headers"]) {
    return Effect.acquireRelease(
      Effect.sync(() => {
        const other = new Dispatcher(this.transport, limits, runtime, true, headers)
        other.#isOpen = this.#isOpen
        this.#others.add(other)
        return other
      }),
      (other) => {
        this.#others.delete(other)
        // Nothing reads its outcomes now.
        return other.close(0)
      }
    )
  }

  /**
   * Refuses new calls, waits up to `millis` (real time) for accepted calls, and fails the rest. Without batching it does
   * not wait: calls that wait for their next attempt fail at once. The transport, when it closes, ends the calls that
   * their callers' fibers have passed to it.
   */
  close(millis = this.limits.shutdownTimeout): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#isOpen = false
      const all = { concurrency: "unbounded" } as const
      const others = Effect.forEach(this.#others, (other) => other.close(millis), all)
      const grace = this.isBatching && millis > 0 ? this.#idle(millis) : Effect.void
      return Effect.zip(Effect.zipRight(grace, this.#failRest()), others, { concurrent: true })
    })
  }

  #failRest(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isClosed = true
      const batches = [...this.#batches].filter((batch) => !batch.isWithTransport)
      const calls = [...batches.flatMap(({ waiting }) => waiting), ...this.#queues]
      const fibers = batches.flatMap(({ fiber }) => fiber ?? [])
      const fail = (slice: ReadonlyArray<Pending>) =>
        Effect.map(macrotask, () => {
          for (const call of slice) {
            // Its caller's fiber may have sent it meanwhile. Then the transport ends it.
            if (call.batch?.isWithTransport === true) continue
            this.#drop(call, noReply(call.ofCall(closedIn[call.phase])))
          }
        })
      return Effect.forEach(Arrays.chunksOf(calls, failedAtOnce), fail, { discard: true }).pipe(
        Effect.zipRight(Fiber.awaitAll(fibers)),
        Effect.zipRight(this.#idle())
      )
    })
  }

  /** Settles a call from outside its batch. If its request has no open call left, returns an effect that interrupts it. */
  #abandon(pending: Pending, outcome: Outcome): Effect.Effect<void> | undefined {
    if (pending.state === "settled") return undefined
    this.settle(pending, outcome)
    const { batch } = pending
    if (batch === undefined || batch.open > 0) return undefined
    batch.wake?.()
    return batch.fiber === undefined ? undefined : Effect.asVoid(Fiber.interrupt(batch.fiber))
  }

  /** Like `#abandon`, for callbacks: interrupts the request in the background. */
  #drop(pending: Pending, outcome: Outcome): void {
    const ending = this.#abandon(pending, outcome)
    if (ending !== undefined) Runtime.runFork(this.runtime, ending)
  }

  /** Queues a call and suspends its fiber. The fiber resumes with the outcome, or with an effect that sends the call. */
  #join(pending: Pending): Effect.Effect<Reply, TransportError> {
    const refusal = this.#refusal(pending)
    if (refusal !== undefined) return Effect.fail(refusal)
    return async((wake) => {
      pending.onOutcome = resumed
      pending.resume = wake
      this.add(pending)
      return Effect.suspend(() => {
        const ending = this.#abandon(pending, interrupted)
        // The fiber may have been interrupted before it began to send the batch.
        if (pending.batch?.isSentByCaller === true) this.finish(pending.batch)
        return ending ?? Effect.void
      })
    })
  }

  #sendAlone(pending: Pending): Effect.Effect<Reply, TransportError> {
    return Effect.matchCauseEffect(attemptAlone(this, pending), {
      onFailure: (cause) => this.#continue(pending, new NoReply(cause)),
      onSuccess: (reply) => (isFinal(pending, reply) ? Effect.succeed(reply) : this.#continue(pending, reply))
    })
  }

  /** Continues after the first attempt, in a batch of one, so that `close` finds the call while it waits to be repeated. */
  #continue(pending: Pending, first: Outcome): Effect.Effect<Reply, TransportError> {
    // Uninterruptible until `finish` is sure to be called: otherwise `close` could wait for the batch forever.
    return Effect.uninterruptibleMask((restore) => {
      const batch = Batch.of([pending])
      this.#batches.add(batch)
      return this.#byCaller(batch, pending, continueBatch(this, batch, first, restore))
    })
  }

  /** Sends a batch of one on its caller's fiber: in the caller's context, and without the cost of another fiber. */
  #byCaller(
    batch: Batch,
    pending: Pending,
    running = runBatch(this, batch)
  ): Effect.Effect<Reply, TransportError> {
    let outcome: Outcome | undefined
    batch.isSentByCaller = true
    pending.onOutcome = (own) => (outcome = own)
    return Effect.flatMap(running, () => (outcome === undefined ? Effect.interrupt : effectOf(outcome)))
  }

  #refusal(pending: Pending): TransportError | undefined {
    const { maxWaiting } = this.limits
    if (this.waiting < maxWaiting) return undefined
    // Sending the calls that can be sent may make room.
    this.#flush()
    return this.waiting < maxWaiting
      ? undefined
      : pending.ofCall(new OverloadedError({ method: pending.method, limit: maxWaiting }))
  }

  /**
   * Called when a call's attempt times out while its batch stays in flight for other calls. Sending the call again in
   * another batch would break the order. So as long as its policy allows further attempts, the call keeps waiting for the
   * same reply.
   */
  #late(pending: Pending): void {
    const { timeout } = pending.caller.settings
    const error = pending.timeoutError(timeout)
    const again = Effect.matchCause(this.isClosed ? Effect.succeed(undefined) : pending.next(error), {
      onFailure: (cause) => this.#drop(pending, new NoReply(cause)),
      onSuccess: (delay) => {
        if (delay === undefined) return this.#drop(pending, noReply(error))
        if (pending.state === "settled") return
        if (pending.state === "in flight") pending.allowed = delay
        pending.attemptEnds = pending.now() + delay + timeout
        pending.setTimer(Math.min(pending.deadline, pending.attemptEnds), this.onTimer)
      }
    })
    Runtime.runFork(this.runtime, again)
  }

  /** Flushes in a microtask: calls made at the same time share a batch, and a lone call hardly waits. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#flush()
    })
  }

  /** Starts batches while slots are free. */
  #flush(): void {
    // A batch that finishes synchronously calls `#flush` from inside this loop.
    if (this.#isFlushing) return
    this.#isFlushing = true
    this.#arrived = 0
    try {
      while (this.#inFlight < this.limits.concurrency) {
        const batch = this.#slotRequests.shift() ?? this.#nextBatch()
        if (batch === undefined) break
        batch.hasSlot = true
        this.#inFlight++
        batch.onSlot()
      }
    } finally {
      this.#isFlushing = false
    }
    // Calls queued and flushed in the same tick do not touch the gauge.
    if (this.#counted !== this.waiting) {
      meterOf(this.transport).waiting(this.waiting - (this.#counted ?? 0))
      this.#counted = this.waiting
    }
    this.#checkIdle()
  }

  /** The next batch of queued calls. */
  #nextBatch(): Batch | undefined {
    // After closing, the waiting calls fail instead.
    if (this.waiting === 0 || this.isClosed) return undefined
    const batch = new Batch()
    this.#queues.draw(batch, packer(batch, this.limits))
    const [first] = batch.calls
    if (first === undefined) return undefined
    this.waiting -= batch.open
    this.#batches.add(batch)
    batch.onSlot = () => {
      if (batch.open > 1 || first.resume === undefined) this.#start(batch)
      else first.resume(this.#byCaller(batch, first))
    }
    return batch
  }

  #start(batch: Batch): void {
    if (batch.open === 0) return this.finish(batch)
    const fiber = Runtime.runFork(this.runtime, runBatch(this, batch))
    if (this.#batches.has(batch)) batch.fiber = fiber
  }

  #freeSlot(batch: Batch): void {
    if (batch.hasSlot) this.#inFlight--
    batch.hasSlot = false
  }

  /** Waits until every call is settled, or for `millis` milliseconds. */
  #idle(millis?: number): Effect.Effect<void> {
    return async((resume) => {
      const timer = millis === undefined ? undefined : setTimeout(() => resume(Effect.void), millis)
      this.#onIdle = () => {
        clearTimeout(timer)
        resume(Effect.void)
      }
      this.#checkIdle()
    })
  }

  #checkIdle(): void {
    if (this.#onIdle === undefined || this.waiting > 0) return
    for (const batch of this.#batches) if (!batch.isWithTransport) return
    this.#onIdle()
  }
}

/** Makes a dispatcher that closes with the scope. */
export const make = (
  transport: Service,
  limits: Limits,
  isBatching: boolean
): Effect.Effect<Dispatcher, never, Scope.Scope> =>
  // Read the runtime outside `acquireRelease`, where it would be uninterruptible.
  Effect.flatMap(Effect.runtime(), (runtime) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        // Without the parent span: batches do not belong to the span that built the layer.
        const own = Runtime.updateContext(runtime, Context.omit(Tracer.ParentSpan))
        return new Dispatcher(transport, limits, own, isBatching)
      }),
      (dispatcher) => dispatcher.close()
    )
  )

/** Resumes the caller with the outcome. The same function for all calls, because thousands can wait. */
const resumed = (outcome: Outcome, pending: Pending): void => pending.resume?.(effectOf(outcome))

/** The outcome of an interrupted call. Nothing reads it. */
const interrupted = new NoReply(Cause.empty)

const closedError = (phase: "queued" | "unknown") =>
  new NetworkError({ method: "", phase, code: "ERR_CLOSED", detail: "the client has been closed" })
const closed = closedError("queued")
const closedIn = { queued: closed, unknown: closedError("unknown"), connect: closed }

const macrotask = Effect.async<void>((resume) => void setTimeout(() => resume(Effect.void), 0))
