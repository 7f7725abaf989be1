import * as Effect from "effect/Effect"
import { async } from "../../CentrifugoTransport.js"
import { clearTimeout, setTimeout } from "./timers.js"

/** Limits how many entries are active at a time. Others wait in FIFO order. */
export class Gate<A extends object> {
  readonly #limit: number
  readonly #admit: (entry: A) => void
  readonly #active = new Set<A>()
  readonly #waiting = new Set<A>()
  #onIdle: (() => void) | undefined = undefined

  constructor(limit: number, admit: (entry: A) => void) {
    this.#limit = limit
    this.#admit = admit
  }

  /**
   * Adds an entry. Returns whether it is active at once. If not, it waits until the gate admits it or until it
   * leaves.
   */
  enter(entry: A): boolean {
    const isActive = this.#active.size < this.#limit
    ;(isActive ? this.#active : this.#waiting).add(entry)
    return isActive
  }

  /** Removes an entry, active or waiting, and admits the next one. */
  leave(entry: A): void {
    if (!this.#active.delete(entry)) {
      this.#waiting.delete(entry)
      return
    }
    const [next] = this.#waiting
    if (next !== undefined) {
      this.#waiting.delete(next)
      this.#active.add(next)
      this.#admit(next)
    } else if (this.#active.size === 0) {
      this.#onIdle?.()
    }
  }

  /** All entries: active ones first, then waiting ones in FIFO order. */
  entries(): Array<A> {
    return [...this.#active, ...this.#waiting]
  }

  /** Waits until no entry is left, for at most `millis` milliseconds of real time. */
  idle(millis: number): Effect.Effect<void> {
    return async((resume) => {
      if (this.#active.size === 0) return resume(Effect.void)
      const timer = setTimeout(() => resume(Effect.void), millis)
      this.#onIdle = () => {
        clearTimeout(timer)
        resume(Effect.void)
      }
    })
  }
}
