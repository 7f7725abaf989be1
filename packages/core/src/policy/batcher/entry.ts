/** One call of a batcher, from its arrival to its outcome. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Phase, TransportError } from "../../errors/CentrifugoError.js"
import type { Call } from "../../transport/Transport.js"
import { commandSize } from "../../wire/batch.js"
import type { Reply } from "../../wire/Reply.js"
import type { Alarm, Sleeper } from "./alarms.js"
import type { Linked } from "./queue.js"

/** Goes on with an outcome, or with work that leads to one. */
export type Resume = (work: Effect.Effect<Reply, TransportError>) => void

/** What carries calls once they have left the lanes. */
export interface Carrier {
  /** Goes on without a call that is done; the effect waits for what had to be broken off. */
  leave(): Effect.Effect<void>
}

export class Entry implements Linked<Entry>, Sleeper<Entry> {
  before: Linked<Entry> | undefined = undefined
  after: Linked<Entry> | undefined = undefined
  isDone = false
  /** Undefined while it waits in the lanes. */
  carrier: Carrier | undefined = undefined
  alarm: Alarm<Entry> | undefined = undefined
  /** An attempt is under way. */
  isUnderway = false
  /** What its policy has already said to the next attempt: after how many milliseconds. */
  granted: number | undefined = undefined
  /** The bytes it takes in a batch. */
  readonly size: number
  /** How many milliseconds it had until its deadline when it arrived. */
  readonly patience: number

  constructor(
    readonly call: Call,
    /** Whose clock, context and span count. */
    readonly fiber: Fiber.RuntimeFiber<unknown, unknown>,
    /** Of a fiber that waits for nothing but this, which can do the sending itself: once each time it waits. */
    public resume?: Resume
  ) {
    this.size = commandSize(call.method, call.body)
    this.patience = call.deadline === Infinity ? Infinity : call.deadline - this.now()
  }

  /** Tells the answer. */
  succeed(reply: Reply): void {
    this.resume?.(Effect.succeed(reply))
  }

  /** Tells that there is none. */
  fail(cause: Cause.Cause<TransportError>): void {
    this.resume?.(Effect.failCause(cause))
  }

  get clock(): Clock.Clock {
    return Context.get(this.fiber.currentDefaultServices, Clock.Clock)
  }

  now(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  /** How long an attempt may take that begins now. */
  left(): number {
    const { deadline, timeout } = this.call
    return deadline === Infinity ? timeout : Math.max(0, Math.min(timeout, deadline - this.now()))
  }

  hasClockOf(other: Entry): boolean {
    return (
      this.fiber.currentDefaultServices === other.fiber.currentDefaultServices || this.clock === other.clock
    )
  }

  /** What is known of the present attempt, should it end now. */
  get phase(): Phase {
    return this.isUnderway ? "unknown" : "queued"
  }
}
