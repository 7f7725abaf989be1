import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type CentrifugoError, isCentrifugoError } from "../../CentrifugoError.js"
import { type AnyOutcomes, isPartialFailure, PartialFailureError } from "../api/Outcome.js"

/** Implements `Centrifugo.logFailure`. */
export const logFailure = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<void, never, R> =>
  Effect.matchCauseEffect(self, {
    onFailure: logCause,
    // A broadcast or a batch succeeds even if its parts failed.
    onSuccess: (value) =>
      hasFailures(value) ? logProblem(new PartialFailureError({ outcomes: value })) : Effect.void
  })

const logCause = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const problems = [...Cause.failures(cause), ...Cause.defects(cause)]
  const logged = Effect.forEach(problems, logProblem, { discard: true })
  return Cause.isInterrupted(cause) ? Effect.zipRight(logged, Effect.interrupt) : logged
}

const logProblem = (problem: unknown): Effect.Effect<void> => {
  if (isPartialFailure(problem)) return Effect.logWarning(`Centrifugo: ${textOf(problem)}`)
  if (!isCentrifugoError(problem)) return Effect.logWarning("Centrifugo: not sent", Cause.fail(problem))
  const { _tag, attempts, elapsed, method } = problem
  return Effect.logWarning(`Centrifugo: ${textOf(problem)}`).pipe(
    Effect.annotateLogs({
      "centrifugo.method": method,
      "centrifugo.error": _tag,
      "centrifugo.attempts": attempts,
      "centrifugo.elapsed": elapsed
    })
  )
}

/** Returns the message without the response's body: a gateway's error page may quote the payload. */
const textOf = (problem: CentrifugoError | PartialFailureError): string =>
  problem._tag === "CentrifugoStatusError"
    ? `${problem.method}: HTTP status ${problem.status}. ${problem.hint}`.trimEnd()
    : problem.message

const hasFailures = (value: unknown): value is AnyOutcomes =>
  typeof value === "object" && value !== null && Object.values(value).some(isFailure)

const isFailure = (part: unknown): boolean => {
  const outcome: unknown =
    typeof part === "object" && part !== null && "outcome" in part ? part.outcome : part
  return Either.isEither(outcome) && Either.isLeft(outcome) && isCentrifugoError(outcome.left)
}
