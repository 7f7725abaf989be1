/** Requests with a part that could not be made. They are ordinary values, and fail when they are encoded. */
import * as Either from "effect/Either"
import { type Issue, Refusal } from "../codec/Issue.js"
import type { CallError, EncodeError } from "../../CentrifugoError.js"
import { type Effort, type Operation, type Repeat, type Request, RequestTypeId } from "../../ApiMethod.js"
import { encodeError } from "../api/schemas.js"
import type { Reply } from "../codec/Reply.js"

/** The payload's channel if its name could not be made. The server rejects an empty channel, too. */
export const noChannel = ""

/** Stands for data that its schema rejected. A request that reuses the payload fails with the same reason. */
export class NoData {
  readonly #issue: Issue
  constructor(issue: Issue) {
    this.#issue = issue
  }
  toJSON(): never {
    throw new Refusal(this.#issue)
  }
}

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

/** Returns the request, or if there is an issue a request that fails with it. */
export const unless = <M extends string, P, A, E>(
  issue: Issue | undefined,
  path: ReadonlyArray<string>,
  request: Request<M, P, A, E | CallError>
): Request<M, P, A, E | CallError> =>
  issue === undefined ? request : new Refused(request, encodeError(request.method, issue, path))

/** Makes a request to a channel, or one that fails if the name could not be made. */
export const to = <M extends string, P, A, E>(
  channel: Either.Either<string, Issue>,
  make: (channel: string) => Request<M, P, A, E | CallError>
): Request<M, P, A, E | CallError> =>
  Either.isRight(channel) ? make(channel.right) : unless(channel.left, ["params"], make(noChannel))
