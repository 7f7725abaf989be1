/** Converts `Either` to plain objects. */
import * as Either from "effect/Either"

/**
 * The outcome of a part of a call, such as one channel of a broadcast.
 *
 * @since 0.1.0
 */
export type Outcome<A, E> =
  { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: E }

/**
 * A result with an `Outcome` instead of each `Either`: the result itself, an element or field of it, or an
 * `Either` inside a list or `outcome` there. Deeper values, such as decoded data, are unchanged.
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

/** A result without `Either` is returned unchanged, not copied. */
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

/** A class instance is not a record: its copy would not be an instance. */
const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
