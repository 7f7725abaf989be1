// Translates TypeScript files from Effect 3 to Effect 4.

import { join } from "node:path"
import ts from "typescript"
import { translate } from "./file.mjs"

/** One program for all files, so that each is parsed and checked once. */
const programOf = (root, fileNames) => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root)
  return ts.createProgram(fileNames, {
    ...options,
    lib: ["lib.es2024.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false
  })
}

/** Returns the translation of each file, and how often each rule applied. */
export const translateAll = (root, files) => {
  const program = programOf(
    root,
    files.map((file) => join(root, file))
  )
  const checker = program.getTypeChecker()
  const counts = new Map()
  const texts = new Map(
    files.map((file) => [file, translate(program.getSourceFile(join(root, file)), checker, counts)])
  )
  return { counts, texts }
}
