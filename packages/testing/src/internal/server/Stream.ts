/** A channel's stream as the server's memory engine keeps it: the newest items in order. */
import { Queue } from "./Queue.js"

/** A position in a stream. Both fields are empty if the channel keeps no stream. */
export interface Position {
  readonly offset: number
  readonly epoch: string
}

export const nowhere: Position = { offset: 0, epoch: "" }

export interface Page {
  /** The maximum number of items to return; negative for all. */
  readonly limit: number
  readonly reverse: boolean
  /** The first offset (64 bits). Default: the beginning of the stream, or the end in reverse. */
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

  /** Whether a publication with this version is outdated. */
  isOutdated(version: bigint, versionEpoch: string): boolean {
    return version <= this.#version && (versionEpoch === "" || versionEpoch === this.#versionEpoch)
  }

  /** Adds the item that `make` builds for the next offset. An unversioned item resets the stored version. */
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
    const index = from === undefined ? undefined : Number(from) - first
    if (reverse) {
      // If the offset is no longer kept, reverse reading returns nothing, and forward reading starts at the
      // oldest item.
      const last = index ?? items.length - 1
      return last < 0 ? [] : items.slice(Math.max(0, last + 1 - count), last + 1).reverse()
    }
    const start = Math.max(0, index ?? 0)
    return items.slice(start, start + count)
  }
}

/** The next offset. It wraps to 0 after 64 bits. */
export const following = (offset: bigint): bigint => BigInt.asUintN(64, offset + 1n)

/** The page after a position, or before it in reverse. */
export const since = (offset: bigint, page: Page): Page => ({
  ...page,
  from: page.reverse ? BigInt.asUintN(64, offset - 1n) : following(offset)
})
