/**
 * Calls that left the lanes together, until each has its outcome. They are sent in parts, one after the
 * other: what has to be sent again, or in halves, stays before all that waits for the same lanes.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import type { TransportError } from "../../CentrifugoError.js"
import { type Call, schedule, type Service } from "../../CentrifugoTransport.js"
import { commandSize, commandSizeAtMost, emptySize } from "../codec/batch.js"
import type { Reply } from "../codec/Reply.js"
import { within } from "../call/retrying.js"
import { carried } from "../call/spans.js"
import type { Alarms } from "./alarms.js"
import { batchOf } from "./batchOf.js"
import { deliver } from "./deliver.js"
import type { Entry, Resume } from "./entry.js"
import { attemptError, isRefusedUnread } from "./errors.js"
import type { Owner } from "./lanes.js"
import { Part } from "./part.js"

/** Where flights start from and come back to. */
export interface Base {
  readonly transport: Service
  readonly limits: { readonly maxSize: number; readonly maxBytes: number }
  /** Headers of every batch. */
  readonly headers: Call["headers"]
  /** Where batches run, because they are nobody's in particular. */
  readonly runtime: Runtime.Runtime<never>
  readonly alarms: Alarms<Entry>
  /** Gives a call its answer, unless it has an outcome. */
  readonly succeed: (entry: Entry, reply: Reply) => void
  readonly fail: (entry: Entry, cause: Cause.Cause<TransportError>) => void
  /** Takes note that a call has its outcome. */
  readonly drop: (entry: Entry) => void
  /** Nothing is sent again. */
  readonly isClosed: boolean
  readonly release: (channels: Iterable<string>) => void
  /** It sends nothing until it is due again. */
  readonly paused: () => void
  /** It has something to send, and wants to be told to depart. */
  readonly due: (flight: Flight) => void
  readonly landed: (flight: Flight) => void
}

export class Flight implements Owner {
  channels: Array<string> = []
  #parts: Array<Part>
  /** Of the first part: exactly, or at most as many. */
  #bytes = emptySize
  #isExact = false
  #isFull = false
  /** What is under way for the first part. */
  #fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined = undefined
  /** Ends the time that it waits before it sends the first part again. */
  #callOffPause: (() => void) | undefined = undefined
  #isPaused = false
  /** The first part is one call, and its caller is sending it. */
  #isLent = false
  readonly #base: Base

  constructor(base: Base) {
    this.#base = base
    this.#parts = [new Part(this.#onLeave)]
  }

  get size(): number {
    return this.#parts.reduce((sum, { open }) => sum + open, 0)
  }

  /** Whether its only call is in its caller's hands, which will bring the outcome. */
  get isLent(): boolean {
    return this.#isLent && this.#parts.length === 1
  }

  /** Those whose outcome is open, and not in their caller's hands. */
  *[Symbol.iterator](): Generator<Entry> {
    for (const part of this.#isLent ? this.#parts.slice(1) : this.#parts) yield* part.entries
  }

  /** Takes one more call along, if it fits in. */
  readonly take = (entry: Entry): boolean => {
    const part = this.#parts[0]!
    const { maxBytes, maxSize } = this.#base.limits
    const { batchable } = entry.call
    if (this.#isFull || (part.open > 0 && !batchable)) return false
    let bytes = this.#bytesWith(entry)
    if (bytes > maxBytes && part.open > 0 && !this.#isExact) {
      this.#count(part)
      bytes = this.#bytesWith(entry)
    }
    if (bytes > maxBytes && part.open > 0) return false
    part.add(entry)
    this.#bytes = bytes
    this.#isFull = !batchable || part.open >= maxSize
    return true
  }

  #bytesWith({ call: { body, method } }: Entry): number {
    return this.#bytes + (this.#isExact ? commandSize(method, body) : commandSizeAtMost(method, body))
  }

  /** Only where it comes close: looking at every character is the dearest part of taking a call. */
  #count({ entries }: Part): void {
    this.#isExact = true
    this.#bytes = entries.reduce((sum, { call }) => sum + commandSize(call.method, call.body), emptySize)
  }

  readonly #onLeave = (part: Part): Effect.Effect<void> => {
    if (part.open > 0 || part !== this.#parts[0]) return Effect.void
    // Nobody waits any more for what is under way.
    if (this.#isPaused) {
      this.#callOffPause?.()
      this.#resume()
    }
    if (this.#isLent) {
      // It has been broken off already, because it was the caller's fiber that did it.
      this.#isLent = false
      this.depart()
      return Effect.void
    }
    const fiber = this.#fiber
    if (fiber === undefined) return Effect.void
    fiber.unsafeInterruptAsFork(FiberId.none)
    return Effect.asVoid(Fiber.await(fiber))
  }

