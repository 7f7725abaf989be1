/**
 * Where calls wait, so that those of one channel are sent in the order in which they came: a lane per
 * channel, owned by whatever carries calls of it. A call is looked at once when its turn comes, and
 * once more when its lane is free, however many wait.
 */
import type { Entry } from "./entry.js"
import { Queue, unlink } from "./queue.js"

export interface Lane {
  readonly channel: string
  owner: Owner | undefined
  /** Those whose turn came while it was owned. */
  parked: Queue<Entry> | undefined
}

export interface Owner {
  /** What it owns, for it to release. */
  lanes: Array<Lane>
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #arrivals = new Queue<Entry>()
  /** Lanes that nobody owns any more and somebody waits in: for longer than any of the arrivals. */
  readonly #freed = new Set<Lane>()

  get size(): number {
    return this.#lanes.size
  }

  add(entry: Entry): void {
    this.#arrivals.push(entry)
  }

  /** Offers all calls that may go together now, in order, until `take` refuses one. */
  draw(owner: Owner, take: (entry: Entry) => boolean): void {
    if (this.#drawParked(owner, take)) this.#drawArrivals(owner, take)
  }

  /** Lets others have lanes that `draw` has given to an owner. */
  release(lanes: Iterable<Lane>): void {
    for (const lane of lanes) {
      lane.owner = undefined
      if (lane.parked?.first === undefined) this.#lanes.delete(lane.channel)
      else this.#freed.add(lane)
    }
  }

  /** Every call that waits here. */
  *[Symbol.iterator](): Generator<Entry> {
    for (const { parked } of this.#lanes.values()) if (parked !== undefined) yield* parked
    yield* this.#arrivals
  }

  #drawParked(owner: Owner, take: (entry: Entry) => boolean): boolean {
    for (const lane of this.#freed) {
      let entry = lane.parked?.first
      // They may all have given up by now.
      if (entry === undefined) this.#lanes.delete(lane.channel)
      while (entry !== undefined && take(entry)) {
        unlink(entry)
        if (lane.owner === undefined) own(lane, owner)
        entry = lane.parked?.first
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
        const lane = this.#lanes.get(channel)
        if (lane === undefined || lane.owner === owner) {
          if (!take(entry)) return
          unlink(entry)
          if (lane === undefined) this.#open(channel, owner)
        } else {
          unlink(entry)
          lane.parked ??= new Queue()
          lane.parked.push(entry)
        }
      } else {
        // Nothing passes a call that waits for several lanes, or it would fall behind in some of them.
        if (this.#ownedByAnother(channels, owner) !== undefined || !take(entry)) return
        unlink(entry)
        for (const channel of channels) if (!this.#lanes.has(channel)) this.#open(channel, owner)
      }
    }
  }

  #ownedByAnother(channels: ReadonlyArray<string>, owner: Owner): Lane | undefined {
    for (const channel of channels) {
      const lane = this.#lanes.get(channel)
      if (lane !== undefined && lane.owner !== owner) return lane
    }
    return undefined
  }

  #open(channel: string, owner: Owner): void {
    const lane: Lane = { channel, owner: undefined, parked: undefined }
    this.#lanes.set(channel, lane)
    own(lane, owner)
  }
}

const own = (lane: Lane, owner: Owner): void => {
  lane.owner = owner
  owner.lanes.push(lane)
}
