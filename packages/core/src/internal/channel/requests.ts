/**
 * Requests whose name or data could not be encoded. They are ordinary request values, and fail when they are
 * sent.
 */
import * as Either from "effect/Either"
import { type Issue, Refusal } from "../codec/Issue.js"
import type { CallError } from "../../CentrifugoError.js"
import type { Request } from "../../ApiMethod.js"
import { noChannel, unless } from "../api/refused.js"

/** Replaces data that its schema rejected. A request made from the same payload fails with the same issue. */
export class NoData {
  readonly #issue: Issue
  constructor(issue: Issue) {
    this.#issue = issue
  }
  toJSON(): never {
    throw new Refusal(this.#issue)
  }
}

/** Makes a request to a channel. If the name is an issue, the request fails with it when it is sent. */
export const to = <M extends string, P, A, E>(
  channel: Either.Either<string, Issue>,
  make: (channel: string) => Request<M, P, A, E | CallError>
): Request<M, P, A, E | CallError> =>
  Either.isRight(channel) ? make(channel.right) : unless(channel.left, ["params"], make(noChannel))
