/** Packs calls into batches, within limits. */
import { commandSize, commandSizeAtMost, emptySize } from "../codec/batch.js"
import type { Batch, Pending } from "./Pending.js"

export interface Limits {
  /** The maximum number of calls in a batch. */
  readonly maxSize: number
  /** The maximum size of a batch's body, in bytes. A larger call is sent alone. */
  readonly maxBytes: number
  /** The maximum number of batches in flight. */
  readonly concurrency: number
  /** The maximum number of queued calls. More are refused. */
  readonly maxWaiting: number
  /** How long accepted calls may take to finish after the scope closes, in milliseconds. */
  readonly shutdownTimeout: number
}

/** Returns a function that adds a call to the batch if it fits, and returns whether it did. */
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
      // Near the limit only: an exact count reads every character, and would dominate the cost of queueing a call.
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
