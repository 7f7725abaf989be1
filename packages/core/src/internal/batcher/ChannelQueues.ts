/**
 * Queued calls, in order within each channel. A call with several channels stands in the queue of each. It leaves when
 * it is first in all of them and no batch in flight uses one, so it holds up its own channels only.
 */
import type { Batch, Pending } from "./Pending.js"

/** First in, first out. Calls that gave up stay until they are the majority, and are skipped. */
class Queue {
  #calls: Array<Pending | undefined> = []
  #next = 0
  #gone = 0

  get first(): Pending | undefined {
    while (this.#calls[this.#next]?.isDone === true) this.shift()
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
      if (call?.isDone === false) yield call
    }
  }
}

interface Channel {
  readonly name: string
  /** The batch in flight that uses the channel. */
  user: Batch | undefined
  /** Created for the first call that waits; most channels never need a queue. */
  queue: Queue | undefined
}

export class ChannelQueues {
  readonly #channels = new Map<string, Channel>()
  /** Calls that `draw` has not examined yet. */
  readonly #arrivals = new Queue()
  /** Channels whose first call may leave now. These calls have waited longer than any arrival. */
  readonly #ready = new Set<Channel>()

  /** The number of channels that a batch uses or a call waits for. */
  get size(): number {
    return this.#channels.size
  }

  add(call: Pending): void {
    this.#arrivals.push(call)
  }

  /** Removes a call that gave up; those behind it may leave now. */
  leave(call: Pending): void {
    if (!call.isQueued) return this.#arrivals.leave()
    for (const name of call.channels) {
      const channel = this.#channels.get(name)
      if (channel === undefined) continue
      channel.queue?.leave()
      if (channel.user === undefined) this.#changed(channel)
    }
  }

  /** Offers the calls that may leave together, in order, until `take` refuses one. */
  draw(batch: Batch, take: (call: Pending) => boolean): void {
    for (const channel of this.#ready) {
      for (
        let call = firstOf(channel);
        call !== undefined && this.#isFirst(call, batch);
        call = firstOf(channel)
      ) {
        if (!take(call)) return
        for (const name of call.channels) {
          const own = this.#channels.get(name)!
          own.queue!.shift()
          use(own, batch)
          if (own !== channel) this.#ready.add(own)
        }
      }
      this.#ready.delete(channel)
      if (channel.user === undefined && firstOf(channel) === undefined) this.#channels.delete(channel.name)
    }
    for (let call = this.#arrivals.first; call !== undefined; call = this.#arrivals.first) {
      const mayLeave = this.#isUnhindered(call, batch)
      if (mayLeave && !take(call)) return
      this.#arrivals.shift()
      for (const name of call.channels) {
        const channel = this.#channelOf(name)
        if (mayLeave) use(channel, batch)
        else (channel.queue ??= new Queue()).push(call)
      }
      call.isQueued = !mayLeave
    }
  }

  /** Frees channels that `draw` gave to a batch. */
  release(names: Iterable<string>): void {
    for (const name of names) {
      const channel = this.#channels.get(name)
      if (channel === undefined) continue
      channel.user = undefined
      this.#changed(channel)
    }
  }

  /** Iterates over the queued calls. A call with several channels may appear more than once. */
  *[Symbol.iterator](): Generator<Pending> {
    for (const { queue } of this.#channels.values()) if (queue !== undefined) yield* queue
    yield* this.#arrivals
  }

  /** Whether no other batch and no queued call uses a channel of an arrival. A plain loop, because every call runs it. */
  #isUnhindered({ channels }: Pending, batch: Batch): boolean {
    for (const name of channels) {
      const channel = this.#channels.get(name)
      if (channel !== undefined && !(isFree(channel, batch) && firstOf(channel) === undefined)) return false
    }
    return true
  }

  #isFirst(call: Pending, batch: Batch): boolean {
    return call.channels.every((name) => {
      const channel = this.#channels.get(name)!
      return isFree(channel, batch) && firstOf(channel) === call
    })
  }

  #channelOf(name: string): Channel {
    const known = this.#channels.get(name)
    if (known !== undefined) return known
    const channel = { name, user: undefined, queue: undefined }
    this.#channels.set(name, channel)
    return channel
  }

  #changed(channel: Channel): void {
    if (firstOf(channel) !== undefined) return void this.#ready.add(channel)
    this.#channels.delete(channel.name)
    if (this.#ready.size > 0) this.#ready.delete(channel)
  }
}

const firstOf = ({ queue }: Channel): Pending | undefined => queue?.first

const isFree = ({ user }: Channel, batch: Batch): boolean => user === undefined || user === batch

const use = (channel: Channel, batch: Batch): void => {
  if (channel.user === batch) return
  channel.user = batch
  batch.channels.push(channel.name)
}
