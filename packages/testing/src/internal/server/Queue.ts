/** First in, first out, in constant time: an array's own `shift` moves all items of a long one. */
export class Queue<A> {
  #items: Array<A | undefined> = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }

  /** The oldest item. */
  get first(): A | undefined {
    return this.#items[this.#first]
  }

  push(item: A): void {
    this.#items.push(item)
  }

  /** The oldest item, which is taken out. */
  shift(): A | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#first]
    this.#items[this.#first++] = undefined
    // Copies at most as many items as were taken out since the last time.
    if (2 * this.#first > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#first = 0
  }

  /** A copy of the items from one place to before another, the oldest at 0. */
  slice(start = 0, end = this.length): Array<A> {
    return this.#items.slice(this.#first + start, this.#first + end) as Array<A>
  }
}
