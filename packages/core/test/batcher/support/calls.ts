/** Calls in the format of the model server. */
import { Effect, Schedule } from "effect"
import { CentrifugoApi, type CentrifugoTransport, RetryPolicy } from "../../../src/index.js"
import { meterOf } from "../../../src/internal/call/meter.js"
import { Pending } from "../../../src/internal/batcher/Pending.js"

/** Repeats any transient failure, up to a number of times. */
export const repeats = (times: number, delay: number): RetryPolicy.RetryPolicy =>
  RetryPolicy.make({ schedule: Schedule.intersect(Schedule.recurs(times), Schedule.spaced(delay)) })

/** A call that the running fiber makes now. */
export const pending = (
  call: CentrifugoTransport.Call,
  retry: RetryPolicy.RetryPolicy = RetryPolicy.none
): Effect.Effect<Pending> =>
  Effect.map(Effect.clock, (clock) => {
    const { batchable, body, channels, deadline, headers, method, timeout } = call
    const start = clock.unsafeCurrentTimeMillis()
    const settings = { timeout, deadline: deadline - start, retry, headers, meter: meterOf({}) }
    const request = { ...CentrifugoApi.info(), method, batchable }
    const caller = { settings, tracer: undefined, clock, start, span: undefined }
    return new Pending(request, body, channels, true, caller)
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
