/** Reads and runs Schemas: the only module that knows how Effect represents them. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { WordsId } from "../../Wire.js"
import { describe, expected, Issue, quotes } from "./Issue.js"

/** A field of a struct. */
export interface Property {
  readonly name: string
  /** The type without `undefined`. */
  readonly type: AST.AST
  readonly optional: boolean
}

/**
 * The forms of Schemas that the codec distinguishes. A `Checked` Schema narrows its `base`, or any JSON value if it
 * has no `base`.
 */
export type Shape =
  | { readonly _tag: "Text" | "Boolean" | "Number" | "Foreign" }
  | { readonly _tag: "Checked"; readonly base: AST.AST | undefined }
  | { readonly _tag: "List" | "Dictionary"; readonly item: AST.AST }
  | { readonly _tag: "Struct"; readonly properties: ReadonlyArray<Property> }
  | { readonly _tag: "Suspended"; readonly of: () => AST.AST }

const foreign: Shape = { _tag: "Foreign" }
const primitive: Shape = { _tag: "Checked", base: undefined }

export const shapeOf = (ast: AST.AST): Shape => {
  switch (ast._tag) {
    case "StringKeyword":
      return { _tag: "Text" }
    case "BooleanKeyword":
      return { _tag: "Boolean" }
    case "NumberKeyword":
      return { _tag: "Number" }
    case "Literal":
      return primitive
    case "Refinement":
      return { _tag: "Checked", base: ast.from }
    case "Declaration":
      return ast.typeParameters.length === 0 ? primitive : foreign
    case "TupleType":
      return ast.elements.length === 0 && ast.rest.length === 1
        ? { _tag: "List", item: ast.rest[0]!.type }
        : foreign
    case "TypeLiteral":
      if (ast.indexSignatures.length === 0) {
        return { _tag: "Struct", properties: ast.propertySignatures.map(propertyOf) }
      }
      return isDictionary(ast) ? { _tag: "Dictionary", item: ast.indexSignatures[0]!.type } : foreign
    case "Suspend":
      return { _tag: "Suspended", of: ast.f }
    case "Union":
      return isChoice(ast) ? primitive : foreign
    default:
      return foreign
  }
}

const propertyOf = ({ isOptional, name, type }: AST.PropertySignature): Property => ({
  name: String(name),
  type: withoutUndefined(type),
  optional: isOptional
})

const withoutUndefined = (ast: AST.AST): AST.AST =>
  AST.isUnion(ast)
    ? AST.Union.make(
        ast.types.filter((type) => !AST.isUndefinedKeyword(type)),
        ast.annotations
      )
    : ast

/** Whether the type is a record with any string as a key. */
const isDictionary = ({ indexSignatures, propertySignatures }: AST.TypeLiteral): boolean =>
  propertySignatures.length === 0 &&
  indexSignatures.length === 1 &&
  AST.isStringKeyword(indexSignatures[0]!.parameter)

export const annotationOf = <A>(ast: AST.AST, id: symbol): A | undefined =>
  Option.getOrUndefined(AST.getAnnotation<A>(ast, id))

/** Reads a Schema's custom message annotation. Effect's own formatters would add a kilobyte to a bundle. */
const messageOf = (issue: ParseResult.Type): string | undefined => {
  const given = Option.getOrUndefined(AST.getMessageAnnotation(issue.ast))?.(issue)
  const message = typeof given === "object" && "override" in given ? given.message : given
  return Effect.isEffect(message) ? Effect.runSync(message) : message
}

/**
 * Describes an issue without repeating the value, which Schema's default messages do. Uses a custom message
 * unless it quotes the value.
 */
const worded = (issue: ParseResult.Type | ParseResult.Forbidden): string => {
  if (issue._tag === "Forbidden") {
    return "its Schema is asynchronous or needs a service; use a synchronous Schema that needs none"
  }
  const own = wordsOf(issue.ast, issue.actual) ?? messageOf(issue)
  return own === undefined || quotes(own, issue.actual)
    ? `expected ${String(issue.ast)}, got ${describe(issue.actual)}`
    : own
}

/** Whether the type is a union of literals. */
const isChoice = (ast: AST.AST): boolean => AST.isUnion(ast) && ast.types.every(AST.isLiteral)

const wordsOf = (ast: AST.AST, value: unknown): string | undefined =>
  annotationOf<(value: unknown) => string>(ast, WordsId)?.(value)

/** Returns the `WordsId` message of a refinement, which also replaces the message of its base type. */
const overriding = ({ actual, ast }: ParseResult.Refinement): string | undefined => {
  const words = wordsOf(ast, actual)
  return words === undefined || quotes(words, actual) ? undefined : words
}

