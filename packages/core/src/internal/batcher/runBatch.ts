/**
 * Sends batches. `runBatch` is the one loop of attempts, for batches and single calls: send, then
 * deliver the replies, split the batch, or wait and send again, until every call has its outcome.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { DecodeError, InternalError, type TransportError } from "../../CentrifugoError.js"
import { type Call, schedule, type Service } from "../../CentrifugoTransport.js"
import type { Failure } from "../../RetryPolicy.js"
import { sendInSpan } from "../call/spans.js"
import { Commands, readReply, repliesOf } from "../codec/batch.js"
import type { Reply } from "../codec/Reply.js"
import { halves } from "./pack.js"
import { Batch, NoReply, noReply, type OnTimer, type Outcome, type Pending } from "./Pending.js"

/** The part of the dispatcher that the loop uses. */
export interface Dispatch {
  readonly transport: Service
  /** The headers of batches. */
  readonly headers: Call["headers"]
  /** Whether the dispatcher is closed. Calls are then not repeated. */
  readonly isClosed: boolean
  readonly onTimer: OnTimer
  /** Settles a call, unless it is settled already. */
  settle(call: Pending, outcome: Outcome): void
  /** Sends a batch as soon as a slot is free. */
  enqueue(batch: Batch): void
  /** Frees the slot, and the channels that no open call needs. */
  paused(batch: Batch): void
  /** Waits for a slot. */
  slot(batch: Batch): Effect.Effect<void>
  /** Frees the slot and channels that the batch holds, and enqueues its `next` batch. */
  finish(batch: Batch): void
}

/** Runs a batch until all of its calls are settled. Always calls `finish`, even after an interruption or a defect. */
export const runBatch = (dispatch: Dispatch, batch: Batch): Effect.Effect<void> =>
  finishing(dispatch, batch, attempt(dispatch, batch))

/** Makes the first attempt of a call that its caller's fiber sends alone. Most calls need only this. */
export const attemptAlone = (dispatch: Dispatch, pending: Pending): Effect.Effect<Reply, TransportError> => {
  begin(pending)
  return sendInSpan(dispatch.transport, pending.call, [pending])
}

/** Whether a reply settles its call. After any other reply, the retry policy decides. */
export const isFinal = (pending: Pending, reply: Reply): boolean =>
  internalErrorOf(pending, reply) === undefined

/** Continues a batch of one call after the call's first attempt. */
export const continueBatch = (
  dispatch: Dispatch,
  batch: Batch,
  first: Outcome,
  restore: (effect: Effect.Effect<void>) => Effect.Effect<void>
): Effect.Effect<void> =>
  finishing(
    dispatch,
    batch,
    restore(
      first._tag === "NoReply"
        ? failed(dispatch, batch, batch.calls, first.cause, 0)
        : answered(dispatch, batch, batch.calls, first)
    )
  )

