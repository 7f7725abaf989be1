/** From calls to the call that carries them as a batch. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Attempts, Call } from "../../CentrifugoTransport.js"
import { Commands } from "../codec/batch.js"
import type { Alarms } from "./alarms.js"
import type { Entry } from "./entry.js"

/** What carries calls does not repeat them. */
const single: Attempts = { count: 1, next: () => Effect.succeed(undefined) }

export interface Batch {
  readonly call: Call
  /** What its timeout is measured by. */
  readonly clock: Clock.Clock
}

/**
 * A batch may take as long as the most patient of its calls, so that most calls need no timer of their
 * own: the transport has one already, and knows better what was sent when it rings. The others get
 * alarms.
 */
export const batchOf = (
  entries: ReadonlyArray<Entry>,
  headers: Call["headers"],
  alarms: Alarms<Entry>
): Batch => {
  const commands = new Commands()
  let timeout = -1
  let slowest = entries[0]!
  const lefts = entries.map((entry) => {
    const { body, method } = entry.call
    commands.add(method, body)
    const left = entry.left()
    if (left > timeout) {
      timeout = left
      slowest = entry
    }
    return left
  })
  entries.forEach((entry, i) => {
    const left = lefts[i]!
    if (left < timeout || !entry.hasClockOf(slowest)) alarms.set(entry, entry.now() + left)
  })
  const call: Call = {
    method: "batch",
    body: commands.body()!,
    batchable: false,
    channels: [],
    headers,
    timeout,
    deadline: Infinity,
    attempts: single
  }
  return { call, clock: slowest.clock }
}
