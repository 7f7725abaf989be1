// The exports of a module, each with its docstring, its signature and its fields.

import ts from "typescript"
import { byPlace, docOf, isOurDeclaration } from "./docs.mjs"
import { fieldsOf } from "./fields.mjs"
import { signatureOf } from "./signatures.mjs"
import { typeText } from "./texts.mjs"

const isMethod = (type) => type.symbol?.name === "ApiMethod"

/** The type of a method of the API; `history` and `rpc` are of interfaces that extend one. */
const methodOf = (checker, type) => {
  if (isMethod(type)) return type
  const isInterface = (type.symbol?.flags & ts.SymbolFlags.Interface) !== 0
  return isInterface && type.isClassOrInterface() ? checker.getBaseTypes(type).find(isMethod) : undefined
}

/** What a method's type says of payload, result and errors. */
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
const fieldsOfExport = (checker, symbol, declarations) => {
  const type = checker.getDeclaredTypeOfSymbol(symbol)
  if (declarations.some(ts.isClassDeclaration)) return fieldsOf(checker, type)
  const interfaces = declarations.filter(ts.isInterfaceDeclaration)
  if (interfaces.length > 0) {
    // What it extends is shown there.
    return fieldsOf(checker, type).filter(({ declaration }) => interfaces.includes(declaration.parent))
  }
  const alias = declarations.find(ts.isTypeAliasDeclaration)
  if (alias !== undefined && ts.isTypeLiteralNode(alias.type)) return fieldsOf(checker, type)
  const variable = declarations.find(ts.isVariableDeclaration)
  if (variable === undefined) return []
  const value = checker.getTypeOfSymbol(symbol)
  const schema = checker.getPropertyOfType(value, "Type")
  if (schema !== undefined && checker.getPropertyOfType(value, "ast") !== undefined) {
    const described = checker.getTypeOfSymbol(schema)
    // Of a named type the fields are shown there.
    return described.isClassOrInterface() ? [] : fieldsOf(checker, described)
  }
  const { initializer } = variable
  const literal = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer
  return literal !== undefined && ts.isObjectLiteralExpression(literal) ? fieldsOf(checker, value) : []
}

const entryOf = (checker, exported, callErrors) => {
  const specifier = exported.declarations.find(ts.isExportSpecifier)
  const symbol = specifier === undefined ? exported : checker.getAliasedSymbol(exported)
  const declarations = (symbol.declarations ?? []).filter(isOurDeclaration)
  const own = specifier === undefined ? { text: "", examples: [] } : docOf(specifier)
  const docs = own.text === "" ? declarations.map((one) => ({ ...docOf(one), declaration: one })) : [own]
  const variable = declarations.find(ts.isVariableDeclaration)
  const method = variable && methodOf(checker, checker.getTypeOfSymbol(symbol))
  return {
    name: exported.name,
    /** Where the module says so, also where something else's export is passed on. */
    place: exported.declarations[0],
    kind: kindOf(symbol, declarations),
    declarations,
    docs,
    method: method && describeMethod(checker, method, callErrors),
    signature: method ? undefined : signatureOf(checker, exported.name, declarations),
    fields: method ? [] : fieldsOfExport(checker, symbol, declarations)
  }
}

/** The module's exports in the order of its source. */
export const entriesOf = (checker, module, callErrors) =>
  checker
    .getExportsOfModule(module.symbol)
    .map((exported) => entryOf(checker, exported, callErrors))
    .filter(({ declarations }) => declarations.length > 0)
    .sort((a, b) => byPlace(a.place, b.place))

/** The names of the errors that any call can fail with. */
export const callErrorsOf = (checker, module) => {
  const symbol = checker.getExportsOfModule(module.symbol).find(({ name }) => name === "CallError")
  return checker.getDeclaredTypeOfSymbol(symbol).types.map((type) => type.symbol.name)
}
