/**
 * Sends batches. `runBatch` is the one loop of attempts, for batches and single calls: send, then
 * deliver the replies, split the batch, or wait and send again, until every call has its outcome.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { DecodeError, InternalError, type TransportError } from "../../CentrifugoError.js"
import type { Failure } from "../../RetryPolicy.js"
import { async, type Call, schedule, type Service } from "../../CentrifugoTransport.js"
import { Commands, readReply, repliesOf } from "../codec/batch.js"
import type { Reply } from "../codec/Reply.js"
import { sendInSpan } from "../call/spans.js"
import { Batch, NoReply, noReply, type Outcome, type OnTimer, type Pending } from "./Pending.js"

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
  pending.isInFlight = true
  pending.attempts++
  return sendInSpan(dispatch.transport, alone(dispatch, pending), [pending])
}

/** Whether a reply settles its call. After any other reply, the retry policy decides. */
export const isFinal = (pending: Pending, reply: Reply): boolean =>
  internalErrorOf(pending, reply) === undefined

/** Continues a batch of one call after the call's first attempt. */
export const continueBatch = (dispatch: Dispatch, batch: Batch, first: Outcome): Effect.Effect<void> =>
  finishing(
    dispatch,
    batch,
    first._tag === "NoReply"
      ? failed(dispatch, batch, batch.calls, first.cause, () => 0)
      : answered(dispatch, batch, batch.calls, first)
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

const attempt = (dispatch: Dispatch, batch: Batch): Effect.Effect<void> =>
  Effect.suspend(() => {
    batch.wake = undefined
    const calls = batch.waiting
    if (calls.length === 0) return Effect.void
    const { elapsed, sending } = request(dispatch, batch, calls)
    return Effect.matchCauseEffect(sending, {
      onFailure: (cause) => failed(dispatch, batch, calls, cause, elapsed),
      onSuccess: (reply) => answered(dispatch, batch, calls, reply)
    })
  })

interface Request {
  readonly sending: Effect.Effect<Reply, TransportError>
  /** Returns the milliseconds since the request was sent. */
  readonly elapsed: () => number
}

const request = (dispatch: Dispatch, batch: Batch, calls: ReadonlyArray<Pending>): Request => {
  for (const call of calls) {
    call.isInFlight = true
    call.attempts++
  }
  const [first] = calls as [Pending]
  const { call, clock } =
    calls.length > 1 ? joined(dispatch, calls) : { call: alone(dispatch, first), clock: first.clock }
  const sending = sendInSpan(dispatch.transport, call, calls)
  const start = calls.length > 1 ? clock.unsafeCurrentTimeMillis() : 0
  return {
    sending: batch.isSentByCaller ? sending : Effect.withClock(sending, clock),
    elapsed: () => clock.unsafeCurrentTimeMillis() - start
  }
}

/** Makes the request of a single call. Clears the call's timer: the transport's own is enough. */
const alone = ({ onTimer }: Dispatch, pending: Pending): Call => {
  const { call, left } = pending
  pending.setTimer(Infinity, onTimer)
  return left === call.timeout ? call : { ...call, timeout: left }
}

/**
 * Joins several calls into one request. Its timeout is that of the call with the most time left. The transport enforces
 * it, because only the transport knows whether anything was sent. Calls with less time left get their own timers.
 */
const joined = ({ headers, onTimer }: Dispatch, calls: ReadonlyArray<Pending>) => {
  const commands = new Commands()
  const timesLeft = calls.map(({ call, left }) => {
    commands.add(call.method, call.body)
    return left
  })
  const timeout = timesLeft.reduce((most, left) => Math.max(most, left))
  const { clock } = calls[timesLeft.indexOf(timeout)]!
  calls.forEach((pending, i) => {
    const hasLess = timesLeft[i]! < timeout || pending.clock !== clock
    pending.setTimer(hasLess ? pending.now() + timesLeft[i]! : pending.call.deadline, onTimer)
  })
  const body = commands.body()!
  const call: Call = {
    method: "batch",
    operation: "send",
    body,
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

/** The server's code for an internal error, which it returns with HTTP status 200. */
const internal = 100

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
    const failure = internalErrorOf(calls[i]!, outcome)
    if (failure !== undefined) again.push({ call: calls[i]!, failure, outcome: () => outcome })
  })
  const repeated = again.length === 0 ? undefined : new Set(again.map(({ call }) => call))
  // Finish before settling the calls, which may take long, so that the next batch is sent meanwhile.
  if (again.length === 0) dispatch.finish(batch)
  calls.forEach((call, i) => {
    if (repeated?.has(call) !== true) dispatch.settle(call, outcomes[i]!)
  })
  return again.length === 0 ? Effect.void : repeat(dispatch, batch, again)
}

