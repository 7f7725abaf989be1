/** From the answer of a batch to the outcomes of its calls. */
import * as Cause from "effect/Cause"
import { DecodeError, type TransportError } from "../../CentrifugoError.js"
import { readReply, repliesOf } from "../codec/batch.js"
import type { Reply } from "../codec/Reply.js"
import type { Entry } from "./entry.js"

interface Settler {
  readonly succeed: (entry: Entry, reply: Reply) => void
  readonly fail: (entry: Entry, cause: Cause.Cause<TransportError>) => void
}

/** Gives every call its own part of the answer. */
export const deliver = (reply: Reply, entries: ReadonlyArray<Entry>, to: Settler): void => {
  if (entries.length === 1 || reply._tag === "Failure") {
    for (const entry of entries) to.succeed(entry, reply)
    return
  }
  const replies = repliesOf(reply.result, entries.length)
  entries.forEach((entry, place) => {
    if (typeof replies === "string") return to.fail(entry, unreadable(entry, ["replies"], replies))
    const own = readReply(replies[place], entry.call.method)
    if (typeof own === "string") to.fail(entry, unreadable(entry, ["replies", place], own))
    else to.succeed(entry, own)
  })
}

const unreadable = ({ call }: Entry, path: ReadonlyArray<string | number>, detail: string) =>
  Cause.fail(new DecodeError({ method: call.method, path, detail }))
