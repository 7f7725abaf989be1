/** Makes calls from requests, and runs single ones. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { isRequest, type Request } from "../../ApiMethod.js"
import { CallOptions } from "../../CallOptions.js"
import { type CallError, EncodeError } from "../../CentrifugoError.js"
import type { Dispatcher } from "../batcher/Dispatcher.js"
import { type Caller, Pending } from "../batcher/Pending.js"
import { BadOption, ofCall, type Settings } from "../call/Settings.js"
import { observed } from "../call/spans.js"
import { tracerOf } from "../call/tracer.js"
import { flat } from "../codec/batch.js"
import * as Reply from "../codec/Reply.js"

export type Send = <M extends string, P, A, E>(
  request: Request<M, P, A, E>
) => Effect.Effect<A, E | CallError>

/** Makes `send` over a dispatcher. It resolves a call's options, records its span and metrics, and returns its result. */
export const make =
  (dispatcher: Dispatcher, client: Settings): Send =>
  (given) =>
    Effect.withFiberRuntime((fiber) => {
      if (!isRequest(given)) return Effect.fail(notARequest)
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const settings = ofCall(Context.get(fiber.currentContext, CallOptions), client)
      return observed(given, client.meter, fiber, clock, (span) => {
        if (settings instanceof BadOption) return Effect.fail(settings.error(given.method))
        const start = clock.unsafeCurrentTimeMillis()
        const pending = prepare(given, { settings, tracer: tracerOf(fiber), clock, start, span })
        if (!(pending instanceof Pending)) return pending
        return Effect.matchEffect(dispatcher.send(pending), {
          onSuccess: (reply) => pending.outcomeOf(reply),
          onFailure: (error) => pending.outcomeOfError(error)
        })
      })
    })

const nothing = Reply.result({})
const makeKey = () => crypto.randomUUID()

/**
 * Encodes a request once, with an idempotency key if the policy may repeat it. Returns the outcome if there is nothing to
 * send: the request cannot be encoded, or its result is already known.
 */
export const prepare = <A, E>(
  given: Request<string, unknown, A, E>,
  caller: Caller
): Pending<A, E> | Either.Either<A, E | CallError> => {
  const request = caller.settings.retry.repeatsSent ? given.withKey(makeKey) : given
  const encoded = request.encode()
  if (Either.isLeft(encoded)) return Either.left(encoded.left)
  if (encoded.right === undefined) return request.decode(nothing, { attempts: 0 })
  return new Pending(request, flat(encoded.right), request.channels, request.repeatable, caller)
}

export const notARequest = new EncodeError({
  method: "",
  path: [],
  detail: "expected a request, such as CentrifugoApi.publish(payload)"
})
