/** A channel's stream, as the server's memory engine keeps it: the newest items, one after the other. */
import { Queue } from "./Queue.js"

/** Where something stands: both empty where nothing is kept. */
export interface Position {
  readonly offset: number
  readonly epoch: string
}

export const nowhere: Position = { offset: 0, epoch: "" }

export interface Page {
  /** How many at most; negative for all. */
  readonly limit: number
  readonly reverse: boolean
  /** From this offset on, as far as 64 bits reach; from the beginning (or the end) without it. */
  readonly from?: bigint
}

export class Stream<A> {
  readonly #items = new Queue<A>()
  #top = 0
  #version = 0n
  #versionEpoch = ""
  constructor(readonly epoch: string) {}

  get position(): Position {
    return { offset: this.#top, epoch: this.epoch }
  }

  /** Whether a publication of this version comes too late. */
  isOutdated(version: bigint, versionEpoch: string): boolean {
    return version <= this.#version && (versionEpoch === "" || versionEpoch === this.#versionEpoch)
  }

  /** Adds what is made for the next offset. An unversioned addition forgets the version before. */
  add(make: (offset: number) => A, size: number, version = 0n, versionEpoch = ""): A {
    const item = make(++this.#top)
    this.#items.push(item)
    while (this.#items.length > size) this.#items.shift()
    this.#version = version
    this.#versionEpoch = versionEpoch
    return item
  }

  clear(): void {
    this.#items.clear()
  }

  get({ from, limit, reverse }: Page): ReadonlyArray<A> {
    if (limit === 0 || (from !== undefined && from > BigInt(this.#top))) return []
    const items = this.#items
    const count = limit < 0 ? items.length : limit
    const first = this.#top - items.length + 1
    const place = from === undefined ? undefined : Number(from) - first
    if (reverse) {
      // An offset that is gone leads nowhere backwards, and forwards to the oldest item.
      const last = place ?? items.length - 1
      return last < 0 ? [] : items.slice(Math.max(0, last + 1 - count), last + 1).reverse()
    }
    const start = Math.max(0, place ?? 0)
    return items.slice(start, start + count)
  }
}

/** The offset that follows, which comes around to 0 where 64 bits end. */
export const following = (offset: bigint): bigint => BigInt.asUintN(64, offset + 1n)

/** The page after a position, or before it in reverse. */
export const since = (offset: bigint, page: Page): Page => ({
  ...page,
  from: page.reverse ? BigInt.asUintN(64, offset - 1n) : following(offset)
})
