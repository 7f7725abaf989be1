/** Expiry times by key: a binary heap with one current time per key. Setting a key again replaces its time. */
export class Deadlines<K> {
  readonly #ends = new Map<K, number>()
  #heap: Array<{ readonly key: K; readonly at: number }> = []

  set(key: K, at: number): void {
    this.#ends.set(key, at)
    const heap = this.#heap
    // Replaced times stay in the heap until it is rebuilt.
    if (heap.length > 2 * this.#ends.size + 100) {
      this.#heap = Array.from(this.#ends, ([key, at]) => ({ key, at })).sort((a, b) => a.at - b.at)
      return
    }
    let i = heap.push({ key, at }) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (heap[parent]!.at <= heap[i]!.at) break
      ;[heap[parent], heap[i]] = [heap[i]!, heap[parent]!]
      i = parent
    }
  }

  delete(key: K): void {
    this.#ends.delete(key)
  }

  /** The earliest time, `Infinity` if there is none. */
  next(): number {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined) return Infinity
      if (this.#ends.get(first.key) === first.at) return first.at
      this.#pop()
    }
  }

  /** Removes and returns the keys that are due. */
  takeDue(now: number): ReadonlyArray<K> {
    const due: Array<K> = []
    while (this.next() <= now) {
      const { key } = this.#heap[0]!
      this.#pop()
      this.#ends.delete(key)
      due.push(key)
    }
    return due
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < heap.length && heap[left]!.at < heap[least]!.at) least = left
      if (right < heap.length && heap[right]!.at < heap[least]!.at) least = right
      if (least === i) return
      ;[heap[least], heap[i]] = [heap[i]!, heap[least]!]
      i = least
    }
  }
}
