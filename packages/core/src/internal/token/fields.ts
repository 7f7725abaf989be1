/** Checks single options. Each function returns the checked value or throws `Refused`, which `made` catches. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import { isUnixSeconds } from "../../Wire.js"
import { describe, Issue, threw } from "../codec/Issue.js"
import { writeJson } from "../codec/json.js"
import { ClaimsError } from "./errors.js"
import { anonymous, type User } from "./model.js"

type Path = ReadonlyArray<string | number>

/** Aborts `made` with an issue. */
class Refused {
  constructor(readonly issue: Issue) {}
}

export const refuse = (path: Path, detail: string): never => {
  throw new Refused(Issue.at(path, detail))
}

export const text = (value: unknown, path: Path, expected: string): string => {
  if (typeof value !== "string") return refuse(path, `expected ${expected}, got ${describe(value)}`)
  if (value === "") return refuse(path, `expected ${expected} that is not empty`)
  return value.isWellFormed() ? value : refuse(path, "text with half of a surrogate pair")
}

/** The user ID; `""` for an anonymous connection. */
export const userId = (user: User): string =>
  user === anonymous ? "" : text(user, ["user"], "a user ID (text, or Token.anonymous)")

export const json = (value: unknown, path: Path): string => {
  const written = writeJson(value)
  return written instanceof Issue ? refuse([...path, ...written.path], written.detail) : written
}

const expectedTime =
  'expected a duration with its unit, such as "10 minutes" or Duration.minutes(10), or a DateTime'

/** Converts a time to Unix seconds, rounded up. */
export const seconds = (time: unknown, now: number, path: Path): number => {
  const millis = DateTime.isDateTime(time)
    ? DateTime.toEpochMillis(time)
    : Duration.isDuration(time) || typeof time === "string"
      ? now + fromDuration(time, path)
      : refuse(path, `${expectedTime}, got ${describe(time)}`)
  const at = Math.ceil(millis / 1000)
  return isUnixSeconds(at) ? at : refuse(path, 'that is out of range; for no expiry, pass "never"')
}

const fromDuration = (input: unknown, path: Path): number => {
  const duration = Duration.decodeUnknown(input)
  if (duration._tag === "None") return refuse(path, expectedTime)
  const millis = Duration.toMillis(duration.value)
  return millis > 0 ? millis : refuse(path, "expected a duration above zero")
}

export const future = (time: unknown, now: number, path: Path): number => {
  const at = seconds(time, now, path)
  return at * 1000 > now ? at : refuse(path, "it is in the past, so the server would refuse the token")
}

/** Runs `write` and turns a `Refused` into a `ClaimsError`. */
export const made = <A>(making: string, write: () => A): Either.Either<A, ClaimsError> => {
  try {
    return Either.right(write())
  } catch (error) {
    // Anything else was thrown by a getter of the options, or because they are not an object.
    const { detail, path } = error instanceof Refused ? error.issue : threw(error)
    return Either.left(new ClaimsError({ making, path, detail }))
  }
}
