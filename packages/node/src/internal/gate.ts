/**
 * Decides which calls are handed to undici and which are queued. Undici has its own queue, but a call can't be
 * withdrawn from it. Here a queued call that gives up is removed at once, with its body.
 */

/** A queue node. The queue owns the links, so removal needs no search. */
export interface QueueNode<A extends QueueNode<A>> {
  queue: Queue<A> | undefined
  before: A | undefined
  after: A | undefined
  /** Continues the call. Set by the gate while the call is queued. */
  proceed: (() => void) | undefined
}

/** A FIFO queue with removal from the middle. Every operation takes constant time. */
export class Queue<A extends QueueNode<A>> {
  #first: A | undefined = undefined
  #last: A | undefined = undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): A | undefined {
    return this.#first
  }

  push(entry: A): void {
    entry.queue = this
    entry.before = this.#last
    if (this.#last === undefined) this.#first = entry
    else this.#last.after = entry
    this.#last = entry
    this.#size++
  }

  remove(entry: A): void {
    if (entry.queue !== this) return
    if (entry.before === undefined) this.#first = entry.after
    else entry.before.after = entry.after
    if (entry.after === undefined) this.#last = entry.before
    else entry.after.before = entry.before
    entry.queue = entry.before = entry.after = undefined
    this.#size--
  }

  toArray(): Array<A> {
    const entries: Array<A> = []
    for (let entry = this.#first; entry !== undefined; entry = entry.after) entries.push(entry)
    return entries
  }
}

/**
 * Limits the calls handed to undici. A call enters, is admitted when one of `limit` slots is free, settles when
 * its caller has the outcome, and leaves when undici has released it. The last two happen in either order.
 */
export class Gate<A extends QueueNode<A>> {
  readonly #waiting = new Queue<A>()
  readonly #admitted = new Queue<A>()
  readonly #limit: number
  readonly #admit: (entry: A) => void
  #unsettled = 0
  #onIdle: (() => void) | undefined = undefined

  constructor(limit: number, admit: (entry: A) => void) {
    this.#limit = limit
    this.#admit = admit
  }

  /** Whether a new call must be queued. */
  get isFull(): boolean {
    return this.#admitted.size >= this.#limit
  }

  enter(entry: A): void {
    this.#unsettled++
    if (!this.isFull) {
      this.#admitted.push(entry)
      this.#admit(entry)
      return
    }
    this.#waiting.push(entry)
    // Resumed through a promise for two reasons: undici's parser, in which the leaving call ends, must not be
    // re-entered, and the admitted call is dispatched in its own async context.
    void new Promise<void>((proceed) => {
      entry.proceed = proceed
    }).then(() => this.#admit(entry))
  }

  settled(entry: A): void {
    this.#waiting.remove(entry)
    if (--this.#unsettled === 0) this.#onIdle?.()
  }

  leave(entry: A): void {
    this.#admitted.remove(entry)
    const next = this.#waiting.first
    if (next === undefined || this.isFull) return
    this.#waiting.remove(next)
    this.#admitted.push(next)
    next.proceed?.()
    next.proceed = undefined
  }

  /** All queued and admitted calls, in the order of entry. Admitted calls can be settled already. */
  entries(): Array<A> {
    return [...this.#admitted.toArray(), ...this.#waiting.toArray()]
  }

  /** Calls `task` as soon as every caller has its outcome, possibly at once. */
  onIdle(task: () => void): void {
    if (this.#unsettled === 0) task()
    else this.#onIdle = task
  }
}
