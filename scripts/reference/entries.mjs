// Collects the exports of a module, each with docstring, signature and fields.

import ts from "typescript"
import { bySourcePosition, docOf, isOurDeclaration } from "./docs.mjs"
import { fieldsOf } from "./fields.mjs"
import { signatureOf } from "./signatures.mjs"
import { typeText } from "./texts.mjs"

const isMethod = (type) => type.symbol?.name === "ApiMethod"

/** The `ApiMethod` type of an export. `history` and `rpc` have interfaces that extend it. */
const methodOf = (checker, type) => {
  if (isMethod(type)) return type
  const isInterface = (type.symbol?.flags & ts.SymbolFlags.Interface) !== 0
  return isInterface && type.isClassOrInterface() ? checker.getBaseTypes(type).find(isMethod) : undefined
}

/** The payload, result and errors of a method's type. */
const describeMethod = (checker, method, callErrors) => {
  const [, payload, result, failure] = checker.getTypeArguments(method)
  const errors = (failure.isUnion() ? failure.types : [failure]).map((one) => one.symbol.name)
  const isObject = (result.flags & ts.TypeFlags.Object) !== 0 && !checker.isArrayType(result)
  return {
    payload: payload.isUnion() ? [] : fieldsOf(checker, payload),
    payloadType: payload.isUnion() ? typeText(checker, payload) : undefined,
    result: isObject ? fieldsOf(checker, result) : fieldsOfItems(checker, result),
    resultType: isObject ? undefined : typeText(checker, result),
    errors: errors.filter((name) => !callErrors.includes(name)).sort()
  }
}

const fieldsOfItems = (checker, type) =>
  checker.isArrayType(type) ? fieldsOf(checker, checker.getTypeArguments(type)[0]) : []

const kindOf = (symbol, declarations) => {
  if (declarations.some(ts.isClassDeclaration)) return "class"
  if (symbol.flags & ts.SymbolFlags.Value) return "value"
  return declarations.some(ts.isInterfaceDeclaration) ? "interface" : "type"
}

/** The fields that users of an export see. */
const fieldsOfExport = (checker, symbol, declarations, isShownElsewhere) => {
  const type = checker.getDeclaredTypeOfSymbol(symbol)
  if (declarations.some(ts.isClassDeclaration)) return fieldsOf(checker, type)
  const interfaces = declarations.filter(ts.isInterfaceDeclaration)
  if (interfaces.length > 0) {
    return fieldsOf(checker, type).filter(
      ({ declaration }) => interfaces.includes(declaration.parent) || !isShownElsewhere(declaration)
    )
  }
  const alias = declarations.find(ts.isTypeAliasDeclaration)
  if (alias !== undefined && ts.isTypeLiteralNode(alias.type)) return fieldsOf(checker, type)
  const variable = declarations.find(ts.isVariableDeclaration)
  if (variable === undefined) return []
  const value = checker.getTypeOfSymbol(symbol)
  const schema = checker.getPropertyOfType(value, "Type")
  if (schema !== undefined && checker.getPropertyOfType(value, "ast") !== undefined) {
    const described = checker.getTypeOfSymbol(schema)
    // The fields of a named type are shown at that type.
    return described.isClassOrInterface() ? [] : fieldsOf(checker, described)
  }
  const { initializer } = variable
  const literal = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer
  return literal !== undefined && ts.isObjectLiteralExpression(literal) ? fieldsOf(checker, value) : []
}

const entryOf = (checker, exported, callErrors, isShownElsewhere) => {
  const specifier = exported.declarations.find(ts.isExportSpecifier)
  const symbol = specifier === undefined ? exported : checker.getAliasedSymbol(exported)
  const declarations = (symbol.declarations ?? []).filter(isOurDeclaration)
  const own = specifier === undefined ? { text: "", examples: [] } : docOf(specifier)
  const docs = own.text === "" ? declarations.map((one) => ({ ...docOf(one), declaration: one })) : [own]
  const variable = declarations.find(ts.isVariableDeclaration)
  const method = variable && methodOf(checker, checker.getTypeOfSymbol(symbol))
  return {
    name: exported.name,
    /** The position in this module, even for a re-export. */
    place: exported.declarations[0],
    kind: kindOf(symbol, declarations),
    declarations,
    docs,
    method: method && describeMethod(checker, method, callErrors),
    signature: method ? undefined : signatureOf(checker, exported.name, declarations),
    fields: method ? [] : fieldsOfExport(checker, symbol, declarations, isShownElsewhere)
  }
}

const targetOf = (checker, exported) =>
  exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported

/** All declarations that a public module exports. */
export const exportedBy = (checker, modules) =>
  new Set(
    modules.flatMap(({ symbol }) =>
      checker.getExportsOfModule(symbol).flatMap((exported) => targetOf(checker, exported).declarations ?? [])
    )
  )

/**
 * The module's exports, in source order. Inherited fields are shown at their own interface, or at the method whose
 * payload or result they are in. They are shown at the inheriting interface if their own interface is internal.
 */
export const entriesOf = (checker, module, callErrors, exported) => {
  const symbols = checker.getExportsOfModule(module.symbol)
  const describesMethods = symbols.some((symbol) =>
    methodOf(checker, checker.getTypeOfSymbol(targetOf(checker, symbol)))
  )
  const isShownElsewhere = ({ parent }) => describesMethods || exported.has(parent)
  return symbols
    .map((symbol) => entryOf(checker, symbol, callErrors, isShownElsewhere))
    .filter(({ declarations }) => declarations.length > 0)
    .sort((a, b) => bySourcePosition(a.place, b.place))
}

/** The names of the errors that any call can fail with. */
export const callErrorsOf = (checker, module) => {
  const symbol = checker.getExportsOfModule(module.symbol).find(({ name }) => name === "CallError")
  return checker.getDeclaredTypeOfSymbol(symbol).types.map((type) => type.symbol.name)
}
