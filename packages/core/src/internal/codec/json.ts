/**
 * Encodes any JSON value as text. Rejects values that `JSON.stringify` would drop, change or throw on: an error
 * is better than a publication that reports success but lost data.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isBytes, isDate } from "./brand.js"
import { describe, Issue, threw } from "./Issue.js"

/** The nesting limit. It is far below a stack overflow, and below the 10,000 levels that Go's decoder accepts. */
const maxDepth = 1000

/**
 * Whether `JSON.stringify` writes the value unchanged. Also returns `false` for values that need a closer look
 * (a `toJSON`), so ordinary data costs one walk and no allocation.
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
      if (Object.getOwnPropertySymbols(value).length > 0) return false
      for (const key of Object.keys(value)) {
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
 * Whether `JSON.stringify` would call the value's `toJSON`. Bigints count too: some programs define
 * `BigInt.prototype.toJSON`.
 */
const hasToJson = (value: unknown): value is { readonly toJSON: unknown } =>
  ((typeof value === "object" && value !== null) || typeof value === "bigint") && "toJSON" in Object(value)

const isRaw = (value: unknown): boolean =>
  (JSON as { readonly isRawJSON?: (value: unknown) => boolean }).isRawJSON?.(value) ?? false

/** Unwraps boxed primitives, as `JSON.stringify` does: `new String("a")` becomes `"a"`. */
const unboxed = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  switch (Object.prototype.toString.call(value)) {
    case "[object String]":
      return String(value)
    case "[object Number]":
      return Number(value)
    case "[object Boolean]":
      return Boolean.prototype.valueOf.call(value)
    case "[object BigInt]":
      return BigInt.prototype.valueOf.call(value)
    default:
      return value
  }
}

/**
 * The slow variant of `isPlain`: copies the value with every `toJSON` applied once, or returns an issue. Like
 * `JSON.stringify`, it leaves out `undefined` properties. `trail` is the path of the current value; after an
 * issue or an exception, it is the path of the problem.
 */
const copy = (input: unknown, trail: Array<string | number>, ancestors: ReadonlyArray<unknown>): unknown => {
  let value = input
  if (Redacted.isRedacted(value))
    return new Issue(
      'a Redacted value would be sent as "<redacted>"; unwrap it with Redacted.value if you want to publish it'
    )
  if (Effect.isEffect(value) && !Option.isOption(value) && !Either.isEither(value)) {
    return new Issue("an Effect instead of its result; run it first, such as with yield*")
  }
  if (isDate(value) && Number.isNaN(value.getTime())) return new Issue("an invalid Date")
  // Checked before `toJSON`: a Buffer's `toJSON` would send its bytes as a list of numbers.
  if (isBytes(value)) {
    return new Issue("bytes are only allowed as the whole value of a field; encode them as text here")
  }
  // The result of JSON.rawJSON, if the runtime has it: JSON.stringify writes its text unchanged.
  if (isRaw(value)) return value
  const toJson = hasToJson(value) ? value.toJSON : undefined
  if (typeof toJson === "function") value = toJson.call(value, String(trail.at(-1) ?? "")) as unknown
  value = unboxed(value)
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
      return new Issue("JSON has no bigint; send it as a number or as text")
    case "undefined":
      return new Issue("JSON has no undefined; use null, or leave it out")
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
      trail.push(i)
      const item = copy(value[i], trail, inside)
      if (item instanceof Issue) return item
      list.push(item)
      trail.pop()
    }
    return list
  }
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    return new Issue(`JSON would lose ${describe(value)}; convert it to a plain value`)
  }
  const keys = Object.keys(value)
  const symbols = Object.getOwnPropertySymbols(value)
  if (symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))) {
    return new Issue("a key that is a symbol, which JSON would lose")
  }
  // JSON would write an instance with only private state as {}.
  if (keys.length === 0 && !isRoot(Object.getPrototypeOf(value) as object | null)) {
    return new Issue("an instance of a class without public fields; convert it to a plain value")
  }
  const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const name of keys) {
    trail.push(name)
    const property: unknown = (value as Record<string, unknown>)[name]
    if (property !== undefined) {
      if (!name.isWellFormed()) return new Issue("a key with half of a surrogate pair")
      const item = copy(property, trail, inside)
      if (item instanceof Issue) return item
      object[name] = item
    }
    trail.pop()
  }
  return object
}

/** Whether the value is the prototype of plain objects, in any realm. */
const isRoot = (prototype: object | null): boolean =>
  prototype === null || Object.getPrototypeOf(prototype) === null

/** Encodes any JSON value. The value's own code (getters, `toJSON`, a Proxy) can throw here. */
export const writeJson = (value: unknown): string | Issue => {
  try {
    if (isPlain(value, maxDepth)) return JSON.stringify(value)
  } catch {
    // The same code throws again below, where the path is known.
  }
  const trail: Array<string | number> = []
  let plain: unknown
  try {
    plain = copy(value, trail, [])
  } catch (error) {
    plain = threw(error)
  }
  return plain instanceof Issue
    ? trail.reduceRight<Issue>((issue, key) => issue.within(key), plain)
    : JSON.stringify(plain)
}
