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

/** What became of reading a value whose own code (a getter, `toJSON`, a Proxy) threw. */
export const threw = (error: unknown): Issue =>
  new Issue(`reading the value threw: ${error instanceof Error ? error.message : describe(error)}`)

/** Names a value without showing it: payloads belong in no error. */
export const describe = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "an array"
  switch (typeof value) {
    case "object": {
      const name = Object.prototype.toString.call(value).slice(8, -1)
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
