/**
 * What is done for every request, single, batch or one of many: a key where it may be repeated, encode
 * once, send, read the reply.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Tracer from "effect/Tracer"
import { type CallError, InternalError, type TransportError, withEffort } from "../../CentrifugoError.js"
import type { Effort, Request } from "../../ApiMethod.js"
import { Attempts } from "./attempts.js"
import { within } from "./retrying.js"
import type { Call, Service as Transport } from "../../CentrifugoTransport.js"
import * as Reply from "../codec/Reply.js"
import { type InForce, timeoutOf } from "./inForce.js"

const nothing = Reply.result({})
const makeKey = () => crypto.randomUUID()

/** The server's own code for a failure that may pass. */
const internal = 100

/** What becomes of a request, or became of one that is not sent. */
export type Outcome<A, E> = Either.Either<A, E | CallError>

/** The server's own error, which came as a good answer. */
export type Failed = Reply.Reply & { readonly _tag: "Failure" }

/** A request that can be sent: the call itself. */
export class Prepared<A, E> extends Attempts<Request<string, unknown, A, E>> implements Call {
  readonly method: string
  readonly batchable: boolean
  readonly channels: ReadonlyArray<string>
  readonly headers: Call["headers"]
  readonly timeout: number
  readonly attempts = this

  constructor(
    request: Request<string, unknown, A, E>,
    readonly body: string,
    options: InForce,
    clock: Clock.Clock,
    /** When the call began, in milliseconds of the clock. */
    start: number,
    span: Tracer.Span | undefined
  ) {
    super(request, options.retry, clock, start, start + options.deadline, span)
    const { batchable, method } = request
    this.method = method
    this.batchable = batchable
    this.channels = batchable ? request.channels : []
    this.headers = options.headers
    this.timeout = timeoutOf(options)
  }

  /** Sends it until there is an outcome. */
  send(transport: Transport, call: Call = this): Effect.Effect<A, E | CallError> {
    return Effect.matchEffect(transport.send(call), {
      onSuccess: (reply) => (this.repeatsAfter(reply) ? this.sendAgain(transport, reply) : this.read(reply)),
      onFailure: (error) => this.fail(error)
    })
  }

  /** Whether an answer is no outcome yet. No transport has repeated the call, because none of them failed. */
  repeatsAfter(reply: Reply.Reply): reply is Failed {
    return reply._tag === "Failure" && reply.error.code === internal && this.policy.repeatsSent
  }

  /** Sends it after such an answer, if there is an attempt left. Calls behind it may overtake it. */
  sendAgain(transport: Transport, reply: Failed): Effect.Effect<A, E | CallError> {
    const failure = new InternalError({ method: this.method, serverMessage: reply.error.message })
    return Effect.flatMap(this.next(failure), (delay) =>
      delay === undefined
        ? this.read(reply)
        : Effect.zipRight(
            Effect.sleep(delay),
            Effect.suspend(() => this.send(transport, within(this, this.clock.unsafeCurrentTimeMillis())))
          )
    )
  }

  read(reply: Reply.Reply): Outcome<A, E> {
    return this.request.decode(reply, this.#effort())
  }

  fail(error: TransportError): Outcome<A, E> {
    const reply = this.request.recover?.(error)
    if (reply !== undefined) return this.read(reply)
    // Whatever is known of the last attempt, an earlier one may have been carried out.
    const isUnknown = "phase" in error && this.wasSent
    return Either.left(withEffort(error, { ...this.#effort(), ...(isUnknown ? { phase: "unknown" } : {}) }))
  }

  #effort(): Effort {
    return { attempts: this.count, elapsed: this.clock.unsafeCurrentTimeMillis() - this.start }
  }
}

/** The request with a key, where it may be repeated and takes one. */
export const keyed = <A, E>(
  request: Request<string, unknown, A, E>,
  { retry }: InForce
): Request<string, unknown, A, E> => (retry.repeatsSent ? request.withKey(makeKey) : request)

/** What has to be sent for a request, or its outcome where nothing has to be. */
export const bodyOrOutcome = <A, E>(request: Request<string, unknown, A, E>): string | Outcome<A, E> => {
  const encoded = request.encode()
  if (Either.isLeft(encoded)) return Either.left(encoded.left)
  return encoded.right ?? request.decode(nothing, { attempts: 0 })
}

/** The request ready to be sent, or its outcome. */
export const prepare = <A, E>(
  given: Request<string, unknown, A, E>,
  options: InForce,
  clock: Clock.Clock,
  span?: Tracer.Span
): Prepared<A, E> | Outcome<A, E> => {
  const request = keyed(given, options)
  const body = bodyOrOutcome(request)
  return typeof body === "string"
    ? new Prepared(request, body, options, clock, clock.unsafeCurrentTimeMillis(), span)
    : body
}
