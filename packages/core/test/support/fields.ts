/** The wire fields of a descriptor, derived from its Schema. */
import { Option, ParseResult, Schema, SchemaAST as AST } from "effect"
import { snakeCase } from "../../src/internal/codec/compile.js"
import { Wire } from "../../src/index.js"

export type Kind =
  | { readonly _tag: "scalar"; readonly type: string }
  | { readonly _tag: "json"; readonly bytes: boolean }
  | { readonly _tag: "list"; readonly item: AST.AST }
  | { readonly _tag: "map"; readonly value: AST.AST }
  | { readonly _tag: "message"; readonly fields: ReadonlyArray<readonly [name: string, type: AST.AST]> }

const withoutUndefined = (ast: AST.AST): AST.AST =>
  AST.isUnion(ast) ? AST.Union.make(ast.types.filter((type) => !AST.isUndefinedKeyword(type))) : ast

const fail = (ast: AST.AST): never => {
  throw new Error(`no wire type is known for ${ast._tag} ${String(ast)}`)
}

export const kindOf = (given: AST.AST): Kind => {
  const ast = withoutUndefined(given)
  const encoding = Option.getOrUndefined(AST.getAnnotation<Wire.Encoding>(ast, Wire.EncodingId))
  if (encoding?._tag === "Json") return { _tag: "json", bytes: encoding.bytes }
  const type = AST.getAnnotation<string>(ast, Wire.ProtoTypeId)
  if (Option.isSome(type)) return { _tag: "scalar", type: type.value }
  switch (ast._tag) {
    case "StringKeyword":
    case "Literal":
      return { _tag: "scalar", type: "string" }
    case "BooleanKeyword":
      return { _tag: "scalar", type: "bool" }
    case "NumberKeyword":
      return { _tag: "scalar", type: "double" }
    case "Refinement":
      return kindOf(ast.from)
    case "Suspend":
      return kindOf(ast.f())
    case "Union":
      return kindOf(ast.types[0]!)
    case "TupleType":
      return { _tag: "list", item: ast.rest[0]!.type }
    case "TypeLiteral":
      return ast.indexSignatures[0] === undefined
        ? { _tag: "message", fields: ast.propertySignatures.map(({ name, type }) => [String(name), type]) }
        : { _tag: "map", value: ast.indexSignatures[0].type }
    default:
      return fail(ast)
  }
}

/** The decoded types of a method's `payload` or `result`. */
export const messageOf = (ast: AST.AST): AST.AST => {
  const type = AST.typeAST(ast)
  return (AST.isDeclaration(type) ? type.typeParameters[0] : type) ?? fail(type)
}

/** By wire name. */
export const fieldsOf = (ast: AST.AST): ReadonlyMap<string, AST.AST> => {
  const kind = kindOf(ast)
  if (kind._tag !== "message") throw new Error(`no message: ${String(ast)}`)
  return new Map(kind.fields.map(([name, type]) => [snakeCase(name), type]))
}

const samples: ReadonlyArray<unknown> = [true, "text", "12:00:00", 1, 4000]

/** A value with every field, down to `depth` in a recursive Schema. */
export const full = (ast: AST.AST, json: unknown, depth = 2): unknown => {
  const kind = kindOf(ast)
  switch (kind._tag) {
    case "json":
      return kind.bytes ? json : { json: true }
    case "list":
      return depth === 0 ? [] : [full(kind.item, json, AST.isSuspend(kind.item) ? depth - 1 : depth)]
    case "map":
      return { key: full(kind.value, json, depth) }
    case "message":
      return Object.fromEntries(kind.fields.map(([name, type]) => [name, full(type, json, depth)]))
    case "scalar": {
      const bare = withoutUndefined(ast)
      if (AST.isUnion(bare) && AST.isLiteral(bare.types[0]!)) return bare.types[0].literal
      const is = ParseResult.is(Schema.make<unknown, unknown>(bare))
      return samples.find((sample) => is(sample))
    }
  }
}
