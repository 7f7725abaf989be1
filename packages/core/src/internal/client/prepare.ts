/** Turns requests into calls, and replies into outcomes. Shared by single calls, batches and `sendAll`. */
import type * as Clock from "effect/Clock"
import * as Either from "effect/Either"
import type * as Tracer from "effect/Tracer"
import type { Request } from "../../ApiMethod.js"
import { type CallError, EncodeError, type TransportError } from "../../CentrifugoError.js"
import type { Call } from "../../CentrifugoTransport.js"
import { Pending } from "../batcher/Pending.js"
import * as Reply from "../codec/Reply.js"
import type { CallSettings } from "./options.js"

const nothing = Reply.result({})
const makeKey = () => crypto.randomUUID()

/** The outcome of a request. */
export type Outcome<A, E> = Either.Either<A, E | CallError>

/** A pending call with its request. */
export class Prepared<A, E> extends Pending {
  constructor(
    readonly request: Request<string, unknown, A, E>,
    call: Call,
    settings: CallSettings,
    tracer: Tracer.Tracer | undefined,
    clock: Clock.Clock,
    start: number
  ) {
    super(call, settings, request.repeatable, tracer, clock, start)
  }

  outcomeOf(reply: Reply.Reply): Outcome<A, E> {
    return this.request.decode(reply, this.effort)
  }

  /** Converts a transport error to an outcome. Some errors stand for a reply: see `Request.recover`. */
  outcomeOfError(error: TransportError): Outcome<A, E> {
    const reply = this.request.recover?.(error)
    return reply === undefined ? Either.left(error) : this.outcomeOf(reply)
  }
}

/**
 * Encodes a request once, with an idempotency key if the policy may repeat it. Returns the outcome if there is nothing to
 * send: the request cannot be encoded, or its result is already known.
 */
export const prepare = <A, E>(
  given: Request<string, unknown, A, E>,
  settings: CallSettings,
  tracer: Tracer.Tracer | undefined,
  clock: Clock.Clock,
  span?: Tracer.Span
): Prepared<A, E> | Outcome<A, E> => {
  const request = settings.retry.repeatsSent ? given.withKey(makeKey) : given
  const encoded = request.encode()
  if (Either.isLeft(encoded)) return Either.left(encoded.left)
  if (encoded.right === undefined) return request.decode(nothing, { attempts: 0 })
  const { batchable, channels, method, operation } = request
  const start = clock.unsafeCurrentTimeMillis()
  const call = {
    method,
    operation,
    body: encoded.right,
    batchable,
    channels,
    headers: settings.headers,
    timeout: settings.timeout,
    deadline: start + settings.deadline,
    span
  }
  return new Prepared(request, call, settings, tracer, clock, start)
}

export const notARequest = new EncodeError({
  method: "",
  path: [],
  detail: "expected a request, such as CentrifugoApi.publish(payload)"
})