const finishing = (dispatch: Dispatch, batch: Batch, running: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.onExit(running, (exit) =>
    Effect.sync(() => {
      if (Exit.isFailure(exit)) {
        for (const call of batch.waiting) dispatch.settle(call, new NoReply(exit.cause))
      }
      dispatch.finish(batch)
    })
  )

const begin = (call: Pending): void => {
  call.state = "in flight"
  call.attempts++
}

const attempt = (dispatch: Dispatch, batch: Batch): Effect.Effect<void> =>
  Effect.suspend(() => {
    batch.wake = undefined
    const calls = batch.waiting
    if (calls.length === 0) return Effect.void
    calls.forEach(begin)
    const { call, clock } = calls.length > 1 ? joined(dispatch, calls) : alone(dispatch, calls[0]!)
    const start = clock.unsafeCurrentTimeMillis()
    const sending = sendInSpan(dispatch.transport, call, calls)
    return Effect.matchCauseEffect(batch.isSentByCaller ? sending : Effect.withClock(sending, clock), {
      onFailure: (cause) => failed(dispatch, batch, calls, cause, clock.unsafeCurrentTimeMillis() - start),
      onSuccess: (reply) => answered(dispatch, batch, calls, reply)
    })
  })

/** Makes the request of a single call. Clears the call's timer: the transport's own is enough. */
const alone = ({ onTimer }: Dispatch, pending: Pending) => {
  pending.setTimer(Infinity, onTimer)
  return { call: pending.call, clock: pending.caller.clock }
}

/**
 * Joins several calls into one request. Its timeout is that of the call with the most time left. The transport enforces
 * it, because only the transport knows whether anything was sent. Calls with less time left get their own timers.
 */
const joined = ({ headers, onTimer }: Dispatch, calls: ReadonlyArray<Pending>) => {
  const commands = new Commands()
  let timeout = -1
  let { clock } = calls[0]!.caller
  const timesLeft = calls.map((pending) => {
    const { left } = pending
    commands.add(pending.method, pending.body)
    if (left > timeout) {
      timeout = left
      clock = pending.caller.clock
    }
    return left
  })
  calls.forEach((pending, i) => {
    const left = timesLeft[i]!
    const hasLess = left < timeout || pending.caller.clock !== clock
    pending.setTimer(hasLess ? pending.now() + left : pending.deadline, onTimer)
  })
  const call: Call = {
    method: "batch",
    operation: "send",
    body: commands.body()!,
    batchable: false,
    channels: [],
    headers,
    timeout,
    deadline: Infinity
  }
  return { call, clock }
}

/** A call whose attempt failed, and its outcome if no other attempt follows. */
interface Failed {
  readonly call: Pending
  readonly failure: Failure
  readonly outcome: () => Outcome
}

const answered = (
  dispatch: Dispatch,
  batch: Batch,
  calls: ReadonlyArray<Pending>,
  reply: Reply
): Effect.Effect<void> => {
  const outcomes = outcomesOf(calls, reply)
  const again: Array<Failed> = []
  outcomes.forEach((outcome, i) => {
    if (outcome._tag !== "Failure") return
    const call = calls[i]!
    const failure = internalErrorOf(call, outcome)
    if (failure !== undefined) again.push({ call, failure, outcome: () => outcome })
  })
  // Finish before settling the calls, which may take long, so that the next batch is sent meanwhile.
  if (again.length === 0) dispatch.finish(batch)
  const repeated = new Set(again.map(({ call }) => call))
  calls.forEach((call, i) => {
    if (!repeated.has(call)) dispatch.settle(call, outcomes[i]!)
  })
  return again.length === 0 ? Effect.void : repeat(dispatch, batch, again)
}

/** The server's code for an internal error, which it returns with HTTP status 200. */
const internal = 100

/** Returns the server's internal error if the policy may repeat the call after it. */
const internalErrorOf = (pending: Pending, reply: Reply): InternalError | undefined =>
  reply._tag === "Failure" &&
  reply.error.code === internal &&
  pending.state !== "settled" &&
  pending.repeatable &&
  pending.caller.settings.retry.repeatsSent
    ? new InternalError({ method: pending.method, serverMessage: reply.error.message })
    : undefined

/** Splits a reply into the outcome of each call. */
const outcomesOf = (calls: ReadonlyArray<Pending>, reply: Reply): ReadonlyArray<Outcome> => {
  if (calls.length === 1 || reply._tag === "Failure") return calls.map(() => reply)
  const unreadable = (pending: Pending, path: ReadonlyArray<string | number>, detail: string) =>
    noReply(pending.ofCall(new DecodeError({ method: pending.method, path, detail })))
  const replies = repliesOf(reply.result, calls.length)
  return calls.map((pending, i) => {
    if (typeof replies === "string") return unreadable(pending, ["replies"], replies)
    const own = readReply(replies[i], pending.method)
    return typeof own === "string" ? unreadable(pending, ["replies", i], own) : own
  })
}

const failed = (
  dispatch: Dispatch,
  batch: Batch,
  calls: ReadonlyArray<Pending>,
  cause: Cause.Cause<TransportError>,
  elapsed: number
): Effect.Effect<void> => {
  const failure = Cause.failureOption(cause)
  if (Option.isNone(failure)) {
    for (const call of calls) dispatch.settle(call, new NoReply(cause))
    return Effect.void
  }
  const error = failure.value
  for (const call of batch.waiting) call.state = "held"
  const isTooLarge = error._tag === "CentrifugoResponseTooLargeError"
  if (calls.length > 1 && (isTooLarge || isRefusedUnread(error))) {
    for (const call of isTooLarge ? batch.waiting : []) {
      // The server has carried out the calls: repeat only those for which that is safe.
      if (call.repeatable) call.carriedOut()
      else dispatch.settle(call, noReply(call.ofCall(error)))
    }
    return split(dispatch, batch, elapsed)
  }
  // The timers of the attempt must not fire while the policies decide.
  for (const call of batch.waiting) call.setTimer(call.deadline, dispatch.onTimer)
  const again = batch.waiting.map((call): Failed => ({
    call,
    failure: call.ofAttempt(error),
    outcome: () => noReply(call.ofCall(error))
  }))
  return repeat(dispatch, batch, again)
}

/**
 * Whether a whole batch was refused before the server carried out any call: too large for a proxy (413), or unreadable
 * (400), which a single call can cause.
 */
const isRefusedUnread = (error: TransportError): boolean =>
  error._tag === "CentrifugoStatusError" && (error.status === 413 || error.status === 400)

/**
 * Sends a batch again as two halves, concurrently if they share no channel. Both belong to the same attempt and have its
 * remaining time.
 */
const split = (dispatch: Dispatch, batch: Batch, elapsed: number): Effect.Effect<void> => {
  const [first, second] = halves(batch.waiting)
  for (const call of [...first, ...second]) {
    call.attempts--
    call.attemptEnds ??= call.now() - elapsed + call.caller.settings.timeout
    call.setTimer(Math.min(call.deadline, call.attemptEnds), dispatch.onTimer)
  }
  if (second.length === 0) return attempt(dispatch, batch)
  batch.calls = first
  batch.open = first.length
  const other = Batch.of(second)
  const used = new Set(first.flatMap(({ channels }) => channels))
  if (batch.next === undefined && !second.some(({ channels }) => channels.some((name) => used.has(name)))) {
    other.channels = batch.channels.filter((name) => !used.has(name))
    batch.channels = batch.channels.filter((name) => used.has(name))
    dispatch.enqueue(other)
  } else {
    other.next = batch.next
    batch.next = other
  }
  return attempt(dispatch, batch)
}

/** Asks each call's policy. The calls to repeat are sent together, after the longest of their delays. */
const repeat = (dispatch: Dispatch, batch: Batch, failed: ReadonlyArray<Failed>): Effect.Effect<void> => {
  let wait = -1
  let slowest: Pending | undefined
  const ask = ({ call, failure, outcome }: Failed): Effect.Effect<void> => {
    if (call.state === "settled") return Effect.void
    const { allowed } = call
    call.state = "held"
    call.allowed = undefined
    call.setTimer(call.deadline, dispatch.onTimer)
    const next = dispatch.isClosed
      ? Effect.succeed(undefined)
      : allowed === undefined
        ? call.next(failure)
        : Effect.succeed(allowed)
    return Effect.flatMap(next, (delay) => {
      if (delay === undefined) return Effect.sync(() => dispatch.settle(call, outcome()))
      if (delay > wait) {
        wait = delay
        slowest = call
      }
      return call.repeat(failure, delay)
    })
  }
  return Effect.zipRight(
    Effect.forEach(failed, ask, { discard: true }),
    Effect.suspend(() =>
      slowest === undefined || batch.open === 0
        ? Effect.void
        : Effect.zipRight(pause(dispatch, batch, slowest, wait), attempt(dispatch, batch))
    )
  )
}

/** Waits for the next attempt. Meanwhile other batches can use the slot, and channels that this batch no longer needs. */
const pause = (dispatch: Dispatch, batch: Batch, slowest: Pending, wait: number): Effect.Effect<void> => {
  const { hasSlot } = batch
  const waiting = batch.suspended((resume) => {
    dispatch.paused(batch)
    return schedule(slowest.caller.clock, wait, resume)
  })
  return Effect.zipRight(
    waiting,
    Effect.suspend(() => (hasSlot && batch.open > 0 ? dispatch.slot(batch) : Effect.void))
  )
}
