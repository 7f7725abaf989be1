/** Lets the server's time pass while somebody waits for what it brings: one timer for all who wait on a clock. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Transport from "@effect-centrifugo/core/CentrifugoTransport"

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

interface Timer {
  readonly fiber: AnyFiber
  readonly clock: Clock.Clock
  waiting: number
  /** When it fires, `Infinity` for never. */
  at: number
  stop: () => void
}

/** A timer set for longer than this fires at once. */
const longestTimer = 2_147_483_647

export class Timekeeper {
  readonly #timers = new Map<Clock.Clock, Timer>()
  constructor(
    /** When something ends next. */
    readonly next: () => number,
    readonly advance: (now: number) => void
  ) {}

  /** Begins to wait on the fiber's clock, and returns what ends that. */
  wait(fiber: AnyFiber): () => void {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const timer = this.#timers.get(clock) ?? { fiber, clock, waiting: 0, at: Infinity, stop: () => {} }
    this.#timers.set(clock, timer)
    if (timer.waiting++ === 0) this.#set(timer)
    let isWaiting = true
    return () => {
      // An interruption may come after the wait has ended.
      if (!isWaiting) return
      isWaiting = false
      if (--timer.waiting > 0) return
      timer.stop()
      this.#timers.delete(clock)
    }
  }

  /** To be called after every change, which may have brought an earlier end. */
  check(): void {
    for (const timer of this.#timers.values()) if (this.next() < timer.at) this.#set(timer)
  }

  #set(timer: Timer): void {
    timer.stop()
    timer.at = this.next()
    if (timer.at === Infinity) return
    const { clock, fiber } = timer
    const ring = () => {
      this.advance(clock.unsafeCurrentTimeMillis())
      // Advancing may have ended the last wait.
      if (timer.waiting > 0) this.#set(timer)
    }
    const millis = Math.max(0, timer.at - clock.unsafeCurrentTimeMillis())
    timer.stop = Transport.schedule(fiber, Math.min(millis, longestTimer), ring)
  }
}
