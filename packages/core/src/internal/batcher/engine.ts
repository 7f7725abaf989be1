/**
 * What a batcher does: calls wait in lanes, leave in flights, of which so many are under way at a time,
 * and each is settled once. Needs no fiber per call.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type { TimeoutError, TransportError } from "../../CentrifugoError.js"
import type { Call, Service } from "../../CentrifugoTransport.js"
import type { Reply } from "../codec/Reply.js"
import { countWaiting } from "../call/meter.js"
import { Alarms } from "./alarms.js"
import type { Entry } from "./entry.js"
import { closedError, timeoutError } from "./errors.js"
import { type Base, Flight } from "./flight.js"
import { Lanes } from "./lanes.js"
import { unlink } from "./queue.js"

export interface Limits {
  readonly maxSize: number
  readonly maxBytes: number
  readonly concurrency: number
}

export class Engine implements Base {
  readonly alarms = new Alarms<Entry>((entry, at) => this.#ring(entry, at))
  readonly #lanes = new Lanes()
  readonly #flights = new Set<Flight>()
  /** Flights with something to send again, as soon as there is a place. */
  readonly #due: Array<Flight> = []
  #departed = 0
  #waiting = 0
  /** How many of these the metric knows of, which is there from the first call on, also where nobody waits. */
  #counted: number | undefined = undefined
  /** Since something was sent, or could have been. */
  #arrived = 0
  #isScheduled = false
  #isFlushing = false
  isClosed = false
  #onIdle: (() => void) | undefined = undefined

  constructor(
    readonly transport: Service,
    readonly limits: Limits,
    readonly runtime: Runtime.Runtime<never>,
    readonly headers: Call["headers"] = {}
  ) {}

  /** Calls that have not left yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** Everything of which nothing may be left over. */
  get counts() {
    return {
      waiting: this.#waiting,
      lanes: this.#lanes.size,
      flights: this.#flights.size,
      departed: this.#departed,
      alarms: this.alarms.size
    }
  }

  add(entry: Entry): void {
    this.#waiting++
    this.#lanes.add(entry)
    this.alarms.set(entry, entry.call.deadline)
    // A full batch has nobody to wait for, and the server can begin.
    if (++this.#arrived >= this.limits.maxSize) this.flush()
    else this.#schedule()
  }

  /** For a call whose caller has gone; the effect waits for what was broken off with it. */
  readonly drop = (entry: Entry): Effect.Effect<void> => this.#finish(entry) ?? Effect.void

  readonly succeed = (entry: Entry, reply: Reply): void => {
    if (this.#finish(entry) !== undefined) entry.succeed(reply)
  }

  readonly fail = (entry: Entry, cause: Cause.Cause<TransportError>): void => {
    if (this.#finish(entry) !== undefined) entry.fail(cause)
  }

  /** Sends at once what may be sent. */
  flush(): void {
    // One that lands as it departs must not send the next from inside of this.
    if (this.#isFlushing) return
    this.#isFlushing = true
    this.#arrived = 0
    try {
      while (this.#departed < this.limits.concurrency) {
        const flight = this.#due.shift() ?? this.#board()
        if (flight === undefined) break
        this.#departed++
        flight.depart()
      }
    } finally {
      this.#isFlushing = false
    }
    this.#count()
    this.#checkIdle()
  }

  /**
   * Waits for the calls that are here, for so many milliseconds of real time, and then fails them. What
   * callers are sending themselves is theirs, and the transport's, to end.
   */
  close(millis: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (millis > 0) return Effect.zipRight(this.#idle(millis), this.close(0))
      this.isClosed = true
      for (const entry of [...this.#lanes, ...[...this.#flights].flatMap((flight) => [...flight])]) {
        this.fail(entry, Cause.fail(closedError(entry.call.method, entry.phase)))
      }
      return this.#idle()
    })
  }

  readonly release = (channels: Iterable<string>): void => this.#lanes.release(channels)

  readonly paused = (): void => {
    this.#departed--
    this.#schedule()
  }

  readonly due = (flight: Flight): void => {
    this.#due.push(flight)
    this.#schedule()
  }

  readonly landed = (flight: Flight): void => {
    this.#departed--
    this.#flights.delete(flight)
    this.#lanes.release(flight.channels)
    this.flush()
  }

  /** In a microtask, so that those who call at the same time go together and a lone call does not wait. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.flush()
    })
  }

  #board(): Flight | undefined {
    if (this.#waiting === 0) return undefined
    const flight = new Flight(this)
    this.#lanes.draw(flight, flight.take)
    const { size } = flight
    if (size === 0) return undefined
    this.#waiting -= size
    this.#flights.add(flight)
    return flight
  }

  /** Takes a call out of all that holds it, the first time. */
  #finish(entry: Entry): Effect.Effect<void> | undefined {
    if (entry.isDone) return undefined
    entry.isDone = true
    this.alarms.clear(entry)
    if (entry.carrier !== undefined) return entry.carrier.leave()
    unlink(entry)
    this.#waiting--
    this.#count()
    this.#checkIdle()
    return Effect.void
  }

  /** Those who come and leave at the same time have not waited, and cost the metric nothing. */
  #count(): void {
    if (this.#counted === this.#waiting) return
    countWaiting(this.#waiting - (this.#counted ?? 0))
    this.#counted = this.#waiting
  }

  #ring(entry: Entry, at: number): void {
    const { deadline, timeout } = entry.call
    if (at >= deadline) this.fail(entry, Cause.fail(timeoutError(entry, entry.patience)))
    else this.#late(entry, timeoutError(entry, timeout))
  }

  /**
   * One attempt of a call has taken too long, while its batch may go on for others. Sending it again
   * elsewhere would break the order, so its further attempts are for the same batch, too.
   */
  #late(entry: Entry, error: TimeoutError): void {
    const { attempts, deadline, timeout } = entry.call
    const again = Effect.matchCause(attempts.next(error), {
      onFailure: (cause) => this.fail(entry, cause),
      onSuccess: (delay) => {
        if (delay === undefined) return this.fail(entry, Cause.fail(error))
        if (entry.isDone || !entry.isUnderway) return
        entry.granted = delay
        this.alarms.set(entry, Math.min(deadline, entry.now() + delay + timeout))
      }
    })
    Runtime.runFork(this.runtime, again)
  }

  #idle(millis?: number): Effect.Effect<void> {
    return Effect.async((resume) => {
      const timer = millis === undefined ? undefined : setTimeout(() => resume(Effect.void), millis)
      this.#onIdle = () => {
        clearTimeout(timer)
        resume(Effect.void)
      }
      this.#checkIdle()
    })
  }

  #checkIdle(): void {
    if (this.#onIdle === undefined || this.#waiting > 0) return
    if ([...this.#flights].every(({ isLent }) => isLent)) this.#onIdle()
  }
}
