// Checks what an editor shows on hover in a project that uses the packages: every method, payload field, result field and
// option has documentation, and every type is readable. Needs a build: node scripts/hover.mjs

import { readFileSync } from "node:fs"
import path from "node:path"
import ts from "typescript"
import { methods, proMethods } from "../packages/core/dist/CentrifugoApi.js"
import { publicPackages, root } from "./workspace.mjs"

const apis = { Centrifugo: Object.keys(methods), CentrifugoPro: Object.keys(proMethods) }
/** What each client has in addition to its methods. */
const sending = ["send", "batch", "sendAll", "check"]
const clients = {
  Centrifugo: [...apis.Centrifugo, ...sending],
  CentrifugoPro: [...apis.CentrifugoPro, ...sending],
  CentrifugoPromise: [...apis.Centrifugo, ...sending, "close"]
}
const problems = []
let checked = 0

const modules = publicPackages.flatMap((folder) => {
  const { exports, name } = JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8"))
  const names = Object.keys(exports).filter((key) => key !== "." && key !== "./package.json")
  return names.map((key) => ({ name: key.slice(2), from: name + key.slice(1) }))
})

/** A user's program. Each name to hover is marked. */
const marked = [
  ...modules.map(({ from, name }) => `import * as ${name} from "${from}"`),
  ...Object.entries(clients).flatMap(([client, names]) => [
    `declare const the${client}: ${client}.Service`,
    ...names.map((name) => `the${client}.¤${name}`)
  ]),
  ...Object.values(apis)
    .flat()
    .map((name) => `CentrifugoApi.¤${name}`)
].join("\n")

const positions = []
const text = marked.split("¤").reduce((before, after) => {
  positions.push(before.length)
  return before + after
})

const file = path.join(root, "examples/src/hover.ts")
const isOurs = (declaration) =>
  /\/packages\/(core|node|testing)\/dist\//.test(declaration.getSourceFile().fileName)
const options = {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  noEmit: true,
  skipLibCheck: true
}
const read = (name) => (name === file ? text : ts.sys.readFile(name))
const service = ts.createLanguageService({
  ...ts.sys,
  useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
  getScriptFileNames: () => [file],
  getScriptVersion: () => "1",
  getCurrentDirectory: () => root,
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getScriptSnapshot: (name) => {
    const source = read(name)
    return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source)
  },
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  readFile: read
})
const program = service.getProgram()
const checker = program.getTypeChecker()
const source = program.getSourceFile(file)

/** The innermost node that starts at a position. */
const nodeAt = (position) => {
  const visit = (node) =>
    ts.forEachChild(node, (child) =>
      child.pos <= position && position < child.end ? visit(child) : undefined
    ) ?? node
  return visit(source)
}

const isDocumented = (parts) => ts.displayPartsToString(parts).trim().length >= 8

/** The types that hovers and completion show in full have at most this many characters. */
const longest = 600

for (const position of positions) {
  checked++
  const info = service.getQuickInfoAtPosition(file, position)
  const expression = /^[\w.]+/.exec(text.slice(text.lastIndexOf("\n", position) + 1))[0]
  const name = `${expression.split(".")[0]}.${/^\w+/.exec(text.slice(position))[0]}`
  const type = ts.displayPartsToString(info?.displayParts ?? [])
  // Each overload has its own documentation.
  const overloads = checker.getTypeAtLocation(nodeAt(position)).getCallSignatures()
  const documented =
    isDocumented(info?.documentation ?? []) ||
    overloads.some((signature) => isDocumented(signature.getDocumentationComment(checker)))
  if (!documented) problems.push(`${name}: no documentation`)
  if (type.length > longest) problems.push(`${name}: a type of ${type.length} characters`)
  if (/ByCode<|typeof \w+Spec/.test(type))
    problems.push(`${name}: a type that only its author can read: ${type}`)
}

const seen = new Set()

/** Every field of a type and of the types of its fields, if these packages declare them. */
const checkFields = (type, where) => {
  const members = type.isUnionOrIntersection() ? type.types : [type]
  if (type.isUnionOrIntersection()) return members.forEach((member) => checkFields(member, where))
  if (seen.has(type) || !(type.flags & ts.TypeFlags.Object)) return
  seen.add(type)
  if (checker.isArrayLikeType(type)) {
    return checker.getTypeArguments(type).forEach((item) => checkFields(item, `${where}[]`))
  }
  const values = checker.getIndexTypeOfType(type, ts.IndexKind.String)
  if (values !== undefined) checkFields(values, `${where}.*`)
  // Users make tagged values with a documented function, and do not write their fields.
  if (type.getCallSignatures().length > 0 || type.getProperty("_tag") !== undefined) return
  for (const field of type.getProperties()) {
    const declarations = field.declarations ?? []
    if (declarations.length > 0 && !declarations.every(isOurs)) continue
    if (field.name.startsWith("__@") || field.name.startsWith("~")) continue
    const fieldType = checker.getTypeOfSymbolAtLocation(field, source)
    // A union member that excludes the field (`never`).
    if (fieldType.flags & ts.TypeFlags.Undefined) continue
    checked++
    if (!isDocumented(field.getDocumentationComment(checker)))
      problems.push(`${where}.${field.name}: no documentation`)
    checkFields(fieldType, `${where}.${field.name}`)
  }
}

const exportsOf = (name) => {
  const declaration = source.statements.find((node) => node.importClause?.namedBindings?.name.text === name)
  return checker.getExportsOfModule(checker.getSymbolAtLocation(declaration.moduleSpecifier))
}

const api = new Map(exportsOf("CentrifugoApi").map((symbol) => [symbol.name, symbol]))
for (const name of Object.values(apis).flat()) {
  const prefix = name[0].toUpperCase() + name.slice(1)
  for (const part of ["Payload", "Result", "Error"]) {
    const symbol = api.get(prefix + part)
    if (symbol === undefined) {
      problems.push(`CentrifugoApi has no ${prefix}${part}: export it beside ${name}`)
      continue
    }
    const type = checker.getDeclaredTypeOfSymbol(symbol)
    if (part !== "Error") checkFields(type, prefix + part)
    else if (!type.isUnion() || !type.types.every((one) => one.getProperty("_tag") !== undefined)) {
      problems.push(`${prefix}Error is not a union of tagged errors`)
    }
  }
}

// The options of layers, constructors and all other functions.
for (const { name } of modules) {
  for (const symbol of exportsOf(name)) {
    const type = checker.getTypeOfSymbolAtLocation(symbol, source)
    for (const signature of type.getCallSignatures()) {
      for (const parameter of signature.getParameters()) {
        checkFields(
          checker.getTypeOfSymbolAtLocation(parameter, source),
          `${name}.${symbol.name}(${parameter.name})`
        )
      }
    }
  }
}

for (const problem of problems) console.error(problem)
if (problems.length > 0 || checked < 500) process.exitCode = 1
console.log(`hover: ${problems.length === 0 ? "ok" : `${problems.length} problems`}, ${checked} names`)
