/**
 * Reads configuration values as leniently as the server: names in any case, numbers and booleans as strings,
 * `null` for the default, a single item instead of a list, durations in nanoseconds.
 */
import { parseDuration } from "./durations.js"

type Section = { readonly [name: string]: unknown }

const isSection = (value: unknown): value is Section =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Each reader returns `undefined` for a value that the server rejects. */
export const section = (value: unknown): Section | undefined =>
  value === undefined || value === null
    ? {}
    : isSection(value)
      ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name.toLowerCase(), item]))
      : undefined

export const list = (value: unknown): ReadonlyArray<unknown> | undefined =>
  value === undefined || value === null
    ? []
    : Array.isArray(value)
      ? value
      : isSection(value)
        ? [value]
        : undefined

const flags: { readonly [text: string]: boolean } = {
  ...Object.fromEntries(["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true])),
  ...Object.fromEntries(["", "0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false]))
}

export const flag = (value: unknown): boolean | undefined => {
  if (value === undefined || value === null) return false
  if (typeof value === "boolean") return value
  if (typeof value === "number") return value !== 0
  return typeof value === "string" && Object.hasOwn(flags, value) ? flags[value] : undefined
}

export const text = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return ""
  if (typeof value === "boolean") return value ? "1" : "0"
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined
}

/** The server accepts negative sizes, too, but gives them no meaning. */
export const size = (value: unknown): number | undefined => {
  const number = value === undefined || value === null || value === "" ? 0 : value
  const whole =
    typeof number === "boolean"
      ? Number(number)
      : typeof number === "number"
        ? Math.trunc(number)
        : typeof number === "string" && /^\+?\d+$/.test(number)
          ? Number(number)
          : NaN
  return Number.isSafeInteger(whole) && whole >= 0 ? whole : undefined
}

/** Reads a duration, in milliseconds. */
export const duration = (value: unknown): number | undefined => {
  if (value === undefined || value === null) return 0
  const millis =
    typeof value === "string" ? parseDuration(value) : typeof value === "number" ? value / 1e6 : undefined
  return millis !== undefined && millis >= 0 && Number.isFinite(millis) ? millis : undefined
}
