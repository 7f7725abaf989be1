/** A FIFO queue with constant-time operations. `Array.prototype.shift` moves every item of a long array. */
export class Queue<A> {
  #items: Array<A | undefined> = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }

  /** The oldest item, which stays in the queue. */
  get first(): A | undefined {
    return this.#items[this.#first]
  }

  push(item: A): void {
    this.#items.push(item)
  }

  /** Removes and returns the oldest item. */
  shift(): A | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#first]
    this.#items[this.#first++] = undefined
    // Compact when more than half of the array is used up: the cost per removed item stays constant.
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

  /** Copies the items from index `start` up to `end`; index 0 is the oldest item. */
  slice(start = 0, end = this.length): Array<A> {
    return this.#items.slice(this.#first + start, this.#first + end) as Array<A>
  }
}
