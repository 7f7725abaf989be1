/** Runs one call: resolves its options, records its span and metrics, and returns its result. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { isRequest, type Request } from "../../ApiMethod.js"
import { CallOptions } from "../../CallOptions.js"
import type { CallError } from "../../CentrifugoError.js"
import type { Dispatcher } from "../batcher/Dispatcher.js"
import { BadOption, type CallSettings, ofCall } from "./options.js"
import { notARequest, prepare, Prepared } from "./prepare.js"
import { observed } from "../call/spans.js"
import { tracerOf } from "../call/tracer.js"

export type Send = <M extends string, P, A, E>(
  request: Request<M, P, A, E>
) => Effect.Effect<A, E | CallError>

export const make =
  (dispatcher: Dispatcher, client: CallSettings): Send =>
  (given) =>
    Effect.withFiberRuntime((fiber) => {
      if (!isRequest(given)) return Effect.fail(notARequest)
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const settings = ofCall(Context.get(fiber.currentContext, CallOptions), client)
      return observed(given, client.meter, fiber, clock, (span) => {
        if (settings instanceof BadOption) return Effect.fail(settings.error(given.method))
        const prepared = prepare(given, settings, tracerOf(fiber), clock, span)
        if (!(prepared instanceof Prepared)) return prepared
        return Effect.matchEffect(dispatcher.send(prepared), {
          onSuccess: (reply) => prepared.outcomeOf(reply),
          onFailure: (error) => prepared.outcomeOfError(error)
        })
      })
    })
