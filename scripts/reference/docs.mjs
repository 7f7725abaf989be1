// What docstrings say.

import ts from "typescript"

const isOurs = (file) => /packages\/(core|node)\/src\//.test(file)

/** Orders declarations as they stand in the sources, wherever those are. */
export const byPlace = (one, other) => {
  const [file, otherFile] = [one, other].map((node) =>
    node.getSourceFile().fileName.replace(/^.*packages\/(?=(core|node)\/)/, "")
  )
  return file === otherFile ? one.pos - other.pos : file < otherFile ? -1 : 1
}

export const isOurDeclaration = (node) => isOurs(node.getSourceFile().fileName)

const plain = (comment) => ts.getTextOfJSDocComment(comment)?.trim() ?? ""

/** The text, the examples and the version of the docstring that stands at a declaration. */
export const docOf = (declaration) => {
  const parts = ts.getJSDocCommentsAndTags(declaration)
  const docs = parts.filter(ts.isJSDoc)
  // Comments further up belong to something else.
  const nearest = docs.at(-1)
  const tagged = (name) =>
    (nearest?.tags ?? []).filter((tag) => tag.tagName.text === name).map((tag) => plain(tag.comment))
  return { text: plain(nearest?.comment), examples: tagged("example"), since: tagged("since")[0] }
}

/** The docstring with which a file begins. */
export const docOfModule = (source) => {
  const [first] = ts.getLeadingCommentRanges(source.text, 0) ?? []
  const comment = first === undefined ? "" : source.text.slice(first.pos, first.end)
  if (!comment.startsWith("/**")) return { text: "", examples: [] }
  const wrapped = ts.createSourceFile("doc.ts", `${comment}\nexport {}`, ts.ScriptTarget.Latest, true)
  return docOf(wrapped.statements[0])
}

/** What an import stands for. */
const resolved = (checker, symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/**
 * The declaration whose docstring speaks for a property: its own, or, where it only gives another name's
 * value (`channel: Wire.ChannelName`, `channel`), that one's.
 */
const spokesmen = (checker, declaration) => {
  const behind = (symbol) => (symbol === undefined ? [] : (resolved(checker, symbol).declarations ?? []))
  if (ts.isShorthandPropertyAssignment(declaration)) {
    return [declaration, ...behind(checker.getShorthandAssignmentValueSymbol(declaration))]
  }
  if (!ts.isPropertyAssignment(declaration)) return [declaration]
  const { initializer } = declaration
  const named = ts.isPropertyAccessExpression(initializer) ? initializer.name : initializer
  // Others say what kind of value it is, and not what it means here.
  if (!ts.isIdentifier(named) || (/^[A-Z]/.test(named.text) && named.text !== "ChannelName"))
    return [declaration]
  return [declaration, ...behind(checker.getSymbolAtLocation(named))]
}

/** The docstring of a property, from where it was written. */
export const docOfProperty = (checker, property) => {
  const own = (property.declarations ?? []).filter(isOurDeclaration)
  for (const declaration of own.flatMap((one) => spokesmen(checker, one))) {
    const doc = docOf(declaration)
    if (doc.text !== "") return doc
  }
  return { text: "", examples: [] }
}
