/**
 * A transport that sends a failed call again for as long as the call's attempts allow. With automatic
 * batching the batcher does this itself, because repeating above it would lose the order of calls.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { TransportError } from "../../CentrifugoError.js"
import type { Call, Service } from "../../CentrifugoTransport.js"
import type { Reply } from "../codec/Reply.js"

export const retrying = (transport: Service): Service => {
  const again = (call: Call, error: TransportError): Effect.Effect<Reply, TransportError> =>
    Effect.flatMap(call.attempts.next(error), (delay) =>
      delay === undefined
        ? Effect.fail(error)
        : Effect.zipRight(
            Effect.sleep(delay),
            Effect.flatMap(Clock.currentTimeMillis, (now) => attempt(within(call, now)))
          )
    )
  const attempt = (call: Call): Effect.Effect<Reply, TransportError> =>
    Effect.catchAll(transport.send(call), (error) => again(call, error))
  return { send: attempt }
}

/** The call as it may be sent now: an attempt ends with the deadline of the whole. */
export const within = (call: Call, now: number): Call =>
  call.deadline === Infinity
    ? call
    : { ...call, timeout: Math.max(0, Math.min(call.timeout, call.deadline - now)) }
