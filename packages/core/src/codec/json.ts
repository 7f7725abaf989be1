/**
 * Any JSON value to text, refusing what `JSON.stringify` would drop, change or throw on: a lost
 * publication that reported success is worse than an error.
 */
import * as Redacted from "effect/Redacted"
import { describe, Issue } from "./Issue.js"

/** Far below what overflows the stack, and below the 10,000 levels that Go's decoder takes. */
const maxDepth = 1000

/**
 * Whether `JSON.stringify` writes the value as it stands. Says no, without a reason, also to what
 * needs a closer look (a `toJSON`), so that ordinary data costs one walk and no allocation.
 */
const isPlain = (value: unknown, depth: number): boolean => {
  switch (typeof value) {
    case "string":
      return value.isWellFormed()
    case "number":
      return value - value === 0
    case "boolean":
      return true
    case "object": {
      if (value === null) return true
      if (depth === 0) return false
      if (Array.isArray(value)) {
        for (let i = 0; i < value.length; i++) {
          if (!isPlain(value[i], depth - 1)) return false
        }
        return !("toJSON" in value)
      }
      const prototype = Object.getPrototypeOf(value)
      if ((prototype !== Object.prototype && prototype !== null) || "toJSON" in value) return false
      for (const key in value) {
        const item: unknown = (value as Record<string, unknown>)[key]
        if (item !== undefined && !(isPlain(item, depth - 1) && key.isWellFormed())) return false
      }
      return true
    }
    default:
      return false
  }
}

/**
 * The slow twin of `isPlain`: copies the value with every `toJSON` applied once, or says what is
 * wrong and where. `undefined` as an object's property is left out, as `JSON.stringify` does.
 */
const copy = (input: unknown, key: string | number, ancestors: ReadonlyArray<unknown>): unknown => {
  let value = input
  if (Redacted.isRedacted(value))
    return new Issue(
      'a Redacted value would be sent as "<redacted>"; unwrap it with Redacted.value if it is meant to be published'
    )
  if (value instanceof Date && Number.isNaN(value.getTime())) return new Issue("an invalid Date")
  if (
    typeof value === "object" &&
    value !== null &&
    "toJSON" in value &&
    typeof value.toJSON === "function"
  ) {
    value = value.toJSON(String(key)) as unknown
  }
  switch (typeof value) {
    case "string":
      return value.isWellFormed()
        ? value
        : new Issue(
            "text with half of a surrogate pair (a string cut inside an emoji); use toWellFormed() or cut elsewhere"
          )
    case "number":
      return Number.isFinite(value) ? value : new Issue(`JSON has no ${value}`)
    case "boolean":
      return value
    case "bigint":
      return new Issue("JSON.stringify can't write a bigint; send it as a number or as text")
    case "object":
      break
    default:
      return new Issue(`JSON can't carry ${describe(value)}`)
  }
  if (value === null) return null
  if (ancestors.includes(value)) return new Issue("a cycle: the value contains itself")
  if (ancestors.length >= maxDepth) return new Issue(`nested deeper than ${maxDepth} levels`)
  const inside = [...ancestors, value]
  if (Array.isArray(value)) {
    const list: Array<unknown> = []
    for (let i = 0; i < value.length; i++) {
      const item = copy(value[i], i, inside)
      if (item instanceof Issue) return item.within(i)
      list.push(item)
    }
    return list
  }
  if (value instanceof Uint8Array) {
    return new Issue(
      "bytes inside a JSON value; only the whole field can be bytes, so encode them as text here"
    )
  }
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    return new Issue(`JSON would lose ${describe(value)}; convert it to a plain value`)
  }
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const name of Object.keys(value)) {
    const property: unknown = (value as Record<string, unknown>)[name]
    if (property === undefined) continue
    if (!name.isWellFormed()) return new Issue("a key with half of a surrogate pair").within(name)
    const item = copy(property, name, inside)
    if (item instanceof Issue) return item.within(name)
    object[name] = item
  }
  return object
}

/** Writes any JSON value; code of the value's own (getters, `toJSON`) may throw here. */
export const writeJson = (value: unknown): string | Issue => {
  try {
    if (isPlain(value, maxDepth)) return JSON.stringify(value)
    const plain = copy(value, "", [])
    return plain instanceof Issue ? plain : JSON.stringify(plain)
  } catch (error) {
    return new Issue(`reading the value threw: ${error instanceof Error ? error.message : String(error)}`)
  }
}