const firstIssue = (issue: ParseResult.ParseIssue): Issue => {
  switch (issue._tag) {
    case "Pointer": {
      const keys = [issue.path].flat() as ReadonlyArray<PropertyKey>
      return keys.reduceRight<Issue>(
        (inner, key) => inner.within(typeof key === "number" ? key : String(key)),
        firstIssue(issue.issue)
      )
    }
    case "Composite":
      return isChoice(issue.ast)
        ? expected(String(issue.ast), issue.actual)
        : firstIssue([issue.issues].flat()[0]!)
    case "Refinement": {
      const inner = firstIssue(issue.issue)
      const words = overriding(issue)
      // The message describes the whole value, so an issue inside the value keeps its own message.
      return words === undefined || inner.path.length > 0 ? inner : new Issue(words)
    }
    case "Transformation":
      return firstIssue(issue.issue)
    case "Missing":
      return new Issue("required, but missing")
    case "Unexpected":
      return new Issue("not expected here")
    case "Type":
    case "Forbidden":
      return new Issue(worded(issue))
  }
}

/** As `ParseResult.is`, but without the interpreter for refinements of a plain type: ten times as fast. */
const guardOf = (ast: AST.AST): ((value: unknown) => boolean) => {
  switch (ast._tag) {
    case "StringKeyword":
      return (value) => typeof value === "string"
    case "NumberKeyword":
      return (value) => typeof value === "number"
    case "Refinement": {
      const guard = guardOf(ast.from)
      return (value) => guard(value) && Option.isNone(ast.filter(value, AST.defaultParseOption, ast))
    }
    case "Declaration": {
      if (ast.typeParameters.length > 0) return ParseResult.is(Schema.make(ast))
      const parse = ast.decodeUnknown()
      return (value) => {
        const parsed = parse(value, AST.defaultParseOption, ast)
        return Either.isEither(parsed) && Either.isRight(parsed)
      }
    }
    default:
      return ParseResult.is(Schema.make(ast))
  }
}

/** Makes a function that returns the issue of a value of the Schema's type, or `undefined`. */
export const checkOf = (ast: AST.AST): ((value: unknown) => Issue | undefined) => {
  const is = guardOf(ast)
  const validate = ParseResult.validateEither(Schema.make(ast))
  // Validates again only if the value was rejected, to get the message.
  return (value) =>
    is(value) ? undefined : Either.match(validate(value), { onRight: () => undefined, onLeft: firstIssue })
}

/** Encodes with Schema's own codec. Unknown properties are an issue, because the codec would drop them silently. */
export const encoderOf = (ast: AST.AST): ((value: unknown) => Either.Either<unknown, Issue>) => {
  const encode = ParseResult.encodeUnknownEither(Schema.make(ast), { onExcessProperty: "error" })
  return (value) => Either.mapLeft(encode(value), firstIssue)
}

/** Decodes with Schema's own codec. */
export const decoderOf = (ast: AST.AST): ((value: unknown) => Either.Either<unknown, Issue>) => {
  const decode = ParseResult.decodeUnknownEither(Schema.make(ast))
  return (value) => Either.mapLeft(decode(value), firstIssue)
}

/** The two directions of `transformed`. */
export interface Directions<A, I> {
  readonly decode: (encoded: I) => Either.Either<A, Issue>
  readonly encode: (value: A) => Either.Either<I, Issue>
}

/** Makes a Schema that converts between two others and can fail with an `Issue`. */
export const transformed = <A, I>(
  from: Schema.Schema<I>,
  to: Schema.Schema<A>,
  { decode, encode }: Directions<A, I>
): Schema.Schema<A, I> =>
  Schema.transformOrFail(from, to, {
    strict: true,
    decode: (encoded, _, ast) => Either.mapLeft(decode(encoded), (issue) => parseIssue(ast, encoded, issue)),
    encode: (value, _, ast) => Either.mapLeft(encode(value), (issue) => parseIssue(ast, value, issue))
  })

const parseIssue = (
  ast: AST.AST,
  actual: unknown,
  { detail, path: [first, ...rest] }: Issue
): ParseResult.ParseIssue => {
  const issue = new ParseResult.Type(ast, actual, detail)
  return first === undefined ? issue : new ParseResult.Pointer([first, ...rest], actual, issue)
}

/** Makes a Schema that validates values but returns the same objects: a copy would lose keys such as `__proto__`. */
export const uncopied = <A>(schema: Schema.Schema<A>): Schema.Schema<A> => {
  const asItIs = (schema: Schema.Schema<A>) => {
    const validate = ParseResult.validateEither(schema)
    return (value: unknown) => Either.map(validate(value), () => value as A)
  }
  return Schema.declare([schema], { decode: asItIs, encode: asItIs }, { arbitrary: identity })
}
