/** Runs schemas that users pass with a single call. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import { firstIssue } from "../codec/compile.js"
import { type Issue, threw } from "../codec/Issue.js"
import { DecodeError, EncodeError } from "../../CentrifugoError.js"
import type { Effort } from "../../ApiMethod.js"

const guarded =
  <A, B>(run: (value: A) => Either.Either<B, ParseResult.ParseIssue>) =>
  (value: A): Either.Either<B, Issue> => {
    try {
      return Either.mapLeft(run(value), firstIssue)
    } catch (error) {
      // The schema's own code threw.
      return Either.left(threw(error))
    }
  }

/** Makes a decoder for returned values. */
export const reader = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => Either.Either<A, Issue>) =>
  guarded(ParseResult.decodeUnknownEither(schema))

/** Makes an encoder for values to send. */
export const writer = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => Either.Either<I, Issue>) =>
  guarded(ParseResult.encodeUnknownEither(schema))

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
