// Reads docstrings.

import ts from "typescript"

const isOurs = (file) => /packages\/(core|node|testing)\/src\//.test(file)

/** Sorts declarations by file and position. */
export const bySourcePosition = (one, other) => {
  const [file, otherFile] = [one, other].map((node) =>
    node.getSourceFile().fileName.replace(/^.*packages\/(?=(core|node|testing)\/)/, "")
  )
  return file === otherFile ? one.pos - other.pos : file < otherFile ? -1 : 1
}

export const isOurDeclaration = (node) => isOurs(node.getSourceFile().fileName)

const plain = (comment) => ts.getTextOfJSDocComment(comment)?.trim() ?? ""

/** The text, examples and version of a declaration's docstring. */
export const docOf = (declaration) => {
  const parts = ts.getJSDocCommentsAndTags(declaration)
  const docs = parts.filter(ts.isJSDoc)
  // Comments further up belong to other declarations.
  const nearest = docs.at(-1)
  const tagged = (name) =>
    (nearest?.tags ?? []).filter((tag) => tag.tagName.text === name).map((tag) => plain(tag.comment))
  return { text: plain(nearest?.comment), examples: tagged("example"), since: tagged("since")[0] }
}

/** The module docstring at the top of a file. */
export const docOfModule = (source) => {
  const [first] = ts.getLeadingCommentRanges(source.text, 0) ?? []
  const comment = first === undefined ? "" : source.text.slice(first.pos, first.end)
  if (!comment.startsWith("/**")) return { text: "", examples: [] }
  const wrapped = ts.createSourceFile("doc.ts", `${comment}\nexport {}`, ts.ScriptTarget.Latest, true)
  return docOf(wrapped.statements[0])
}

/** Resolves an import to its declaration. */
const resolved = (checker, symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/**
 * The declarations that can document a property. First its own declaration. If that only repeats
 * another name's value (`channel: Wire.ChannelName`, `channel`), then also the declaration of that name.
 */
const documentingDeclarations = (checker, declaration) => {
  const behind = (symbol) => (symbol === undefined ? [] : (resolved(checker, symbol).declarations ?? []))
  if (ts.isShorthandPropertyAssignment(declaration)) {
    return [declaration, ...behind(checker.getShorthandAssignmentValueSymbol(declaration))]
  }
  if (!ts.isPropertyAssignment(declaration)) return [declaration]
  const { initializer } = declaration
  const named = ts.isPropertyAccessExpression(initializer) ? initializer.name : initializer
  // Other names describe the type of the value, not its meaning here.
  if (!ts.isIdentifier(named) || (/^[A-Z]/.test(named.text) && named.text !== "ChannelName"))
    return [declaration]
  return [declaration, ...behind(checker.getSymbolAtLocation(named))]
}

/** The docstring of a property, from where it was written. */
export const docOfProperty = (checker, property) => {
  const own = (property.declarations ?? []).filter(isOurDeclaration)
  for (const declaration of own.flatMap((one) => documentingDeclarations(checker, one))) {
    const doc = docOf(declaration)
    if (doc.text !== "") return doc
  }
  return { text: "", examples: [] }
}
