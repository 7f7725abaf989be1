import { isError } from "./brand.js"

/**
 * A place in a value, and what is wrong there. The path is filled from the inside out: whoever gets
 * one from a part of its value adds its own key, so that a value without issues pays nothing for paths.
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

/** What code that stands for a value throws to say why there is none. */
export class Refusal extends Error {
  constructor(readonly issue: Issue) {
    super(issue.detail)
  }
}

/**
 * What became of a value where its own code (a getter, `toJSON`, a Proxy) or its Schema's threw. The
 * error's message is left out: JavaScript's own quote the value.
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
 * Whether a text holds a part of a value. Short parts prove nothing: a number of two digits may be a limit
 * that the text names.
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

/** Names a value without showing it: payloads belong in no error. */
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
