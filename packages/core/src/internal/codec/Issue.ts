import { isError } from "./brand.js"

/**
 * A problem with a value, and the path to it. The path is built from the inside out: each caller that gets an
 * issue for a part of its value adds that part's key. So paths cost nothing for valid values.
 */
export class Issue {
  readonly path: Array<string | number> = []
  constructor(readonly detail: string) {}

  static at(path: ReadonlyArray<string | number>, detail: string): Issue {
    return path.reduceRight<Issue>((issue, key) => issue.within(key), new Issue(detail))
  }

  within(key: string | number): this {
    this.path.unshift(key)
    return this
  }
}

/** Thrown by code that cannot produce a value. Holds the reason. */
export class Refusal extends Error {
  constructor(readonly issue: Issue) {
    super(issue.detail)
  }
}

/**
 * Converts an exception to an issue. The value's own code (a getter, `toJSON`, a Proxy) or its Schema threw it.
 * The issue omits the error's message, because JavaScript's own messages quote the value.
 */
export const threw = (error: unknown): Issue =>
  error instanceof Refusal
    ? new Issue(error.issue.detail)
    : new Issue(`reading the value threw ${nameOf(error)}`)

const nameOf = (error: unknown): string => {
  if (!isError(error)) return describe(error)
  const name = /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : "Error"
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}, whose message is left out because it may quote the value`
}

/**
 * Whether a text contains a part of a value. Short parts do not count: a two-digit number may be a limit that
 * the text mentions.
 */
export const quotes = (text: string, value: unknown, depth = 0): boolean => {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint": {
      const part = String(value).trim()
      return part.length >= 3 && (text.includes(part) || text.includes(JSON.stringify(part).slice(1, -1)))
    }
    case "object":
      if (value === null || depth > 16) return depth > 16
      return Object.values(value).some((item) => quotes(text, item, depth + 1))
    default:
      return false
  }
}

/** Describes a value without showing it: errors must not contain payloads. */
export const describe = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "an array"
  switch (typeof value) {
    case "object": {
      const name = Object.prototype.toString.call(value).slice(8, -1)
      if (name === "Date" && Number.isNaN(Number(value))) return "an invalid Date"
      return name === "Object" ? "an object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`
    }
    case "undefined":
      return "nothing"
    case "number":
      return Number.isFinite(value) ? "a number" : String(value)
    default:
      return `a ${typeof value}`
  }
}

/** Makes the issue for a value of the wrong type. */
export const expected = (what: string, value: unknown): Issue =>
  new Issue(`expected ${what}, got ${describe(value)}`)
