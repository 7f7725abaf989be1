/** The interface of a JavaScript client for `worker.ts`. */
import type { Job, Work } from "../work.js"

export interface Counted {
  readonly succeeded: number
  readonly failed: number
}

/**
 * A job in three steps: prepare what can be made before the first call, make the calls, count the results. Only
 * the second step is measured.
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
