/** What a test can look at afterwards. */

/**
 * A call that arrived, or a member of a batch.
 *
 * @since 0.1.0
 */
export interface Call {
  /** The name on the wire: `"presence_stats"`. */
  readonly method: string
  /** The request as it stands on the wire; `undefined` where the body was not JSON. */
  readonly request: unknown
  /** The same as text, with all digits of its numbers. */
  readonly body: string
  /** Names in lower case, without the API key. None for a member of a batch. */
  readonly headers: { readonly [name: string]: string }
  /** When it arrived, in milliseconds since the epoch. */
  readonly time: number
  /** Whether it came as a member of a batch. */
  readonly inBatch: boolean
}

/** Kept without what can be read from its body, which few are ever asked for. */
export type Recorded = Omit<Call, "request">

export const toCall = (recorded: Recorded): Call => ({ ...recorded, request: parse(recorded.body) })

/** The newest of many, up to a number of them. */
export class Log<A> {
  #items: Array<A> = []
  constructor(readonly limit: number) {}

  push(item: A): void {
    this.#items.push(item)
    // Seldom, because it copies.
    if (this.#items.length >= 2 * this.limit) this.#items = this.#items.slice(-this.limit)
  }

  get items(): ReadonlyArray<A> {
    return this.#items.slice(-this.limit)
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
