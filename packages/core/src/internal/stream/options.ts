/** The options of every stream, and their validation. */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { EncodeError } from "../../CentrifugoError.js"
import { describe, Issue } from "../codec/Issue.js"
import type { Position } from "./PositionError.js"

interface Paging {
  /** The page size: how many items one request reads, and memory holds at a time. Default 100. */
  readonly pageSize?: number | undefined
  /**
   * A saved position. Reads only items after it (with `reverse`: before it). Default: starts at the oldest
   * stored item (with `reverse`: at the newest).
   */
  readonly since?: Position | undefined
}

/**
 * Options for reading from the oldest item to the newest.
 *
 * @since 0.1.0
 */
export interface Forward<R> extends Paging {
  /** Whether to read from the newest item to the oldest: see `Backward`. Default `false`. */
  readonly reverse?: false | undefined
  /**
   * When to poll for more items after all were read. The stream ends when the schedule ends. The schedule
   * restarts whenever items arrive, so an exponential schedule polls fast while there is traffic. Default: the
   * stream ends at the item that was the newest when it began.
   */
  readonly follow?: Schedule.Schedule<unknown, unknown, R> | undefined
}

/**
 * Options for reading from the newest item to the oldest stored one.
 *
 * @since 0.1.0
 */
export interface Backward extends Paging {
  /** Whether to read from the newest item to the oldest. The type is `boolean` so that you can pass a variable. */
  readonly reverse: boolean
  /** Reading backwards always ends, so it cannot follow. */
  readonly follow?: undefined
}

const naturals = (from: number, to: number, words: string) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to
    ? undefined
    : new Issue(`expected a whole number from ${from} to ${words}`)

const checkOffset = naturals(0, Number.MAX_SAFE_INTEGER, "2^53 - 1")

const checkSince = (since: unknown): Issue | undefined => {
  if (!Predicate.isRecord(since)) {
    return new Issue(`expected a saved position, { offset, epoch }, got ${describe(since)}`)
  }
  const offset = checkOffset(since["offset"])
  if (offset !== undefined) return offset.within("offset")
  return typeof since["epoch"] === "string"
    ? undefined
    : new Issue(
        `expected a string, got ${describe(since["epoch"])}; save the whole position, or pass "" to skip the check for a recreated stream`
      ).within("epoch")
}

const checks = {
  // The method's encoder validates the channel.
  channel: () => undefined,
  pageSize: naturals(1, 2147483647, "2147483647"),
  since: checkSince,
  reverse: (reverse: unknown) =>
    typeof reverse === "boolean" ? undefined : new Issue(`expected a boolean, got ${describe(reverse)}`),
  follow: (follow: unknown) =>
    Schedule.isSchedule(follow)
      ? undefined
      : new Issue(`expected a Schedule, such as Schedule.spaced("1 second"), got ${describe(follow)}`),
  schema: (schema: unknown) =>
    Schema.isSchema(schema) ? undefined : new Issue(`expected a Schema, got ${describe(schema)}`)
} satisfies { readonly [name: string]: (value: unknown) => Issue | undefined }

/** The names of the options. */
export type Name = keyof typeof checks

/** Returns the first problem with the options, or `undefined`. An `undefined` option counts as absent. */
export const problemOf = (options: unknown, names: ReadonlyArray<Name>): Issue | undefined => {
  if (!Predicate.isRecord(options)) return new Issue(`expected options, got ${describe(options)}`)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const known = names.find((known) => known === name)
    const problem =
      known === undefined
        ? new Issue(`unknown option; known options: ${names.join(", ")}`)
        : checks[known](value)
    if (problem !== undefined) return problem.within(name)
  }
  return options["reverse"] === true && options["follow"] !== undefined
    ? new Issue("follow can't be combined with reverse; leave one of them out").within("follow")
    : undefined
}

/** Returns the channel's name, or the error that a typed channel's `name` returned, with the given method. */
export const channelOf = (
  method: string,
  channel: string | Either.Either<string, EncodeError>
): Either.Either<string, EncodeError> =>
  // Untyped callers can pass anything. The method's encoder reports it.
  Either.isEither(channel)
    ? Either.mapLeft(channel, ({ detail, path }) => new EncodeError({ method, path, detail }))
    : Either.right(channel)
