// Checks that public types contain no `any`. ESLint finds a written `any`; this finds an inferred one.

import { readFileSync } from "node:fs"
import ts from "typescript"
import { root } from "../workspace.mjs"

/** effect's own classes say `A extends Record<string, any>`. It is only a constraint, so no value has it as its type. */
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
