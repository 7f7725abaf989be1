/** Parses durations of the server's configuration. */
import * as Duration from "effect/Duration"

const units: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000
}

const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g

/** Parses a duration into milliseconds; `undefined` if it is not a duration. */
export const parseDuration = (text: string): number | undefined => {
  if (text === "0") return 0
  const parts = [...text.matchAll(part)]
  if (parts.length > 0 && parts.map(([whole]) => whole).join("") === text) {
    return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)
  }
  const duration = Duration.decodeUnknown(text)
  return duration._tag === "Some" ? Duration.toMillis(duration.value) : undefined
}
