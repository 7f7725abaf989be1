/** Durations as users give them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ConfigError } from "../../CentrifugoError.js"

/** A timer set for longer than this fires at once. */
const longestTimer = 2_147_483_647

/** A duration that a timer can hold, in milliseconds, or `undefined`. */
export const millisOf = (input: Duration.DurationInput): number | undefined => {
  const duration = Duration.decodeUnknown(input)
  const millis = duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
  return millis > 0 && millis <= longestTimer ? millis : undefined
}

/** What a duration has to be, for errors. */
export const expectedDuration = 'expected a duration above zero and at most 24 days, such as "10 seconds"'

/** Milliseconds, or an error that names the option. */
export const checked = (
  option: string,
  input: Duration.DurationInput
): Effect.Effect<number, ConfigError> => {
  const millis = millisOf(input)
  return millis === undefined ? new ConfigError({ option, detail: expectedDuration }) : Effect.succeed(millis)
}
