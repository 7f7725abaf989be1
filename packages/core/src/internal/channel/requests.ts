/** Requests with a part that could not be made. They are ordinary values, and fail when they are encoded. */
import * as Either from "effect/Either"
import { type Issue, Refusal } from "../codec/Issue.js"
import type { CallError } from "../../CentrifugoError.js"
import type { Request } from "../../ApiMethod.js"
import { noChannel, unless } from "../api/refused.js"

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

/** Makes a request to a channel, or one that fails if the name could not be made. */
export const to = <M extends string, P, A, E>(
  channel: Either.Either<string, Issue>,
  make: (channel: string) => Request<M, P, A, E | CallError>
): Request<M, P, A, E | CallError> =>
  Either.isRight(channel) ? make(channel.right) : unless(channel.left, ["params"], make(noChannel))
