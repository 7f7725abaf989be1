/** Requests that cannot be sent. They are ordinary values, and fail when they are encoded. */
import * as Either from "effect/Either"
import type { Issue } from "../codec/Issue.js"
import type { CallError, EncodeError } from "../../CentrifugoError.js"
import { type Effort, type Operation, type Repeat, type Request, RequestTypeId } from "../../ApiMethod.js"
import type { Reply } from "../codec/Reply.js"
import { encodeError } from "./schemas.js"

/** The channel of a payload whose channel name could not be built. The server rejects an empty channel, too. */
export const noChannel = ""

/** A request that always fails to encode. */
class Refused<M extends string, P, A, E> implements Request<M, P, A, E> {
  readonly #request: Request<M, P, A, E>
  readonly #error: EncodeError
  constructor(request: Request<M, P, A, E>, error: EncodeError) {
    this.#request = request
    this.#error = error
  }
  get [RequestTypeId](): RequestTypeId {
    return RequestTypeId
  }
  get method(): M {
    return this.#request.method
  }
  get payload(): P {
    return this.#request.payload
  }
  get repeat(): Repeat {
    return this.#request.repeat
  }
  get operation(): Operation | undefined {
    return this.#request.operation
  }
  get consumers(): boolean {
    return this.#request.consumers === true
  }
  get batchable(): boolean {
    return this.#request.batchable
  }
  get repeatable(): boolean {
    return this.#request.repeatable
  }
  get channels(): ReadonlyArray<string> {
    return this.#request.channels.filter((channel) => channel !== noChannel)
  }
  withKey(makeKey: () => string): Request<M, P, A, E> {
    return new Refused(this.#request.withKey(makeKey), this.#error)
  }
  encode(): Either.Either<never, EncodeError> {
    return Either.left(this.#error)
  }
  decode(reply: Reply, effort: Effort): Either.Either<A, E> {
    return this.#request.decode(reply, effort)
  }
}

/** Returns the request if there is no issue; otherwise a request that fails to encode with that issue. */
export const unless = <M extends string, P, A, E>(
  issue: Issue | undefined,
  path: ReadonlyArray<string>,
  request: Request<M, P, A, E | CallError>
): Request<M, P, A, E | CallError> =>
  issue === undefined ? request : new Refused(request, encodeError(request.method, issue, path))
