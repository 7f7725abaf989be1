/** Calls as the model server understands them. */
import { Effect } from "effect"
import type { CentrifugoError, CentrifugoTransport } from "../../../src/index.js"

type Failure = CentrifugoError.TransportError | CentrifugoError.InternalError

/** Repeats so many times after any failure that may pass. */
export class Repeats implements CentrifugoTransport.Attempts {
  count = 1
  readonly failures: Array<Failure> = []
  constructor(
    readonly times: number,
    readonly delay: number
  ) {}
  next(failure: Failure) {
    return Effect.sync(() => {
      this.failures.push(failure)
      if (this.count > this.times || failure._tag === "CentrifugoDecodeError") return undefined
      if (failure._tag === "CentrifugoStatusError" && failure.status < 500) return undefined
      this.count++
      return this.delay
    })
  }
}

export const make = (
  id: number,
  channels: ReadonlyArray<string> = [],
  { pad = "", ...options }: Partial<CentrifugoTransport.Call> & { readonly pad?: string } = {}
): CentrifugoTransport.Call => ({
  method: "call",
  body: JSON.stringify({ id, channels, pad }),
  batchable: true,
  channels,
  headers: {},
  timeout: 10_000,
  deadline: Infinity,
  attempts: new Repeats(0, 0),
  ...options
})
