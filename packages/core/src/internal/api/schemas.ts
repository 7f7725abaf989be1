/** Runs schemas that users pass with a single call. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import { type Issue, threw } from "../codec/Issue.js"
import { decoderOf, encoderOf } from "../codec/schema.js"
import { DecodeError, EncodeError } from "../../CentrifugoError.js"
import type { Effort } from "../../ApiMethod.js"

const guarded =
  <A>(run: (value: unknown) => Either.Either<unknown, Issue>) =>
  (value: unknown): Either.Either<A, Issue> => {
    try {
      return run(value) as Either.Either<A, Issue>
    } catch (error) {
      // The schema's own code threw.
      return Either.left(threw(error))
    }
  }

/** Makes a decoder for returned values. */
export const reader = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => Either.Either<A, Issue>) =>
  guarded(decoderOf(schema.ast))

/** Makes an encoder for values to send. */
export const writer = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => Either.Either<I, Issue>) =>
  guarded(encoderOf(schema.ast))

export const decodeError = (
  method: string,
  issue: Issue,
  path: ReadonlyArray<string | number>,
  effort: Effort
): DecodeError => new DecodeError({ ...effort, method, path: [...path, ...issue.path], detail: issue.detail })

export const encodeError = (
  method: string,
  issue: Issue,
  path: ReadonlyArray<string | number>
): EncodeError => new EncodeError({ method, path: [...path, ...issue.path], detail: issue.detail })
