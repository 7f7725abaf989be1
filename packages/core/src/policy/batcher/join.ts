/** From a caller's fiber to an entry and back. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { TransportError } from "../../errors/CentrifugoError.js"
import type { Call } from "../../transport/Transport.js"
import type { Reply } from "../../wire/Reply.js"
import type { Engine } from "./engine.js"
import { Entry } from "./entry.js"

/**
 * Has a call carried, unless it is refused. `Effect.async` with a canceler would do the same, for a
 * tenth more of what a fiber costs.
 */
export const join = (
  engine: Engine,
  call: Call,
  refuse: (call: Call) => TransportError | undefined
): Effect.Effect<Reply, TransportError> =>
  Effect.uninterruptibleMask((restore) => {
    const refusal = refuse(call)
    if (refusal !== undefined) return Effect.fail(refusal)
    let entry: Entry | undefined
    const outcome = Effect.async<Reply, TransportError>((resume) => {
      entry = new Entry(call, Option.getOrThrow(Fiber.getCurrentFiber()), resume)
      engine.add(entry)
    })
    return Effect.catchAllCause(restore(outcome), (cause) =>
      Effect.zipRight(entry === undefined ? Effect.void : engine.drop(entry), Effect.failCause(cause))
    )
  })
