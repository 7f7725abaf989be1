/** What a client in JavaScript offers to `worker.ts`. */
import type { Job, Work } from "../work.js"

export interface Counted {
  readonly succeeded: number
  readonly failed: number
}

/**
 * A job in three steps, of which only the second is on the clock: what can be made before the first call, the calls
 * up to the last result, and counting the results.
 */
export type Prepare = (job: Job) => () => Promise<() => Counted>

export interface Implementation {
  readonly versions: { readonly [name: string]: string }
  readonly works: { readonly [W in Work]?: Prepare }
}

export interface Address {
  readonly url: string
  readonly key: string
}

export type Make = (address: Address) => Implementation | Promise<Implementation>
