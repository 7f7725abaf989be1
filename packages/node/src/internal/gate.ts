/**
 * Who may be handed to undici, and who waits. Undici would queue as well, but what it has once taken
 * can't be taken back: here a call that gives up while it waits leaves at once, with its body.
 */

/** What stands in a line. The links belong to the line, so that leaving it costs no search. */
export interface Standing<A extends Standing<A>> {
  line: Line<A> | undefined
  before: A | undefined
  after: A | undefined
  /** Set by the gate while the call waits: continues it. */
  proceed: (() => void) | undefined
}

/** First come, first served; anyone may leave from the middle. Every step takes constant time. */
export class Line<A extends Standing<A>> {
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
    entry.line = this
    entry.before = this.#last
    if (this.#last === undefined) this.#first = entry
    else this.#last.after = entry
    this.#last = entry
    this.#size++
  }

  remove(entry: A): void {
    if (entry.line !== this) return
    if (entry.before === undefined) this.#first = entry.after
    else entry.before.after = entry.after
    if (entry.after === undefined) this.#last = entry.before
    else entry.after.before = entry.before
    entry.line = entry.before = entry.after = undefined
    this.#size--
  }

  toArray(): Array<A> {
    const entries: Array<A> = []
    for (let entry = this.#first; entry !== undefined; entry = entry.after) entries.push(entry)
    return entries
  }
}

/**
 * A call enters, is admitted when one of `limit` places is free, is settled when its caller has the
 * outcome, and leaves when undici has let go of it. The last two come in either order.
 */
export class Gate<A extends Standing<A>> {
  readonly #waiting = new Line<A>()
  readonly #admitted = new Line<A>()
  readonly #limit: number
  readonly #admit: (entry: A) => void
  #unsettled = 0
  #onIdle: (() => void) | undefined = undefined

  constructor(limit: number, admit: (entry: A) => void) {
    this.#limit = limit
    this.#admit = admit
  }

  /** Whether a call that enters now has to wait. */
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
    // Not called by the one that leaves: undici's parser, in which that one ends, must not be entered a
    // second time. And by a promise, so that the call is dispatched in its own async context.
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

  /** Everyone whose caller may still wait for the outcome, in the order in which they came. */
  entries(): Array<A> {
    return [...this.#admitted.toArray(), ...this.#waiting.toArray()]
  }

  /** Calls back as soon as every caller has its outcome, which may be now. */
  onIdle(task: () => void): void {
    if (this.#unsettled === 0) task()
    else this.#onIdle = task
  }
}
