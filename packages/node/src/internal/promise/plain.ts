/** Converts `Either` to plain objects. */
import type { Request } from "@effect-centrifugo/core/ApiMethod"
import type { Outcome as OutcomeOf, Sent as SentOf } from "@effect-centrifugo/core/Centrifugo"
import * as Either from "effect/Either"

/**
 * The outcome of a part of a call, such as one channel of a broadcast.
 *
 * @since 0.1.0
 */
export type Outcome<A, E> =
  { readonly ok: true; readonly value: A } | { readonly ok: false; readonly error: E }

/**
 * A result with `Outcome`s instead of `Either`s. Converts the result itself, its elements and fields, and in each of
 * those the items of a list or the field `outcome`. Deeper values, such as decoded data, stay unchanged.
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

/**
 * An item of `sendAll`: `{ request, outcome }`, or `[value, outcome]` if you paired the request with a value.
 *
 * @since 0.1.0
 */
export type Sent<I> = I extends readonly [infer V, infer Q extends Request.Any]
  ? readonly [value: V, outcome: Plain<OutcomeOf<Q>>]
  : I extends Request.Any
    ? { readonly request: I; readonly outcome: Plain<OutcomeOf<I>> }
    : never

/** Converts one item of `sendAll`. The caller's own value is unchanged, even if it is an `Either`. */
export const plainSent = <I>(sent: SentOf<I>): Sent<I> => {
  const item: unknown = sent
  return (
    Array.isArray(item)
      ? [item[0], outcome(item[1])]
      : isRecord(item)
        ? { ...item, outcome: outcome(item["outcome"]) }
        : item
  ) as Sent<I>
}

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

/** Whether a value is a plain object. Excludes class instances, because a copy would not be an instance. */
const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
