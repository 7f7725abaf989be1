/**
 * Compiles a Schema into two plain functions: one writes a value as wire text, the other reads a parsed wire
 * value. Each method compiles once, because interpreting a Schema with renamed keys on every call costs five
 * times as much as `JSON.stringify`.
 */
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import type { AST } from "effect/SchemaAST"
import * as Wire from "../../Wire.js"
import * as Base64 from "./base64.js"
import { isBytes } from "./brand.js"
import { expected, Issue, threw } from "./Issue.js"
import { writeJson } from "./json.js"
import { annotationOf, checkOf, decoderOf, encoderOf, type Property, shapeOf } from "./schema.js"

export interface Codec {
  /** Encodes as JSON text, or returns why the value cannot be sent. */
  readonly write: (value: unknown) => string | Issue
  /** Decodes a wire value, or returns an issue. Ignores unknown fields. */
  readonly read: (value: unknown) => unknown
}

/** `skipHistory` -> `skip_history`. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const writeText = (value: string): string | Issue =>
  value.isWellFormed()
    ? JSON.stringify(value)
    : new Issue("text with half of a surrogate pair; use toWellFormed() or cut elsewhere")

const text: Codec = {
  write: (value) => (typeof value === "string" ? writeText(value) : expected("a string", value)),
  read: (value) => (typeof value === "string" ? value : expected("a string", value))
}

const boolean: Codec = {
  write: (value) => (typeof value === "boolean" ? String(value) : expected("a boolean", value)),
  read: (value) => (typeof value === "boolean" ? value : expected("a boolean", value))
}

const number: Codec = {
  write: (value) =>
    typeof value === "number" && Number.isFinite(value) ? String(value) : expected("a finite number", value),
  read: (value) => (typeof value === "number" ? value : expected("a number", value))
}

const json: Codec = {
  write: (value) =>
    value === undefined ? expected("a JSON value (null included)", value) : writeJson(value),
  read: (value) => value
}

/** A Schema that narrows a base type: encodes with the base codec after the Schema has accepted the value. */
const checked = (ast: AST, base: Codec): Codec => {
  const check = checkOf(ast)
  return {
    write: (value) => check(value) ?? base.write(value),
    read: (value) => {
      const inner = base.read(value)
      return inner instanceof Issue ? inner : (check(inner) ?? inner)
    }
  }
}

/** Writes numbers and bigints as digits; `checked` has already rejected everything else. */
const digits: Codec = { write: String, read: (value) => value }

const list = (item: Codec): Codec => ({
  write: (value) => {
    if (!Array.isArray(value)) return expected("an array", value)
    let out = ""
    for (let i = 0; i < value.length; i++) {
      const part = item.write(value[i])
      if (typeof part !== "string") return part.within(i)
      out += i === 0 ? part : `,${part}`
    }
    return `[${out}]`
  },
  read: (value) => {
    if (!Array.isArray(value)) return expected("an array", value)
    const out: Array<unknown> = new Array<unknown>(value.length)
    for (let i = 0; i < value.length; i++) {
      const part = item.read(value[i])
      if (part instanceof Issue) return part.within(i)
      out[i] = part
    }
    return out
  }
})

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Assigning to `__proto__` would set the prototype and lose the key. */
const assign = (target: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
  } else {
    target[key] = value
  }
}

const dictionary = (item: Codec): Codec => ({
  write: (value) => {
    // A Map has no own keys and would be written as {}.
    if (!isObject(value) || Object.prototype.toString.call(value) !== "[object Object]")
      return expected("an object", value)
    let out = ""
    for (const key of Object.keys(value)) {
      const name = writeText(key)
      if (typeof name !== "string") return name.within(key)
      const part = item.write(value[key])
      if (typeof part !== "string") return part.within(key)
      out += `${out === "" ? "" : ","}${name}:${part}`
    }
    return `{${out}}`
  },
  read: (value) => {
    if (!isObject(value)) return expected("an object", value)
    const out: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      const part = item.read(value[key])
      if (part instanceof Issue) return part.within(key)
      assign(out, key, part)
    }
    return out
  }
})

interface Field {
  readonly name: string
  readonly wire: string
  /** The wire name, as JSON text that precedes the value. */
  readonly key: string
  /** The wire name for bytes, if the field accepts them. */
  readonly bytes: string | undefined
  readonly codec: Codec
  readonly optional: boolean
  readonly default: (() => unknown) | undefined
  readonly json: boolean
}

const fieldOf = ({ name, optional, type }: Property, depth: number): Field => {
  const encoding = encodingOf(type)
  const wire = snakeCase(name)
  return {
    name,
    wire,
    key: `"${wire}":`,
    bytes: encoding?._tag === "Json" && encoding.bytes ? `b64${wire}` : undefined,
    codec: compile(type, depth),
    optional,
    default: annotationOf<() => unknown>(type, Wire.DefaultId),
    json: encoding?._tag === "Json"
  }
}

const writeField = (field: Field, value: unknown): string | Issue => {
  if (field.bytes !== undefined && isBytes(value)) return `"${field.bytes}":"${Base64.encode(value)}"`
  const part = field.codec.write(value)
  return typeof part === "string" ? field.key + part : part.within(field.name)
}

