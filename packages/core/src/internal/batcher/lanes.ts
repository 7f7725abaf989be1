/**
 * Where calls wait, so that those of one channel are sent in the order in which they came: a channel is
 * owned by whatever carries calls of it. A call is looked at once when its turn comes, and once more when
 * its channel is free, however many wait.
 */
import type { Entry } from "./entry.js"
import { Queue, unlink } from "./queue.js"

export interface Owner {
  /** What it owns, for it to release. */
  channels: Array<string>
}

/** A channel that calls wait for. Most have none, and are an owner alone: there are thousands. */
class Lane {
  /** Those whose turn came while it was owned. */
  readonly parked = new Queue<Entry>()
  constructor(
    readonly channel: string,
    public owner: Owner | undefined
  ) {}
}

type Held = Owner | Lane

const ownerOf = (held: Held): Owner | undefined => (held instanceof Lane ? held.owner : held)

export class Lanes {
  readonly #held = new Map<string, Held>()
  readonly #arrivals = new Queue<Entry>()
  /** Lanes that nobody owns any more and somebody waits in: for longer than any of the arrivals. */
  readonly #freed = new Set<Lane>()
  /** How many channels are lanes. */
  #parking = 0

  /** Channels that are owned or waited for. */
  get size(): number {
    return this.#held.size
  }

  add(entry: Entry): void {
    this.#arrivals.push(entry)
  }

  /** Offers all calls that may go together now, in order, until `take` refuses one. */
  draw(owner: Owner, take: (entry: Entry) => boolean): void {
    if (this.#drawParked(owner, take)) this.#drawArrivals(owner, take)
  }

  /** Lets others have channels that `draw` has given to an owner. */
  release(channels: Iterable<string>): void {
    for (const channel of channels) {
      const held = this.#parking === 0 ? undefined : this.#held.get(channel)
      if (held instanceof Lane && held.parked.first !== undefined) {
        held.owner = undefined
        this.#freed.add(held)
      } else this.#forget(channel, held)
    }
  }

  /** Every call that waits here. */
  *[Symbol.iterator](): Generator<Entry> {
    for (const held of this.#held.values()) if (held instanceof Lane) yield* held.parked
    yield* this.#arrivals
  }

  #drawParked(owner: Owner, take: (entry: Entry) => boolean): boolean {
    for (const lane of this.#freed) {
      let entry = lane.parked.first
      // They may all have given up by now.
      if (entry === undefined) this.#forget(lane.channel, lane)
      while (entry !== undefined && take(entry)) {
        unlink(entry)
        if (lane.owner === undefined) {
          lane.owner = owner
          owner.channels.push(lane.channel)
        }
        entry = lane.parked.first
      }
      if (entry === undefined || lane.owner === owner) this.#freed.delete(lane)
      if (entry !== undefined) return false
    }
    return true
  }

  #drawArrivals(owner: Owner, take: (entry: Entry) => boolean): void {
    for (let entry = this.#arrivals.first; entry !== undefined; entry = this.#arrivals.first) {
      const { channels } = entry.call
      const [channel] = channels
      if (channel !== undefined && channels.length === 1) {
        const held = this.#held.get(channel)
        if (held === undefined || ownerOf(held) === owner) {
          if (!take(entry)) return
          unlink(entry)
          if (held === undefined) this.#own(channel, owner)
        } else {
          unlink(entry)
          this.#laneOf(channel, held).parked.push(entry)
        }
      } else {
        // Nothing passes a call that waits for several lanes, or it would fall behind in some of them.
        if (this.#isOwnedByAnother(channels, owner) || !take(entry)) return
        unlink(entry)
        for (const channel of channels) if (!this.#held.has(channel)) this.#own(channel, owner)
      }
    }
  }

  #isOwnedByAnother(channels: ReadonlyArray<string>, owner: Owner): boolean {
    return channels.some((channel) => {
      const held = this.#held.get(channel)
      return held !== undefined && ownerOf(held) !== owner
    })
  }

  #own(channel: string, owner: Owner): void {
    this.#held.set(channel, owner)
    owner.channels.push(channel)
  }

  #laneOf(channel: string, held: Held): Lane {
    if (held instanceof Lane) return held
    const lane = new Lane(channel, held)
    this.#held.set(channel, lane)
    this.#parking++
    return lane
  }

  #forget(channel: string, held: Held | undefined): void {
    if (held instanceof Lane) this.#parking--
    this.#held.delete(channel)
  }
}
