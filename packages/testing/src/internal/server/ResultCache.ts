/** Results by idempotency key: a repeated call within five minutes gets the first result. */
import { Deadlines } from "./Deadlines.js"
import { type Position } from "./Stream.js"

const lifetime = 300_000

export class ResultCache {
  readonly #results = new Map<string, Position>()
  readonly #ends = new Deadlines<string>()

  /** Removes expired results. */
  advance(now: number): void {
    for (const due of this.#ends.takeDue(now)) this.#results.delete(due)
  }

  find(key: string): Position | undefined {
    return this.#results.get(key)
  }

  save(key: string, position: Position, now: number): void {
    this.#results.set(key, position)
    this.#ends.set(key, now + lifetime)
  }
}