/**
 * Whether a field is absent. `null` counts as absent unless the field takes any JSON value: Go writes empty lists
 * as `null`.
 */
const isAbsent = (field: Field, value: unknown): boolean =>
  value === undefined || (value === null && !field.json)

const readField = (field: Field, object: Record<string, unknown>): unknown => {
  const bytes = field.bytes === undefined ? undefined : object[field.bytes]
  const value = object[field.wire]
  // As on the server, empty bytes only count if there is no other value.
  if (typeof bytes === "string" && (bytes !== "" || value === undefined)) {
    return Base64.decode(bytes) ?? new Issue("not base64").within(field.name)
  }
  if (isAbsent(field, value)) {
    if (field.default !== undefined) return field.default()
    return field.optional ? undefined : new Issue("missing").within(field.name)
  }
  const part = field.codec.read(value)
  return part instanceof Issue ? part.within(field.name) : part
}

/** Without this check, a misspelt or snake_case field would be dropped silently. */
const unknownField = (names: ReadonlySet<string>, value: Record<string, unknown>): Issue | undefined => {
  const unknown = Object.keys(value).find((key) => value[key] !== undefined && !names.has(key))
  return unknown === undefined
    ? undefined
    : new Issue(`unknown field; known fields: ${[...names].join(", ") || "none"}`).within(unknown)
}

const struct = (properties: ReadonlyArray<Property>, depth: number): Codec => {
  const fields = properties.map((property) => fieldOf(property, depth))
  const names = new Set(fields.map((field) => field.name))
  return {
    write: (value) => {
      let at: string | undefined
      try {
        if (!isObject(value)) return expected("an object", value)
        let out = ""
        let written = 0
        for (let i = 0; i < fields.length; i++) {
          const field = fields[i]!
          at = field.name
          const item = value[at]
          if (item === undefined) {
            if (field.optional) continue
            return new Issue("required, but missing or undefined").within(at)
          }
          const part = writeField(field, item)
          if (typeof part !== "string") return part
          out += (written++ === 0 ? "{" : ",") + part
        }
        let given = 0
        for (at in value) if (value[at] !== undefined) given++
        return (
          (given > written ? unknownField(names, value) : undefined) ?? (written === 0 ? "{}" : out + "}")
        )
      } catch (error) {
        // Thrown by a getter or a Proxy.
        return at === undefined ? threw(error) : threw(error).within(at)
      }
    },
    read: (value) => {
      if (!isObject(value)) return expected("an object", value)
      const out: Record<string, unknown> = {}
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i]!
        const part = readField(field, value)
        if (part instanceof Issue) return part
        if (part !== undefined) out[field.name] = part
      }
      return out
    }
  }
}

/**
 * A Schema in a form that this compiler does not know, such as one in a user's own method: uses Schema's own
 * codec.
 */
const foreign = (ast: AST): Codec => {
  const encode = encoderOf(ast)
  const decode = decoderOf(ast)
  return {
    write: (value) => Either.match(encode(value), { onLeft: identity, onRight: writeJson }),
    read: (value) => Either.merge(decode(value))
  }
}

const encodingOf = (ast: AST): Wire.Encoding | undefined => annotationOf<Wire.Encoding>(ast, Wire.EncodingId)

/** The recursion limit for a Schema that refers to itself. Without it, encoding a cyclic value would never end. */
const maxNesting = 64

const tooDeep: Codec = {
  write: () => new Issue(`nested deeper than ${maxNesting} levels, or a cycle`),
  read: () => new Issue(`nested deeper than ${maxNesting} levels`)
}

/** Defers compilation to the first use, so that a Schema can refer to itself. */
const suspended = (of: () => AST, depth: number): Codec => {
  let codec: Codec | undefined
  const force = () => (codec ??= depth < maxNesting ? compile(of(), depth + 1) : tooDeep)
  return { write: (value) => force().write(value), read: (value) => force().read(value) }
}

/** The base codec of literals and declarations: `checked` has already validated the value. */
const primitive: Codec = { write: writeJson, read: (value) => value }

const annotated = (ast: AST, encoding: Wire.Encoding): Codec => {
  switch (encoding._tag) {
    case "Json":
      return json
    case "Integer":
      return checked(ast, digits)
    case "Mapped":
      return checked(ast, {
        write: (value) => writeJson(encoding.toWire(value as never)),
        read: encoding.fromWire
      })
  }
}

export const compile = (ast: AST, depth = 0): Codec => {
  const encoding = encodingOf(ast)
  if (encoding !== undefined) return annotated(ast, encoding)
  const shape = shapeOf(ast)
  switch (shape._tag) {
    case "Text":
      return text
    case "Boolean":
      return boolean
    case "Number":
      return number
    case "Checked":
      return checked(ast, shape.base === undefined ? primitive : compile(shape.base, depth))
    case "List":
      return list(compile(shape.item, depth))
    case "Dictionary":
      return dictionary(compile(shape.item, depth))
    case "Struct":
      return struct(shape.properties, depth)
    case "Suspended":
      return suspended(shape.of, depth)
    case "Foreign":
      return foreign(ast)
  }
}
