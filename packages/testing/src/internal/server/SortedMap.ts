/** A map with paged reads in the order of Go strings. It does not sort for every page. */
import { compareText } from "../json/write.js"

export class SortedMap<A> {
  readonly #values = new Map<string, A>()
  /** The keys in order, as of the last sorted read. */
  #order: ReadonlyArray<string> = []
  #isOrdered = true

  get size(): number {
    return this.#values.size
  }

  get(key: string): A | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: A): void {
    this.#isOrdered &&= this.#values.has(key)
    this.#values.set(key, value)
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#isOrdered = false
  }

  values(): Iterable<A> {
    return this.#values.values()
  }

  /**
   * Up to `limit` keys after `key`, and whether more follow. `""` starts at the first key; a negative `limit`
   * means all.
   */
  keysAfter(key: string, limit: number): { readonly keys: ReadonlyArray<string>; readonly hasMore: boolean } {
    const order = this.#ordered()
    const start = key === "" ? 0 : placeAfter(order, key)
    const end = limit < 0 ? order.length : Math.min(start + limit, order.length)
    return { keys: order.slice(start, end), hasMore: end < order.length }
  }

  #ordered(): ReadonlyArray<string> {
    if (!this.#isOrdered) {
      // Most keys are already in order, which makes the sort fast.
      const kept = this.#order.filter((key) => this.#values.has(key))
      const known = new Set(kept)
      const added = [...this.#values.keys()].filter((key) => !known.has(key))
      this.#order = [...kept, ...added.sort(compareText)].sort(compareText)
      this.#isOrdered = true
    }
    return this.#order
  }
}

const placeAfter = (order: ReadonlyArray<string>, key: string): number => {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareText(order[middle]!, key) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
