/** A circuit breaker: after too many failures in a row, calls fail at once for five seconds. */
import { CentrifugoError, type CentrifugoTransport } from "@effect-centrifugo/core"
import { Clock, Effect } from "effect"

export const circuitBreaker =
  (failures: number) =>
  (inner: CentrifugoTransport.Service): CentrifugoTransport.Service => {
    let inARow = 0
    let opensAt = 0
    const count = (now: number) =>
      Effect.sync(() => {
        if (++inARow >= failures) opensAt = now + 5_000
      })
    return {
      send: (call) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          now < opensAt
            ? new CentrifugoError.NetworkError({
                method: call.method,
                phase: "connect", // nothing was sent
                code: "ERR_CIRCUIT_OPEN",
                detail: "the circuit breaker is open"
              })
            : Effect.tapBoth(inner.send(call), {
                onSuccess: () => Effect.sync(() => (inARow = 0)),
                onFailure: () => count(now)
              })
        )
    }
  }
