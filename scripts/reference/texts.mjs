// Prints nodes and types as text.

import ts from "typescript"

/** The text of a node without comments. */
export const textOf = (node) => {
  const text = node.getText()
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text)
  let result = ""
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isComment =
      kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia
    if (!isComment) result += scanner.getTokenText()
  }
  return result.replaceAll(/\n\s*\n+/g, "\n").replaceAll(/[ \t]+\n/g, "\n")
}

/** A type on one line, without file paths. */
export const typeText = (checker, type) =>
  checker
    .typeToString(
      type,
      undefined,
      ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope
    )
    .replaceAll(/import\("[^"]*"\)\./g, "")
