// Prints declarations with types as users would write them.

import ts from "typescript"
import { textOf, typeText } from "./texts.mjs"

/** A type without annotation is left out if it is longer than this. */
const longest = 400

const parameterText = (parameter) => {
  const rest = parameter.dotDotDotToken === undefined ? "" : "..."
  const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined
  const name = ts.isIdentifier(parameter.name) ? parameter.name.text : "options"
  const type = parameter.type === undefined ? "" : `: ${textOf(parameter.type)}`
  return `${rest}${name}${isOptional ? "?" : ""}${type}`
}

const functionText = (checker, node) => {
  const types = node.typeParameters?.map(textOf).join(", ")
  const result =
    node.type === undefined
      ? typeText(checker, checker.getSignatureFromDeclaration(node).getReturnType())
      : textOf(node.type)
  const parameters = node.parameters.map(parameterText)
  const line = `${types ? `<${types}>` : ""}(${parameters.join(", ")}) => ${result}`
  return line.length < 90 || parameters.length === 0
    ? line
    : `${types ? `<${types}>` : ""}(\n  ${parameters.join(",\n  ")}\n) => ${result}`
}

const variableText = (checker, name, declaration) => {
  const { initializer, type } = declaration
  if (type !== undefined) return `const ${name}: ${textOf(type)}`
  if (initializer !== undefined && ts.isArrowFunction(initializer)) {
    return `const ${name}: ${functionText(checker, initializer)}`
  }
  const text = typeText(checker, checker.getTypeAtLocation(declaration))
  return text.length > longest ? undefined : `const ${name}: ${text}`
}

const interfaceText = (node) => {
  const types = node.typeParameters?.map(textOf).join(", ")
  const bases = node.heritageClauses?.map(textOf).join(" ") ?? ""
  const calls = node.members.filter(ts.isCallSignatureDeclaration).map((one) => `  ${textOf(one)}`)
  const head = `interface ${node.name.text}${types ? `<${types}>` : ""}${bases && ` ${bases}`}`
  return calls.length === 0 ? head : `${head} {\n${calls.join("\n")}\n}`
}

const classText = (node) => `class ${node.name.text} ${node.heritageClauses?.map(headOf).join(" ") ?? ""}`

/** The fields of an error are listed below it. */
const headOf = (clause) => {
  const text = textOf(clause)
  const isTagged = /TaggedError<|Data\.TaggedError/.test(text)
  return isTagged ? "extends Error" : text
}

const declarationText = (checker, name, node) => {
  if (ts.isVariableDeclaration(node)) return variableText(checker, name, node)
  if (ts.isInterfaceDeclaration(node)) return interfaceText(node)
  if (ts.isClassDeclaration(node)) return classText(node)
  if (ts.isModuleDeclaration(node)) return textOf(node).replace(/^export (declare )?/, "")
  return ts.isTypeAliasDeclaration(node) ? textOf(node).replace(/^export /, "") : undefined
}

export const signatureOf = (checker, name, declarations) =>
  declarations
    .map((node) => declarationText(checker, name, node))
    .filter((text) => text !== undefined)
    .join("\n\n")
