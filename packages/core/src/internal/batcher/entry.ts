/** One call of a batcher, from its arrival to its outcome. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Phase, TransportError } from "../../CentrifugoError.js"
import type { Call } from "../../CentrifugoTransport.js"
import type { Reply } from "../codec/Reply.js"
import type { Alarm, Sleeper } from "./alarms.js"
import type { Linked } from "./queue.js"

/** Goes on with an outcome, or with work that leads to one. */
export type Resume = (work: Effect.Effect<Reply, TransportError>) => void

/** What carries calls once they have left the lanes. */
export interface Carrier {
  /** Goes on without a call that is done; the effect waits for what had to be broken off. */
  leave(): Effect.Effect<void>
}

/** What a batcher asks of a call. */
export type Carried = Omit<Call, "headers">

export abstract class Entry implements Linked<Entry>, Sleeper<Entry> {
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

  abstract readonly call: Carried
  /** Whose clock, context and span count. */
  abstract readonly fiber: Fiber.RuntimeFiber<unknown, unknown>
  /** How many milliseconds it had until its deadline when it arrived. */
  abstract readonly patience: number
  /** The call as it is sent when it is not in a batch. */
  abstract alone(): Call
  /** Tells the answer. */
  abstract succeed(reply: Reply): void
  /** Tells that there is none. */
  abstract fail(cause: Cause.Cause<TransportError>): void
  /** Of a fiber that waits for nothing but this, which can do the sending itself: once each time it waits. */
  resume: Resume | undefined = undefined

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
