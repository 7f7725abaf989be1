/** From `Either` to what code without Effect can read. */
import * as Either from "effect/Either"

/**
 * What became of a part of something larger, such as one channel of a broadcast.
 *
 * @since 0.1.0
 */
export type Outcome<A, E> =
  { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: E }

/**
 * A result with an `Outcome` in the place of each `Either`: of the result itself, of an element or a field
 * of it, or of a list or an `outcome` there. What stands deeper, such as data that a schema has read, stays
 * as it is.
 *
 * @since 0.1.0
 */
export type Plain<A> =
  A extends Either.Either<infer R, infer L>
    ? Outcome<Plain<R>, L>
    : A extends object
      ? { [K in keyof A]: Part<A[K]> }
      : A

type Part<P> =
  P extends Either.Either<infer R, infer L>
    ? Outcome<Plain<R>, L>
    : P extends { readonly outcome: Either.Either<infer R, infer L> }
      ? { [K in keyof P]: K extends "outcome" ? Outcome<Plain<R>, L> : P[K] }
      : P extends ReadonlyArray<Either.Either<infer R, infer L>>
        ? ReadonlyArray<Outcome<Plain<R>, L>>
        : P

/** What has no such place is given back as it came, not copied. */
export const plain = <A>(result: A): Plain<A> => outcome(result, (inner) => fields(inner, part)) as Plain<A>

const part = (value: unknown): unknown =>
  outcome(value, (inner) => {
    if (Array.isArray(inner)) return inner.some(Either.isEither) ? inner.map((item) => outcome(item)) : inner
    return isRecord(inner) && Either.isEither(inner["outcome"])
      ? { ...inner, outcome: outcome(inner["outcome"]) }
      : inner
  })

const outcome = (value: unknown, otherwise: (value: unknown) => unknown = (same) => same): unknown => {
  if (!Either.isEither(value)) return otherwise(value)
  return Either.isRight(value) ? { ok: true, value: plain(value.right) } : { ok: false, error: value.left }
}

const fields = (value: unknown, change: (field: unknown) => unknown): unknown => {
  if (Array.isArray(value)) {
    const changed = value.map(change)
    return changed.every((item, i) => item === value[i]) ? value : changed
  }
  if (!isRecord(value)) return value
  const entries = Object.entries(value).map(([name, field]) => [name, change(field)] as const)
  return entries.every(([name, field]) => field === value[name]) ? value : Object.fromEntries(entries)
}

/** Not an instance of a class, which a copy would not be. */
const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
