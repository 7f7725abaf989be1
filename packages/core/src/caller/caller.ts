/** The way of a call of its own: its options, its span, its outcome. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { CallError } from "../errors/CentrifugoError.js"
import type { Request } from "../method/ApiMethod.js"
import { CallOptions } from "../policy/CallOptions.js"
import type * as Settings from "../policy/Settings.js"
import * as Telemetry from "../policy/Telemetry.js"
import type { Service as Transport } from "../transport/Transport.js"
import { ofCall, ofLayer, Refused } from "./inForce.js"
import { prepare, Prepared } from "./prepare.js"

export type Send = <M extends string, P, A, E>(
  request: Request<M, P, A, E>
) => Effect.Effect<A, E | CallError>

export const make = (transport: Transport, settings: Settings.Settings): Send => {
  const layer = ofLayer(settings)
  return (request) =>
    Effect.withFiberRuntime((fiber) => {
      const options = ofCall(Context.get(fiber.currentContext, CallOptions), layer)
      if (options instanceof Refused) return Effect.fail(options.error(request.method))
      const prepared = prepare(request, options, Context.get(fiber.currentDefaultServices, Clock.Clock))
      const effect = prepared instanceof Prepared ? prepared.send(transport) : prepared
      return Telemetry.isTraced(fiber) ? Telemetry.withSpan(effect, request) : effect
    })
}
