/** Parses the durations in options. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ConfigError } from "../../CentrifugoError.js"

/** The longest delay of a timer, in milliseconds. A longer one fires at once. */
const longestTimer = 2_147_483_647

/** A duration in milliseconds; `NaN` if it is invalid. */
const decoded = (input: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(input)
  return duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
}

/** A duration in milliseconds; `undefined` if it is invalid or too long for a timer. */
export const millisOf = (input: Duration.DurationInput): number | undefined => {
  const millis = decoded(input)
  return millis > 0 && millis <= longestTimer ? millis : undefined
}

/** The `shutdownTimeout` of a transport in milliseconds. It may be 0. */
export const checkedShutdown = (input: Duration.DurationInput = 500): Effect.Effect<number, ConfigError> => {
  const millis = decoded(input)
  return millis >= 0 && millis <= longestTimer
    ? Effect.succeed(millis)
    : new ConfigError({
        option: "shutdownTimeout",
        detail: 'expected a duration of at most 24 days, such as "500 millis"'
      })
}

/** The error detail for an invalid duration. */
export const expectedDuration = 'expected a duration above zero and at most 24 days, such as "10 seconds"'

/** Converts a duration to milliseconds. Fails with a `ConfigError` that names the option. */
export const checked = (
  option: string,
  input: Duration.DurationInput
): Effect.Effect<number, ConfigError> => {
  const millis = millisOf(input)
  return millis === undefined ? new ConfigError({ option, detail: expectedDuration }) : Effect.succeed(millis)
}
