/**
 * First come, first served, where anyone may leave from the middle: what waits holds its own links, so
 * that leaving costs no search and nothing keeps what has left.
 */

export interface Linked<A> {
  before: Linked<A> | undefined
  after: Linked<A> | undefined
}

/** A ring with the queue itself between its last and its first: there are no ends to treat apart. */
export class Queue<A extends Linked<A>> implements Linked<A> {
  before: Linked<A> = this
  after: Linked<A> = this

  get first(): A | undefined {
    return this.after === this ? undefined : (this.after as A)
  }

  push(item: A): void {
    const last = this.before
    item.before = last
    item.after = this
    last.after = item
    this.before = item
  }

  *[Symbol.iterator](): Generator<A> {
    for (let item = this.after; item !== this; item = item.after ?? this) yield item as A
  }
}

/** Takes something out of the queue it stands in, if any. */
export const unlink = <A>(item: Linked<A>): void => {
  if (item.before === undefined || item.after === undefined) return
  item.before.after = item.after
  item.after.before = item.before
  item.before = item.after = undefined
}
