/** Counts calls that begin and end by the thousand: those of a kind, at a time, in one go. */
import * as meter from "../meter.js"

interface Begun {
  readonly method: string
  count: number
}

interface Ended extends Begun {
  readonly seconds: number
  readonly outcome: string
}

export class Tally {
  #begun: Begun | undefined = undefined
  #ended: Ended | undefined = undefined

  begin(method: string): void {
    if (this.#begun?.method === method) this.#begun.count++
    else {
      this.tell()
      this.#begun = { method, count: 1 }
    }
  }

  end(method: string, seconds: number, outcome: string): void {
    const last = this.#ended
    if (last?.method === method && last.seconds === seconds && last.outcome === outcome) last.count++
    else {
      this.tell()
      this.#ended = { method, seconds, outcome, count: 1 }
    }
  }

  /** What began before what ended, or fewer than none would be in flight. */
  tell(): void {
    if (this.#begun !== undefined) meter.begin(this.#begun.method, this.#begun.count)
    this.#begun = undefined
    if (this.#ended === undefined) return
    const { count, method, outcome, seconds } = this.#ended
    this.#ended = undefined
    meter.end(method, seconds, outcome, count)
  }
}
