// Replaces the file of this name; reviewed at 91c92e1c850f88e0.
/** Reads and runs Schemas: the only module that knows how Effect represents them. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Getter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
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
  if (ast.encoding !== undefined) return foreign
  if (ast.checks !== undefined) return { _tag: "Checked", base: withoutLastCheck(ast) }
  switch (ast._tag) {
    case "String":
      return { _tag: "Text" }
    case "Boolean":
      return { _tag: "Boolean" }
    case "Number":
      return { _tag: "Number" }
    case "Literal":
      return primitive
    case "Declaration":
      return ast.typeParameters.length === 0 ? primitive : foreign
    case "Arrays":
      return ast.elements.length === 0 && ast.rest.length === 1
        ? { _tag: "List", item: ast.rest[0]! }
        : foreign
    case "Objects":
      if (ast.indexSignatures.length === 0) {
        return { _tag: "Struct", properties: ast.propertySignatures.map(propertyOf) }
      }
      return isDictionary(ast) ? { _tag: "Dictionary", item: ast.indexSignatures[0]!.type } : foreign
    case "Suspend":
      return { _tag: "Suspended", of: ast.thunk }
    case "Union":
      return isChoice(ast) ? primitive : foreign
    default:
      return foreign
  }
}

/** Returns the type without its last check. */
const withoutLastCheck = (ast: AST.AST): AST.AST => {
  const checks = ast.checks!.slice(0, -1)
  return Object.assign(Object.create(Object.getPrototypeOf(ast) as object) as AST.AST, ast, {
    checks: checks.length === 0 ? undefined : checks
  })
}

const propertyOf = ({ name, type }: AST.PropertySignature): Property => ({
  name: String(name),
  type: withoutUndefined(type),
  optional: AST.isOptional(type)
})

const withoutUndefined = (ast: AST.AST): AST.AST => {
  if (!AST.isUnion(ast)) return ast
  const types = ast.types.filter((type) => !AST.isUndefined(type))
  return types.length === 1 ? types[0]! : new AST.Union(types, ast.options, ast.annotations)
}

/** Whether the type is a record with any string as a key. */
const isDictionary = ({ indexSignatures, propertySignatures }: AST.Objects): boolean =>
  propertySignatures.length === 0 &&
  indexSignatures.length === 1 &&
  AST.isString(indexSignatures[0]!.parameter) &&
  indexSignatures[0]!.parameter.checks === undefined

/** Returns an annotation. Effect stores annotations that follow a check with that check. */
export const annotationOf = <A>(ast: AST.AST, id: string): A | undefined =>
  (ast.checks === undefined ? ast.annotations : ast.checks.at(-1)!.annotations)?.[id] as A | undefined

/**
 * Describes an issue without repeating the value, which Schema's default messages do. Uses a custom message unless it
 * quotes the value.
 */
const worded = (ast: AST.AST, value: unknown, message: string | undefined): Issue => {
  const conditions = ast.checks?.map(({ annotations }) => wordsOf(annotations, value)) ?? []
  const own =
    conditions.findLast((words) => words !== undefined) ?? wordsOf(ast.annotations, value) ?? message
  return own === undefined || quotes(own, value) ? expected(nameOf(ast), value) : new Issue(own)
}

const wordsOf = (annotations: Schema.Annotations.Annotations | undefined, value: unknown) =>
  (annotations?.[WordsId] as ((value: unknown) => string) | undefined)?.(value)

/** Returns the name of a type for messages. */
const nameOf = (ast: AST.AST): string => {
  const own = ast.annotations
  const name = own?.["identifier"] ?? own?.["title"] ?? own?.["expected"] ?? own?.["description"]
  if (typeof name === "string") return name
  if (AST.isLiteral(ast))
    return typeof ast.literal === "string" ? JSON.stringify(ast.literal) : `${ast.literal}`
  if (AST.isUnion(ast)) return ast.types.map(nameOf).join(" | ")
  if (AST.isObjects(ast)) return "an object"
  return ast._tag.toLowerCase()
}

/** Whether the type is a union of literals. */
const isChoice = (ast: AST.AST): ast is AST.Union => AST.isUnion(ast) && ast.types.every(AST.isLiteral)

const needsMore = "its Schema is asynchronous or needs a service; use a synchronous Schema that needs none"

const firstIssue = (issue: SchemaIssue.Issue): Issue => {
  const value = SchemaIssue.hasInput(issue) ? issue.input : undefined
  switch (issue._tag) {
    case "Pointer":
      return issue.path.reduceRight<Issue>(
        (inner, key) => inner.within(typeof key === "number" ? key : String(key)),
        firstIssue(issue.issue)
      )
    case "Composite":
      return firstIssue(issue.issues[0])
    case "AnyOf":
      return isChoice(issue.ast) || issue.issues.length === 0
        ? expected(nameOf(issue.ast), value)
        : firstIssue(issue.issues[0]!)
    case "Filter": {
      const { annotations } = issue.filter
      const own = wordsOf(annotations, value) ?? annotations?.message
      if (typeof own === "string" && !quotes(own, value)) return new Issue(own)
      const name = annotations?.["identifier"] ?? annotations?.expected
      return typeof name === "string" ? expected(name, value) : firstIssue(issue.issue)
    }
    case "Encoding":
      return firstIssue(issue.issue)
    case "MissingKey":
      return new Issue("required, but missing")
    case "UnexpectedKey":
      return new Issue("not expected here")
    case "Forbidden":
      return new Issue(needsMore)
    case "InvalidType":
      return worded(issue.ast, value, issue.ast.annotations?.["message"] as string | undefined)
    case "InvalidValue": {
      const own = issue.annotations?.message
      return own === undefined || quotes(own, value)
        ? new Issue(`expected a valid value, got ${describe(value)}`)
        : new Issue(own)
    }
    case "OneOf":
      return expected(nameOf(issue.ast), value)
  }
}

