/** Calls in the format of the model server. */
import { Effect, Schedule } from "effect"
import { type CentrifugoTransport, RetryPolicy } from "../../../src/index.js"
import { meterOf } from "../../../src/internal/call/meter.js"
import { Pending } from "../../../src/internal/batcher/Pending.js"

/** Repeats any transient failure, up to a number of times. */
export const repeats = (times: number, delay: number): RetryPolicy.RetryPolicy =>
  RetryPolicy.make({ schedule: Schedule.intersect(Schedule.recurs(times), Schedule.spaced(delay)) })

/** A call that the running fiber makes now. */
export const pending = (
  call: CentrifugoTransport.Call,
  policy: RetryPolicy.RetryPolicy = RetryPolicy.none
): Effect.Effect<Pending> =>
  Effect.map(Effect.clock, (clock) => {
    const client = { retry: policy, meter: meterOf({}) }
    return new Pending(call, client, true, undefined, clock, clock.unsafeCurrentTimeMillis())
  })

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
  ...options
})
