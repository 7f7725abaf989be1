/**
 * Queued calls, in order within each channel. A call with several channels is in the queue of each. It leaves when it is
 * first in all of them and no batch in flight uses any of them. So it blocks only its own channels.
 */
import type { Batch, Pending } from "./Pending.js"

/** First in, first out. Calls that gave up stay until they are the majority, and are skipped. */
class Queue {
  #calls: Array<Pending | undefined> = []
  #next = 0
  #gone = 0

  get first(): Pending | undefined {
    while (this.#calls[this.#next]?.state === "settled") this.shift()
    return this.#calls[this.#next]
  }

  push(call: Pending): void {
    this.#calls.push(call)
  }

  shift(): void {
    // Drop the reference: otherwise the garbage collector copies thousands of calls that have left the queue.
    this.#calls[this.#next++] = undefined
    if (this.#next < this.#calls.length && (this.#next < 1000 || this.#next * 2 < this.#calls.length)) return
    this.#calls = this.#calls.slice(this.#next)
    this.#next = 0
  }

  /** Counts a call that gave up. */
  leave(): void {
    if (++this.#gone * 2 < this.#calls.length - this.#next) return
    this.#calls = [...this]
    this.#next = this.#gone = 0
  }

  *[Symbol.iterator](): Generator<Pending> {
    for (let i = this.#next; i < this.#calls.length; i++) {
      const call = this.#calls[i]
      if (call !== undefined && call.state !== "settled") yield call
    }
  }
}

export class ChannelQueues {
  /** The batch in flight that uses each channel. */
  readonly #users = new Map<string, Batch>()
  /** The calls that wait for each channel. Most channels never need a queue. */
  readonly #queues = new Map<string, Queue>()
  /** Calls that `draw` has not examined yet. */
  readonly #arrivals = new Queue()
  /** Channels whose first call may leave now. These calls have waited longer than any arrival. */
  readonly #ready = new Set<string>()

  /** The number of channels that batches use, plus the number of channels that calls wait for. */
  get size(): number {
    return this.#users.size + this.#queues.size
  }

  add(call: Pending): void {
    this.#arrivals.push(call)
  }

  /** Removes a call that gave up. Calls behind it may leave now. */
  leave(call: Pending, wasQueued: boolean): void {
    if (!wasQueued) return this.#arrivals.leave()
    for (const name of call.channels) {
      this.#queues.get(name)?.leave()
      if (!this.#users.has(name)) this.#changed(name)
    }
  }

  /** Offers the calls that may leave together, in order, until `take` refuses one. */
  draw(batch: Batch, take: (call: Pending) => boolean): void {
    for (const name of this.#ready) {
      let call = this.#firstOf(name)
      while (call !== undefined && this.#mayLeave(call, batch)) {
        if (!take(call)) return
        for (const own of call.channels) {
          this.#queues.get(own)!.shift()
          this.#use(own, batch)
          if (own !== name) this.#ready.add(own)
        }
        call = this.#firstOf(name)
      }
      this.#ready.delete(name)
      if (call === undefined) this.#queues.delete(name)
    }
    for (let call = this.#arrivals.first; call !== undefined; call = this.#arrivals.first) {
      const mayLeave = this.#mayLeave(call, batch)
      if (mayLeave && !take(call)) return
      this.#arrivals.shift()
      if (!mayLeave) call.state = "queued"
      for (const name of call.channels) {
        if (mayLeave) this.#use(name, batch)
        else this.#queueOf(name).push(call)
      }
    }
  }

  /** Frees channels that `draw` gave to a batch. */
  release(names: Iterable<string>): void {
    for (const name of names) if (this.#users.delete(name)) this.#changed(name)
  }

  /** Iterates over the queued calls. A call with several channels may appear more than once. */
  *[Symbol.iterator](): Generator<Pending> {
    for (const queue of this.#queues.values()) yield* queue
    yield* this.#arrivals
  }

  /** Whether no other batch uses a channel of the call, and no other call waits for one. */
  #mayLeave(call: Pending, batch: Batch): boolean {
    for (const name of call.channels) {
      const user = this.#users.get(name)
      if (user !== undefined && user !== batch) return false
      const first = this.#firstOf(name)
      if (first !== undefined && first !== call) return false
    }
    return true
  }

  #use(name: string, batch: Batch): void {
    if (this.#users.get(name) === batch) return
    this.#users.set(name, batch)
    batch.channels.push(name)
  }

  #firstOf(name: string): Pending | undefined {
    return this.#queues.size === 0 ? undefined : this.#queues.get(name)?.first
  }

  #queueOf(name: string): Queue {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const queue = new Queue()
    this.#queues.set(name, queue)
    return queue
  }

  #changed(name: string): void {
    if (this.#firstOf(name) !== undefined) return void this.#ready.add(name)
    this.#queues.delete(name)
    this.#ready.delete(name)
  }
}
