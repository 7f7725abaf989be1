/** From the answer of a batch to the outcomes of its calls. */
import * as Exit from "effect/Exit"
import { DecodeError } from "../../errors/CentrifugoError.js"
import { readReply, repliesOf } from "../../wire/batch.js"
import type { Reply } from "../../wire/Reply.js"
import type { Entry, Outcome } from "./entry.js"

/** Gives every call its own part of the answer. */
export const deliver = (
  reply: Reply,
  entries: ReadonlyArray<Entry>,
  settle: (entry: Entry, outcome: Outcome) => void
): void => {
  if (entries.length === 1 || reply._tag === "Failure") {
    for (const entry of entries) settle(entry, Exit.succeed(reply))
    return
  }
  const replies = repliesOf(reply.result, entries.length)
  entries.forEach((entry, place) => {
    if (typeof replies === "string") return settle(entry, unreadable(entry, ["replies"], replies))
    const own = readReply(replies[place], entry.call.method)
    settle(entry, typeof own === "string" ? unreadable(entry, ["replies", place], own) : Exit.succeed(own))
  })
}

const unreadable = ({ call }: Entry, path: ReadonlyArray<string | number>, detail: string): Outcome =>
  Exit.fail(new DecodeError({ method: call.method, path, detail }))
