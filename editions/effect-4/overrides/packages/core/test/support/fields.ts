// Replaces the file of this name; reviewed at 975009f0d3f9d99c.
/** The wire fields of a descriptor, derived from its Schema. */
import { Schema, SchemaAST as AST, SchemaParser } from "effect"
import { snakeCase } from "../../src/internal/codec/compile.js"
import { Wire } from "../../src/index.js"

export type Kind =
  | { readonly _tag: "scalar"; readonly type: string }
  | { readonly _tag: "json"; readonly bytes: boolean }
  | { readonly _tag: "list"; readonly item: AST.AST }
  | { readonly _tag: "map"; readonly value: AST.AST }
  | { readonly _tag: "message"; readonly fields: ReadonlyArray<readonly [name: string, type: AST.AST]> }

const withoutUndefined = (ast: AST.AST): AST.AST => {
  if (!AST.isUnion(ast)) return ast
  const types = ast.types.filter((type) => !AST.isUndefined(type))
  return types.length === 1 ? types[0]! : new AST.Union(types, ast.options, ast.annotations)
}

const fail = (ast: AST.AST): never => {
  throw new Error(`no wire type is known for ${ast._tag}`)
}

export const kindOf = (given: AST.AST): Kind => {
  const ast = withoutUndefined(given)
  const annotations = { ...ast.annotations, ...AST.resolve(ast) }
  const encoding = annotations[Wire.EncodingId] as Wire.Encoding | undefined
  if (encoding?._tag === "Json") return { _tag: "json", bytes: encoding.bytes }
  const type = annotations[Wire.ProtoTypeId]
  if (typeof type === "string") return { _tag: "scalar", type }
  switch (ast._tag) {
    case "String":
    case "Literal":
      return { _tag: "scalar", type: "string" }
    case "Boolean":
      return { _tag: "scalar", type: "bool" }
    case "Number":
      return { _tag: "scalar", type: "double" }
    case "Suspend":
      return kindOf(ast.thunk())
    case "Union":
      return kindOf(ast.types[0]!)
    case "Arrays":
      return { _tag: "list", item: ast.rest[0]! }
    case "Objects":
      return ast.indexSignatures[0] === undefined
        ? { _tag: "message", fields: ast.propertySignatures.map(({ name, type }) => [String(name), type]) }
        : { _tag: "map", value: ast.indexSignatures[0].type }
    default:
      return fail(ast)
  }
}

/** The decoded types of a method's `payload` or `result`. */
export const messageOf = (ast: AST.AST): AST.AST => {
  const type = AST.toType(ast)
  return (AST.isDeclaration(type) ? type.typeParameters[0] : type) ?? fail(type)
}

/** By wire name. */
export const fieldsOf = (ast: AST.AST): ReadonlyMap<string, AST.AST> => {
  const kind = kindOf(ast)
  if (kind._tag !== "message") throw new Error(`no message: ${ast._tag}`)
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
      const is = SchemaParser.is(Schema.make<Schema.Codec<unknown>>(bare))
      return samples.find((sample) => is(sample))
    }
  }
}
