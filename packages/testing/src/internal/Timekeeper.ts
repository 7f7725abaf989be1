/** Advances the server's time while fibers wait for events, with one timer per clock for all of them. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

interface Timer {
  readonly clock: Clock.Clock
  waiting: number
  /** When the timer fires, `Infinity` for never. */
  at: number
  stop: () => void
}

/** The longest delay of `setTimeout`, in milliseconds. A longer one fires at once. */
const longestTimer = 2_147_483_647

export class Timekeeper {
  readonly #timers = new Map<Clock.Clock, Timer>()
  constructor(
    /** When the next expiry is due. */
    readonly next: () => number,
    readonly advance: (now: number) => void
  ) {}

  /** Starts a wait on the fiber's clock, and returns a function that ends it. */
  wait(fiber: AnyFiber): () => void {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const timer = this.#timers.get(clock) ?? { clock, waiting: 0, at: Infinity, stop: () => {} }
    this.#timers.set(clock, timer)
    if (timer.waiting++ === 0) this.#set(timer)
    let isWaiting = true
    return () => {
      // An interruption may arrive after the wait has ended.
      if (!isWaiting) return
      isWaiting = false
      if (--timer.waiting > 0) return
      timer.stop()
      this.#timers.delete(clock)
    }
  }

  /** Call this after every change: the change can add an earlier expiry. */
  check(): void {
    for (const timer of this.#timers.values()) if (this.next() < timer.at) this.#set(timer)
  }

  #set(timer: Timer): void {
    timer.stop()
    timer.at = this.next()
    if (timer.at === Infinity) return
    const { clock } = timer
    const ring = () => {
      this.advance(clock.unsafeCurrentTimeMillis())
      // Advancing can end the last wait.
      if (timer.waiting > 0) this.#set(timer)
    }
    const millis = Math.max(0, timer.at - clock.unsafeCurrentTimeMillis())
    timer.stop = CentrifugoTransport.schedule(clock, Math.min(millis, longestTimer), ring)
  }
}
