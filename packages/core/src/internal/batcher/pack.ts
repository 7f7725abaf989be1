/** Decides which calls share a batch: packs batches within limits, and cuts refused batches in halves. */
import type { Checked as Limits } from "../../Batcher.js"
import { commandSize, commandSizeAtMost, emptySize } from "../codec/batch.js"
import type { Batch, Pending } from "./Pending.js"

/** Returns a function that adds a call to the batch if it fits, and returns whether it did. */
export const packer = (batch: Batch, { maxBytes, maxSize }: Limits): ((pending: Pending) => boolean) => {
  let bytes = emptySize
  let isExact = false
  let isFull = false
  const bytesWith = ({ body, method }: Pending) =>
    bytes + (isExact ? commandSize(method, body) : commandSizeAtMost(method, body))
  return (pending) => {
    const { batchable } = pending.request
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

/**
 * Cuts a list of calls in the middle. If every call has at most one channel, groups the calls by channel and cuts between
 * two channels near the middle, if there are two. Keeps the order within each channel.
 */
export const halves = (calls: ReadonlyArray<Pending>): readonly [Array<Pending>, Array<Pending>] => {
  const middle = Math.ceil(calls.length / 2)
  if (calls.some(({ channels }) => channels.length > 1)) return [calls.slice(0, middle), calls.slice(middle)]
  const byChannel = new Map<string | Pending, Array<Pending>>()
  for (const call of calls) {
    const key = call.channels[0] ?? call
    const group = byChannel.get(key)
    if (group === undefined) byChannel.set(key, [call])
    else group.push(call)
  }
  const groups = [...byChannel.values()]
  const sorted = groups.flat()
  let cut = 0
  for (let i = 0; i < groups.length && cut + groups[i]!.length <= middle; i++) cut += groups[i]!.length
  if (cut === 0) cut = groups.length > 1 ? groups[0]!.length : middle
  return [sorted.slice(0, cut), sorted.slice(cut)]
}
