/**
 * A place in a value, and what is wrong there. The path is filled from the inside out: whoever gets
 * one from a part of its value adds its own key, so that a value without issues pays nothing for paths.
 */
export class Issue {
  readonly path: Array<string | number> = []
  constructor(readonly detail: string) {}

  within(key: string | number): this {
    this.path.unshift(key)
    return this
  }
}

/** Names a value without showing it: payloads belong in no error. */
export const describe = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "an array"
  switch (typeof value) {
    case "object":
      return Object.prototype.toString.call(value) === "[object Object]"
        ? "an object"
        : `a ${Object.prototype.toString.call(value).slice(8, -1)}`
    case "undefined":
      return "nothing"
    case "number":
      return Number.isFinite(value) ? "a number" : String(value)
    default:
      return `a ${typeof value}`
  }
}
