// The types that users see hold no `any`: eslint sees those that are written, and this those that are inferred.

import { readFileSync } from "node:fs"
import ts from "typescript"
import { root } from "../workspace.mjs"

/** `A extends Record<string, any>` is what effect's own classes say; it constrains, and nothing becomes of it. */
const isConstraint = (node) =>
  ts.findAncestor(
    node,
    (above) =>
      above.parent && ts.isTypeParameterDeclaration(above.parent) && above.parent.constraint === above
  ) !== undefined

export const checkDeclarations = ({ files, folder }) => {
  const problems = []
  for (const path of files.filter((path) => path.endsWith(".d.ts"))) {
    const text = readFileSync(`${root}${folder}/${path}`, "utf8")
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    const visit = (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword && !isConstraint(node)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart())
        problems.push(`${path}:${line + 1} has an any: ${text.split("\n")[line].trim()}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
  }
  return problems
}
