/** What every reading of a stream takes, and the check of it. */
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { describe, Issue } from "../codec/Issue.js"
import type { Position } from "./PositionError.js"

interface Paging {
  /** How many items a request asks for: what is held in memory at a time. Default 100. */
  readonly pageSize?: number
  /**
   * A saved position: only what came after it (with `reverse`: before it). Without it, from the oldest
   * that is stored (with `reverse`: from the newest).
   */
  readonly since?: Position
}

/**
 * From the oldest to the newest.
 *
 * @since 0.1.0
 */
export interface Forward<R> extends Paging {
  /** From the newest to the oldest: see `Backward`. Default `false`. */
  readonly reverse?: false
  /**
   * When to ask for more, once all was read; the stream ends when the schedule does. It begins anew
   * whenever something came, so that an exponential one is quick while there is traffic. Default: the
   * stream ends at what was the top when it began.
   */
  readonly follow?: Schedule.Schedule<unknown, unknown, R>
}

/**
 * From the newest to the oldest that is stored.
 *
 * @since 0.1.0
 */
export interface Backward extends Paging {
  /** From the newest to the oldest; `false` is allowed, so that it may be a variable. */
  readonly reverse: boolean
  /** What is read backwards has an end. */
  readonly follow?: never
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
        `expected a string, got ${describe(since["epoch"])}; save the whole position, or give "" to do without knowing whether the stream was made anew`
      ).within("epoch")
}

const checks = {
  // The method's own encoder says what a channel must be.
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

/** Options by their names. */
export type Name = keyof typeof checks

/** What is wrong with options of these names. One that is undefined counts as left out. */
export const problemOf = (options: unknown, names: ReadonlyArray<Name>): Issue | undefined => {
  if (!Predicate.isRecord(options)) return new Issue(`expected options, got ${describe(options)}`)
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    const known = names.find((known) => known === name)
    const problem =
      known === undefined
        ? new Issue(`there is no such option; there are ${names.join(", ")}`)
        : checks[known](value)
    if (problem !== undefined) return problem.within(name)
  }
  return options["reverse"] === true && options["follow"] !== undefined
    ? new Issue("what is read in reverse has an end").within("follow")
    : undefined
}
