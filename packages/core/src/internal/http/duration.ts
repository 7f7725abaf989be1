/** Durations as users give them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ConfigError } from "../../CentrifugoError.js"

/** A timer set for longer than this fires at once. */
const longestTimer = 2_147_483_647

/** Milliseconds, or `NaN` for what is no duration. */
const decoded = (input: Duration.DurationInput): number => {
  const duration = Duration.decodeUnknown(input)
  return duration._tag === "Some" ? Duration.toMillis(duration.value) : Number.NaN
}

/** A duration that a timer can hold, in milliseconds, or `undefined`. */
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
