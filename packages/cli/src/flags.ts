/** Flags, derived from Schemas. */
import * as Options from "@effect/cli/Options"
import * as Wire from "@effect-centrifugo/core/Wire"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { type InputError, parse } from "./json.js"

/** The syntax of a flag. */
export type Kind =
  "boolean" | "integer" | "json" | "pairs" | "text" | "texts" | { readonly choice: ReadonlyArray<string> }

/** A field that a flag sets. */
export interface Field {
  readonly kind: Kind
  readonly required: boolean
}

/** Fields by their camelCase names. */
export interface Fields {
  readonly [name: string]: Field
}

/** `skipHistory` becomes `skip-history`. */
export const kebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The name of a field's flag. `--version` is reserved: @effect/cli reads it before any command. */
export const flagOf = (field: string): string => (field === "version" ? "data-version" : kebabCase(field))

const withoutUndefined = (ast: AST.AST): AST.AST =>
  AST.isUnion(ast) ? AST.Union.make(ast.types.filter((type) => !AST.isUndefinedKeyword(type))) : ast

const choiceOf = (types: ReadonlyArray<AST.AST>): Kind => {
  const choice = types.flatMap((type) =>
    AST.isLiteral(type) && typeof type.literal === "string" ? [type.literal] : []
  )
  return choice.length === types.length ? { choice } : "json"
}

/** The simplest syntax for a type; JSON if there is no other. */
const kindOf = (given: AST.AST): Kind => {
  const ast = withoutUndefined(given)
  const encoding = Option.getOrUndefined(AST.getAnnotation<Wire.Encoding>(ast, Wire.EncodingId))
  if (encoding?._tag === "Json") return "json"
  const type = Option.getOrElse(AST.getAnnotation<string>(ast, Wire.ProtoTypeId), () => "")
  if (/^u?int/.test(type)) return "integer"
  switch (ast._tag) {
    case "StringKeyword":
      return "text"
    case "BooleanKeyword":
      return "boolean"
    case "Refinement":
      return kindOf(ast.from)
    case "Union":
      return choiceOf(ast.types)
    case "TupleType":
      return ast.rest[0] !== undefined && kindOf(ast.rest[0].type) === "text" ? "texts" : "json"
    case "TypeLiteral":
      return ast.indexSignatures[0] !== undefined && kindOf(ast.indexSignatures[0].type) === "text"
        ? "pairs"
        : "json"
    default:
      return "json"
  }
}

/** The fields of a method's payload. */
export const fieldsOf = (payload: Schema.Schema.All): Fields => {
  const type = AST.typeAST(payload.ast)
  // A payload is a declaration over its struct.
  const struct = AST.isDeclaration(type) ? type.typeParameters[0] : type
  if (struct === undefined || !AST.isTypeLiteral(struct)) throw new Error(`no struct: ${String(type)}`)
  return Object.fromEntries(
    struct.propertySignatures.map(({ isOptional, name, type }) => [
      String(name),
      { kind: kindOf(type), required: !isOptional }
    ])
  )
}

const required = <A>(options: Options.Options<A>) =>
  Options.map(options, (value) => Option.some<unknown>(value))

const single = (
  options: Options.Options<string>,
  isRequired: boolean
): Options.Options<Option.Option<unknown>> => (isRequired ? required(options) : Options.optional(options))

const optionsOf = (name: string, field: Field): Options.Options<Option.Option<unknown>> => {
  const { kind } = field
  const described = (pseudoName: string, description: string) =>
    Options.text(name).pipe(Options.withPseudoName(pseudoName), Options.withDescription(description))
  switch (kind) {
    case "boolean":
      // Absent and `false` are the same in every payload.
      return Options.map(Options.boolean(name), (value) => (value ? Option.some(true) : Option.none()))
    case "integer":
      return single(Options.withPseudoName(Options.text(name), "integer"), field.required)
    case "json":
      return single(described("json", "JSON, or - to read it from standard input."), field.required)
    case "text":
      return single(Options.text(name), field.required)
    case "texts": {
      const texts = described("text", "Repeat the flag for more.")
      return field.required
        ? required(Options.atLeast(texts, 1))
        : Options.map(Options.repeated(texts), (all) => (all.length === 0 ? Option.none() : Option.some(all)))
    }
    case "pairs":
      return Options.map(
        Options.optional(Options.keyValueMap(described("name=value", "Repeat the flag for more."))),
        Option.map((pairs) => Object.fromEntries(HashMap.toEntries(pairs)))
      )
    default:
      return single(Options.choice(name, kind.choice), field.required)
  }
}

/** Text that is not an integer stays unchanged: the payload's Schema refuses it with a message. */
const integerOf = (text: string): unknown => {
  if (!/^-?\d+$/.test(text)) return text
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
}

const read = (name: string, kind: Kind, value: unknown): Effect.Effect<unknown, InputError> => {
  if (kind === "json") return parse(`--${name}`, String(value))
  return Effect.succeed(kind === "integer" ? integerOf(String(value)) : value)
}

/** The parsed flags by field name. */
export interface Values {
  readonly [name: string]: Option.Option<unknown>
}

/** One flag per field. */
export const make = (fields: Fields): { readonly [name: string]: Options.Options<Option.Option<unknown>> } =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, optionsOf(flagOf(name), field)]))

/** The payload from flags. The method's encoder checks its values later. */
export const payloadOf = (
  fields: Fields,
  values: Values
): Effect.Effect<{ readonly [name: string]: unknown }, InputError> =>
  Effect.gen(function* () {
    const payload: { [name: string]: unknown } = {}
    for (const [name, { kind }] of Object.entries(fields)) {
      const value = values[name] ?? Option.none()
      if (Option.isSome(value)) payload[name] = yield* read(flagOf(name), kind, value.value)
    }
    return payload
  })