const options: AST.ParseOptions = { reportInput: true }

/** As `SchemaParser.is`, but without the interpreter for checks on a plain type. */
const guardOf = (ast: AST.AST): ((value: unknown) => boolean) => {
  const { checks } = ast
  if (ast.encoding !== undefined) return SchemaParser.is(Schema.make(ast))
  if (checks !== undefined) {
    const guard = guardOf(withoutLastCheck(ast))
    const last = checks.at(-1)!
    return (value) => guard(value) && passes(last, value, ast)
  }
  if (AST.isString(ast)) return (value) => typeof value === "string"
  if (AST.isNumber(ast)) return (value) => typeof value === "number"
  if (AST.isDeclaration(ast) && ast.typeParameters.length === 0) {
    const run = ast.run([])
    return (value) => {
      const parsed = run(value, ast, {})
      return Exit.isExit(parsed) && Exit.isSuccess(parsed)
    }
  }
  return SchemaParser.is(Schema.make(ast))
}

const passes = (check: AST.Check<unknown>, value: unknown, ast: AST.AST): boolean =>
  check._tag === "Filter"
    ? check.run(value, ast, {}) === undefined
    : check.checks.every((part: AST.Check<unknown>) => passes(part, value, ast))

type AnyCodec = Schema.Codec<unknown, unknown>

/** Makes a function that returns the issue of a value of the Schema's type, or `undefined`. */
export const checkOf = (ast: AST.AST): ((value: unknown) => Issue | undefined) => {
  const is = guardOf(ast)
  const validate = SchemaParser.decodeUnknownResult(Schema.toType(Schema.make<AnyCodec>(ast)), options)
  // Validates again only if the value was rejected, to get the message.
  return (value) =>
    is(value)
      ? undefined
      : Result.match(validate(value), { onSuccess: () => undefined, onFailure: firstIssue })
}

/** Returns the outcome of a Schema that ran synchronously. Throws the Schema's own exception. */
const resultOf = (exit: Exit.Exit<unknown, SchemaIssue.Issue>): Result.Result<unknown, Issue> => {
  if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
  const issue = Cause.findErrorOption(exit.cause)
  if (issue._tag === "Some") return Result.fail(firstIssue(issue.value))
  const defect = Cause.squash(exit.cause)
  if (Cause.isAsyncFiberError(defect) || isMissingService(defect)) return Result.fail(new Issue(needsMore))
  throw defect
}

const isMissingService = (defect: unknown): boolean =>
  defect instanceof Error && defect.message.startsWith("Service not found")

/** Encodes with Schema's own codec. Unknown properties are an issue, because the codec would drop them silently. */
export const encoderOf = (ast: AST.AST): ((value: unknown) => Result.Result<unknown, Issue>) => {
  const encode = SchemaParser.encodeUnknownExit(Schema.make<AnyCodec>(ast), {
    ...options,
    onExcessProperty: "error"
  })
  return (value) => resultOf(encode(value))
}

/** Decodes with Schema's own codec. */
export const decoderOf = (ast: AST.AST): ((value: unknown) => Result.Result<unknown, Issue>) => {
  const decode = SchemaParser.decodeUnknownExit(Schema.make<AnyCodec>(ast), options)
  return (value) => resultOf(decode(value))
}

/** The two directions of `transformed`. */
export interface Directions<A, I> {
  readonly decode: (encoded: I) => Result.Result<A, Issue>
  readonly encode: (value: A) => Result.Result<I, Issue>
}

/** Makes a Schema that converts between two others and can fail with an `Issue`. */
export const transformed = <A, I>(
  from: Schema.Codec<I>,
  to: Schema.Codec<A>,
  { decode, encode }: Directions<A, I>
): Schema.Codec<A, I> =>
  from.pipe(
    Schema.decodeTo(to, {
      decode: Getter.transformEffect((encoded: I) => outcome(decode(encoded), encoded)),
      encode: Getter.transformEffect((value: A) => outcome(encode(value), value))
    })
  )

const outcome = <A>(result: Result.Result<A, Issue>, value: unknown): Effect.Effect<A, SchemaIssue.Issue> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(parseIssue(result.failure, value))

const parseIssue = ({ detail, path: [first, ...rest] }: Issue, value: unknown): SchemaIssue.Issue => {
  const issue = new SchemaIssue.InvalidValue({ message: detail }, value, options)
  return first === undefined ? issue : new SchemaIssue.Pointer([first, ...rest], issue)
}

/** Makes a Schema that validates values but returns the same objects: a copy would lose keys such as `__proto__`. */
export const uncopied = <A>(schema: Schema.Codec<A>): Schema.Codec<A> =>
  Schema.declareConstructor<A>()(
    [schema],
    ([inner]) => {
      const validate = SchemaParser.decodeUnknownEffect(Schema.toType(inner))
      return (value, _, options) => Effect.as(validate(value, options), value as A)
    },
    {
      toCodecArbitrary: ({ typeParameters: [inner] }) =>
        Schema.link<A>()(inner, {
          decode: Getter.passthrough({ strict: false }),
          encode: Getter.passthrough({ strict: false })
        })
    }
  )
