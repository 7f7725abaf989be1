/**
 * From what Node and undici throw to the family's own errors.
 */
import { NetworkError, type Phase } from "@effect-centrifugo/core/CentrifugoError"

/**
 * The error of a call that a connection could not carry. Where a name has several addresses, each
 * one's failure is in `detail`.
 */
export const networkError = (method: string, phase: Phase, error: Error, origin: string): NetworkError => {
  const code = codeOf(error)
  return new NetworkError({
    method,
    phase,
    detail: `${textOf(error)} (${origin})`,
    cause: withoutData(error),
    ...(code === undefined ? {} : { code })
  })
}

const codeOf = (error: Error): string | undefined => {
  if ("code" in error && typeof error.code === "string") return error.code
  return error instanceof AggregateError ? errorsOf(error).map(codeOf).find(Boolean) : undefined
}

const textOf = (error: Error): string =>
  error instanceof AggregateError && error.errors.length > 0
    ? [...new Set(errorsOf(error).map(textOf))].join(", ")
    : error.message || codeOf(error) || error.name

const errorsOf = (error: AggregateError): ReadonlyArray<Error> =>
  error.errors.filter((member): member is Error => member instanceof Error)

/**
 * The parser's errors quote what came. That may be our own request with the key in it: whatever
 * listens at that port may send back what it gets.
 */
const withoutData = (error: Error): Error => {
  if (!("data" in error)) return error
  const { message, name } = error
  return Object.assign(new Error(message), { name, code: codeOf(error) })
}
