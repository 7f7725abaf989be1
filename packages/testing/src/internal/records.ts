/** Records that a test can read. */
import { Queue } from "./server/Queue.js"

/**
 * A received call, or a call inside a batch.
 *
 * @since 0.1.0
 */
export interface Call {
  /** The wire method name: `"presence_stats"`. */
  readonly method: string
  /** The request as sent; `undefined` if the body was not JSON. */
  readonly request: unknown
  /** The request as text, with all digits of its numbers. */
  readonly body: string
  /** Header names in lower case, without the API key. Empty for a call inside a batch. */
  readonly headers: { readonly [name: string]: string }
  /** When the call arrived, in milliseconds since the epoch. */
  readonly time: number
  /** Whether the call was inside a batch. */
  readonly inBatch: boolean
}

/** A stored call. `request` is parsed from the body on demand, because few tests read it. */
export type Recorded = Omit<Call, "request">

export const toCall = (recorded: Recorded): Call => ({ ...recorded, request: parse(recorded.body) })

interface Entry<A> {
  readonly item: A
  readonly key: string
  readonly size: number
}

/** The newest items, limited by count and by size, and indexed by a key. */
export class Log<A> {
  readonly #entries = new Queue<Entry<A>>()
  readonly #byKey = new Map<string, Queue<A>>()
  #size = 0
  #forgotten = 0
  constructor(
    readonly limits: { readonly count: number; readonly size: number },
    readonly describe: (item: A) => { readonly key: string; readonly size: number }
  ) {}

  /** How many items were dropped. */
  get forgotten(): number {
    return this.#forgotten
  }

  push(item: A): void {
    const { count, size: limit } = this.limits
    const { key, size } = this.describe(item)
    if (count === 0 || size > limit) {
      this.#forgotten++
      return
    }
    this.#entries.push({ item, key, size })
    this.#size += size
    const items = this.#byKey.get(key)
    if (items === undefined) {
      const first = new Queue<A>()
      first.push(item)
      this.#byKey.set(key, first)
    } else items.push(item)
    while (this.#entries.length > count || this.#size > limit) this.#drop()
  }

  /** The items with this key, or all items, oldest first. */
  items(key?: string): ReadonlyArray<A> {
    return key === undefined
      ? this.#entries.slice().map(({ item }) => item)
      : (this.#byKey.get(key)?.slice() ?? [])
  }

  #drop(): void {
    const { key, size } = this.#entries.shift()!
    this.#size -= size
    this.#forgotten++
    // The oldest item overall is also the oldest of its key.
    const items = this.#byKey.get(key)!
    items.shift()
    if (items.length === 0) this.#byKey.delete(key)
  }
}

const secret = new Set(["x-api-key", "authorization"])

export const recordedHeaders = (headers: {
  readonly [name: string]: string | undefined
}): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || secret.has(name) ? [] : [[name, value]]
    )
  )

export const parse = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return undefined
  }
}