/** Returns the server's internal error if the policy may repeat the call after it. */
const internalErrorOf = (pending: Pending, reply: Reply): InternalError | undefined => {
  const { call, client, isDone, repeatable } = pending
  return reply._tag === "Failure" &&
    reply.error.code === internal &&
    !isDone &&
    client.retry.repeatsSent &&
    repeatable
    ? new InternalError({ method: call.method, serverMessage: reply.error.message })
    : undefined
}

/** Splits a reply into the outcome of each call. */
const outcomesOf = (calls: ReadonlyArray<Pending>, reply: Reply): ReadonlyArray<Outcome> => {
  if (calls.length === 1 || reply._tag === "Failure") {
    return calls.map(() => reply)
  }
  const unreadable = (pending: Pending, path: ReadonlyArray<string | number>, detail: string) =>
    noReply(pending.ofCall(new DecodeError({ method: pending.call.method, path, detail })))
  const replies = repliesOf(reply.result, calls.length)
  return calls.map((pending, i) => {
    if (typeof replies === "string") return unreadable(pending, ["replies"], replies)
    const own = readReply(replies[i], pending.call.method)
    return typeof own === "string" ? unreadable(pending, ["replies", i], own) : own
  })
}

const failed = (
  dispatch: Dispatch,
  batch: Batch,
  calls: ReadonlyArray<Pending>,
  cause: Cause.Cause<TransportError>,
  elapsed: () => number
): Effect.Effect<void> => {
  const failure = Cause.failureOption(cause)
  if (Option.isNone(failure)) {
    for (const call of calls) dispatch.settle(call, new NoReply(cause))
    return Effect.void
  }
  const error = failure.value
  for (const call of batch.waiting) call.isInFlight = false
  if (calls.length > 1 && (isRefusedUnread(error) || error._tag === "CentrifugoResponseTooLargeError")) {
    if (error._tag === "CentrifugoResponseTooLargeError") {
      // The server has carried out the calls: repeat only those for which that is safe.
      for (const call of batch.waiting) {
        if (!call.repeatable) dispatch.settle(call, noReply(call.ofCall(error)))
      }
    }
    return split(dispatch, batch, elapsed())
  }
  for (const call of batch.waiting) call.setTimer(call.call.deadline, dispatch.onTimer)
  const again = batch.waiting.map((call): Failed => {
    return { call, failure: call.ofAttempt(error), outcome: () => noReply(call.ofCall(error)) }
  })
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
    if (call.attemptEnds === Infinity) call.attemptEnds = call.now() - elapsed + call.call.timeout
    call.setTimer(Math.min(call.call.deadline, call.attemptEnds), dispatch.onTimer)
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

/**
 * Cuts a list of calls in the middle. If every call has at most one channel, groups the calls by channel and cuts between
 * two channels near the middle, if there are two. Keeps the order within each channel.
 */
const halves = (calls: ReadonlyArray<Pending>): readonly [Array<Pending>, Array<Pending>] => {
  const middle = Math.ceil(calls.length / 2)
  if (calls.some(({ channels }) => channels.length > 1)) return [calls.slice(0, middle), calls.slice(middle)]
  const byChannel = new Map<string | Pending, Array<Pending>>()
  for (const call of calls) {
    const key = call.channels[0] ?? call
    const group = byChannel.get(key)
    if (group === undefined) byChannel.set(key, [call])
    else group.push(call)
  }
  const groups = [...byChannel.values()]
  const sorted = groups.flat()
  let cut = 0
  for (let i = 0; i < groups.length && cut + groups[i]!.length <= middle; i++) cut += groups[i]!.length
  if (cut === 0) cut = groups.length > 1 ? groups[0]!.length : middle
  return [sorted.slice(0, cut), sorted.slice(cut)]
}

/** Asks each call's policy. The calls to repeat are sent together, after the longest of their delays. */
const repeat = (dispatch: Dispatch, batch: Batch, failed: ReadonlyArray<Failed>): Effect.Effect<void> => {
  let wait = -1
  let slowest: Pending | undefined
  const ask = ({ call, failure, outcome }: Failed): Effect.Effect<void> => {
    const { allowed } = call
    call.isInFlight = false
    call.allowed = undefined
    call.setTimer(call.call.deadline, dispatch.onTimer)
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
  const waiting = async<void, never>((wake) => {
    dispatch.paused(batch)
    const cancel = schedule(slowest.clock, wait, () => wake(Effect.void))
    batch.wake = () => {
      cancel()
      wake(Effect.void)
    }
    return Effect.sync(cancel)
  })
  return Effect.zipRight(
    waiting,
    Effect.suspend(() => (hasSlot && batch.open > 0 ? dispatch.slot(batch) : Effect.void))
  )
}