  /** Sends the next part, or lands. */
  depart(): void {
    while (this.#parts[0]?.open === 0) this.#parts.shift()
    const [part] = this.#parts
    if (part === undefined) return this.#base.landed(this)
    const { entries } = part
    for (const entry of entries) entry.isUnderway = true
    const [first] = entries
    if (first === undefined || entries.length > 1) return this.#send(part, entries)
    // Its attempt ends with its deadline, so the transport's timer is enough.
    this.#base.alarms.clear(first)
    const { transport } = this.#base
    const call = within(first.alone(), first.now())
    if (first.resume !== undefined) return this.#lend(part, first, first.resume, transport.send(call))
    this.#run(carried(transport, call, entries), (exit) => this.#arrive(part, entries, exit))
  }

  #send(part: Part, entries: ReadonlyArray<Entry>): void {
    const { alarms, headers, transport } = this.#base
    const { call, clock } = batchOf(entries, headers, alarms)
    this.#run(Effect.withClock(carried(transport, call, entries), clock), (exit) =>
      this.#arrive(part, entries, exit)
    )
  }

  /** The caller's own fiber sends its call: in its own context, and without the cost of one fiber more. */
  #lend(part: Part, entry: Entry, resume: Resume, sending: Effect.Effect<Reply, TransportError>): void {
    this.#isLent = true
    resume(
      Effect.matchCauseEffect(sending, {
        onSuccess: (reply) => {
          this.#isLent = false
          this.#parts.shift()
          this.#base.drop(entry)
          this.depart()
          return Effect.succeed(reply)
        },
        onFailure: (cause) =>
          Effect.async((resume) => {
            this.#isLent = false
            entry.resume = resume
            this.#arrive(part, [entry], Exit.failCause(cause))
          })
      })
    )
  }

  #run<A, E>(effect: Effect.Effect<A, E>, then: (exit: Exit.Exit<A, E>) => void): void {
    const fiber = Runtime.runFork(this.#base.runtime, effect)
    this.#fiber = fiber
    fiber.addObserver((exit) => {
      this.#fiber = undefined
      then(exit)
    })
  }

  #arrive(part: Part, entries: ReadonlyArray<Entry>, exit: Exit.Exit<Reply, TransportError>): void {
    if (Exit.isSuccess(exit)) {
      this.#parts.shift()
      // What is next goes to the server first, which would wait as long as thousands of outcomes take.
      this.depart()
      return deliver(exit.value, entries, this.#base)
    }
    const error = Cause.failureOption(exit.cause)
    if (Option.isNone(error)) return this.#lose(part, exit.cause)
    for (const entry of part.entries) {
      entry.isUnderway = false
      this.#base.alarms.set(entry, entry.call.deadline)
    }
    if (entries.length > 1 && isRefusedUnread(error.value)) this.#split(part)
    else this.#askAll(part, error.value)
  }

  #split(part: Part): void {
    const middle = Math.ceil(part.open / 2)
    const halves = [new Part(this.#onLeave), new Part(this.#onLeave)] as const
    part.entries.forEach((entry, i) => halves[i < middle ? 0 : 1].add(entry))
    this.#parts.splice(0, 1, ...halves)
    this.depart()
  }

  /** Each call's own policy says whether there is another attempt, and when; the slowest sets the time. */
  #askAll(part: Part, error: TransportError): void {
    let wait = -1
    let slowest: Entry | undefined
    const ask = (entry: Entry): Effect.Effect<void> => {
      const own = attemptError(error, entry)
      const next =
        entry.granted === undefined && !this.#base.isClosed
          ? entry.call.attempts.next(own)
          : Effect.succeed(entry.granted)
      return Effect.map(next, (delay) => {
        entry.granted = undefined
        if (delay === undefined) {
          this.#base.fail(entry, Cause.fail(own))
        } else if (delay > wait) {
          wait = delay
          slowest = entry
        }
      })
    }
    this.#run(Effect.forEach(part.entries, ask, { discard: true }), (exit) => {
      if (Exit.isFailure(exit)) this.#lose(part, exit.cause)
      else if (part.open === 0 || slowest === undefined) this.depart()
      else this.#pause(slowest, wait)
    })
  }

  #pause(slowest: Entry, wait: number): void {
    this.#releaseUnneeded()
    this.#isPaused = true
    this.#base.paused()
    this.#callOffPause = schedule(slowest.fiber, wait, () => this.#resume())
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#base.due(this)
  }

  #releaseUnneeded(): void {
    const needed = new Set([...this].flatMap(({ call }) => call.channels))
    const { channels } = this
    this.channels = channels.filter((channel) => needed.has(channel))
    this.#base.release(channels.filter((channel) => !needed.has(channel)))
  }

  /** A defect is everyone's; where nobody is left, it was an interruption of ours. */
  #lose(part: Part, cause: Cause.Cause<TransportError>): void {
    for (const entry of part.entries) this.#base.fail(entry, cause)
    this.depart()
  }
}
