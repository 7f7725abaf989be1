/** The way of a call of its own: its options, what is observed of it, its outcome. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { CallError } from "../../CentrifugoError.js"
import type { Request } from "../../ApiMethod.js"
import { CallOptions } from "../../CallOptions.js"
import type * as Settings from "./Settings.js"
import { observed } from "./spans.js"
import type { Service as Transport } from "../../CentrifugoTransport.js"
import { ofCall, ofLayer, Refused } from "./inForce.js"
import { prepare, Prepared } from "./prepare.js"

export type Send = <M extends string, P, A, E>(
  request: Request<M, P, A, E>
) => Effect.Effect<A, E | CallError>

export const make = (transport: Transport, settings: Settings.Settings): Send => {
  const layer = ofLayer(settings)
  return (request) =>
    Effect.withFiberRuntime((fiber) => {
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const options = ofCall(Context.get(fiber.currentContext, CallOptions), layer)
      return observed(request, fiber, clock, (span) => {
        if (options instanceof Refused) return Effect.fail(options.error(request.method))
        const prepared = prepare(request, options, clock, span)
        return prepared instanceof Prepared ? prepared.send(transport) : prepared
      })
    })
}
