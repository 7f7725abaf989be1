// Collects the fields of a type that our sources declare.

import ts from "typescript"
import { bySourcePosition, docOfProperty, isOurDeclaration } from "./docs.mjs"
import { textOf, typeText } from "./texts.mjs"

const deepest = 5

/** The type inside lists, records and optional fields, and the notation around it. */
const unwrap = (checker, type) => {
  if (type.isUnion()) {
    const some = type.types.filter((one) => (one.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)) === 0)
    return some.length === 1 ? unwrap(checker, some[0]) : { inner: type, around: (text) => text }
  }
  if (checker.isArrayType(type)) {
    const { around, inner } = unwrap(checker, checker.getTypeArguments(type)[0])
    return { inner, around: (text) => `ReadonlyArray<${around(text)}>` }
  }
  const index = checker.getIndexInfosOfType(type)[0]
  if (index !== undefined && type.getProperties().length === 0) {
    const { around, inner } = unwrap(checker, index.type)
    return { inner, around: (text) => `{ readonly [key: string]: ${around(text)} }` }
  }
  return { inner: type, around: (text) => text }
}

/** Sorts in source order. The compiler's order depends on what it has checked before. */
const byPosition = (a, b) =>
  bySourcePosition(a.declarations.find(isOurDeclaration), b.declarations.find(isOurDeclaration))

const ownProperties = (type) =>
  type
    .getProperties()
    .filter((property) => !property.name.startsWith("__"))
    .filter((property) => (property.declarations ?? []).some(isOurDeclaration))
    .filter(
      ({ declarations }) =>
        (ts.getCombinedModifierFlags(declarations[0]) &
          (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) ===
        0
    )
    .filter(({ declarations }) => !ts.isPrivateIdentifier(declarations[0].name ?? declarations[0]))
    .sort(byPosition)

/** Whether a type has no name, so that its fields are shown where it is used. */
const isNameless = (type) =>
  !(type.aliasSymbol?.declarations ?? []).some(isOurDeclaration) &&
  (type.flags & ts.TypeFlags.Object) !== 0 &&
  type.getCallSignatures().length === 0 &&
  !type.isClassOrInterface() &&
  (type.objectFlags & ts.ObjectFlags.Reference) === 0

/** Each field with type, docstring, declaration, and the fields of a nested unnamed object. */
export const fieldsOf = (checker, type, depth = 0) =>
  ownProperties(type).map((property) => {
    const held = checker.getTypeOfSymbol(property)
    const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0
    const { around, inner } = unwrap(checker, held)
    const declaration = property.declarations.find(isOurDeclaration)
    const isShown = depth < deepest && isNameless(inner)
    const own = isShown ? fieldsOf(checker, inner, depth + 1) : []
    const fields = isShown && own.length === 0 ? fieldsWithin(checker, declaration, depth + 1) : own
    return {
      name: property.name,
      isOptional,
      type: fields.length > 0 ? around("{ … }") : shownType(checker, declaration, held, isOptional),
      doc: docOfProperty(checker, property),
      declaration,
      fields
    }
  })

/** Inference loses the positions of fields: `Wire.absent(Schema.Struct({ ... }))`. The argument still has them. */
const fieldsWithin = (checker, declaration, depth) => {
  let node = ts.isPropertyAssignment(declaration) ? declaration.initializer : undefined
  while (node !== undefined && ts.isCallExpression(node)) {
    node = node.arguments[0]
    const schema = node && checker.getPropertyOfType(checker.getTypeAtLocation(node), "Type")
    const fields = schema ? fieldsOf(checker, checker.getTypeOfSymbol(schema), depth) : []
    if (fields.length > 0) return fields
  }
  return []
}

/** Prefers the type as written: computed types are longer. */
const shownType = (checker, declaration, type, isOptional) => {
  if (type.symbol?.name === "ApiMethod") return "ApiMethod"
  const written = ts.isPropertySignature(declaration) ? declaration.type : undefined
  if (written !== undefined) return textOf(written)
  return typeText(checker, isOptional ? withoutUndefined(checker, type) : type)
}

/** The question mark already implies undefined. */
const withoutUndefined = (checker, type) =>
  type.isUnion() && !type.types.some((one) => (one.flags & ts.TypeFlags.Null) !== 0)
    ? checker.getNonNullableType(type)
    : type
