/**
 * The one way of every call, single or batch: encode once, send under its options, read the reply.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as CentrifugoError from "../errors/CentrifugoError.js"
import type { Request } from "../method/ApiMethod.js"
import { CallOptions, type Options } from "../policy/CallOptions.js"
import * as Telemetry from "../policy/Telemetry.js"
import type { Service as Transport } from "../transport/Transport.js"
import * as Reply from "../wire/Reply.js"

/** What holds for calls that say nothing else. */
export interface Defaults {
  /** Milliseconds. */
  readonly timeout: number
}

export type Send = <M extends string, P, A, E>(
  request: Request<M, P, A, E>
) => Effect.Effect<A, E | CentrifugoError.CallError>

const noHeaders = {}
const nothing = Reply.result({})

export const make = (transport: Transport, defaults: Defaults): Send => {
  const call = <M extends string, P, A, E>(
    request: Request<M, P, A, E>,
    fiber: Fiber.RuntimeFiber<unknown, unknown>
  ): Effect.Effect<A, E | CentrifugoError.CallError> => {
    const encoded = request.encode()
    if (Either.isLeft(encoded)) return Effect.fail(encoded.left)
    const body = encoded.right
    if (body === undefined) return request.decode(nothing, { attempts: 0 })
    const timeout = timeoutOf(Context.get(fiber.currentContext, CallOptions), defaults)
    if (timeout === undefined) return Effect.fail(badTimeout(request.method))
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const start = clock.unsafeCurrentTimeMillis()
    const elapsed = () => clock.unsafeCurrentTimeMillis() - start
    const { batchable, channels, method, repeat } = request
    return Effect.matchEffect(
      transport.send({ method, body, channels, repeat, batchable, headers: noHeaders, timeout }),
      {
        onSuccess: (reply) => request.decode(reply, { elapsed: elapsed() }),
        onFailure: (error) => Effect.fail(CentrifugoError.withEffort(error, { elapsed: elapsed() }))
      }
    )
  }
  return (request) =>
    Effect.withFiberRuntime((fiber) => {
      const effect = call(request, fiber)
      return Telemetry.isTraced(fiber) ? Telemetry.withSpan(effect, request) : effect
    })
}

const timeoutOf = (options: Options, defaults: Defaults): number | undefined => {
  if (options.timeout === undefined) return defaults.timeout
  const duration = Duration.decodeUnknown(options.timeout)
  const millis = duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
  return millis > 0 ? millis : undefined
}

const badTimeout = (method: string) =>
  new CentrifugoError.EncodeError({
    method,
    path: ["timeout"],
    detail: "the call's timeout must be a duration above zero"
  })
