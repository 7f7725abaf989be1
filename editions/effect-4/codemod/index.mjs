// Translates TypeScript files from Effect 3 to Effect 4.

import { join } from "node:path"
import ts from "typescript"
import { translate } from "./file.mjs"

/** Reads some modules from memory instead of the disk. */
const hostOf = (options, modules) => {
  const host = ts.createCompilerHost(options)
  return {
    ...host,
    fileExists: (path) => modules.has(path) || host.fileExists(path),
    readFile: (path) => modules.get(path) ?? host.readFile(path),
    getSourceFile: (path, language, ...rest) => {
      const text = modules.get(path)
      return text === undefined
        ? host.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, text, language)
    }
  }
}

/** One program for all files, so that each is parsed and checked once. */
const programOf = (root, fileNames, modules) => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root)
  const all = {
    ...options,
    lib: ["lib.es2024.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false
  }
  return ts.createProgram(fileNames, all, hostOf(all, modules))
}

/**
 * Returns the translation of each file, and how often each rule applied. `modules` are further files that exist in
 * memory only.
 */
export const translateAll = (root, files, modules = new Map()) => {
  const inMemory = new Map([...modules].map(([file, text]) => [join(root, file), text]))
  const all = [...files, ...modules.keys()]
  const program = programOf(
    root,
    all.map((file) => join(root, file)),
    inMemory
  )
  const checker = program.getTypeChecker()
  const counts = new Map()
  const texts = new Map(
    all.map((file) => [file, translate(program.getSourceFile(join(root, file)), checker, counts)])
  )
  return { counts, texts }
}
