/** How many calls fit into one request. */
import { commandSize, commandSizeAtMost, emptySize } from "../codec/batch.js"
import type { Batch, Pending } from "./Pending.js"

export interface Limits {
  /** Calls in a batch. */
  readonly maxSize: number
  /** Bytes of a batch's body. A larger call goes alone. */
  readonly maxBytes: number
  /** Batches in flight at a time. */
  readonly concurrency: number
  /** Queued calls; more are refused. */
  readonly maxWaiting: number
  /** Milliseconds that accepted calls have after the scope was closed. */
  readonly shutdownTimeout: number
}

/** Adds one more call to a batch, if it fits. */
export const packer = (batch: Batch, { maxBytes, maxSize }: Limits): ((pending: Pending) => boolean) => {
  let bytes = emptySize
  let isExact = false
  let isFull = false
  const bytesWith = ({ call: { body, method } }: Pending) =>
    bytes + (isExact ? commandSize(method, body) : commandSizeAtMost(method, body))
  return (pending) => {
    const { batchable } = pending.call
    if (isFull || (batch.open > 0 && !batchable)) return false
    let more = bytesWith(pending)
    if (more > maxBytes && batch.open > 0 && !isExact) {
      // Counting bytes looks at every character, which costs most of queueing a call: only near the limit.
      isExact = true
      bytes = emptySize
      for (const taken of batch.calls) bytes = bytesWith(taken)
      more = bytesWith(pending)
    }
    if (more > maxBytes && batch.open > 0) return false
    batch.add(pending)
    bytes = more
    isFull = !batchable || batch.open >= maxSize
    return true
  }
}
