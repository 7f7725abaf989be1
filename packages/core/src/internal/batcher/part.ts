/** Calls of a flight that go together. */
import type * as Effect from "effect/Effect"
import type { Carrier, Entry } from "./entry.js"

/** An array and a count, and no set: thousands go in and are done one by one. */
export class Part implements Carrier {
  readonly #entries: Array<Entry> = []
  readonly #onLeave: (part: Part) => Effect.Effect<void>
  /** Calls whose outcome is open. */
  open = 0

  /** The effect of `onLeave` waits for what had to be broken off with a call that is done. */
  constructor(onLeave: (part: Part) => Effect.Effect<void>) {
    this.#onLeave = onLeave
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.open++
    entry.carrier = this
  }

  leave(): Effect.Effect<void> {
    this.open--
    return this.#onLeave(this)
  }

  /** The calls whose outcome is open. */
  get entries(): ReadonlyArray<Entry> {
    return this.open === this.#entries.length ? this.#entries : this.#entries.filter(({ isDone }) => !isDone)
  }
}
