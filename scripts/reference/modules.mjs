// Finds the public modules: the exports of each package.json, read with the compiler.

import { readFileSync } from "node:fs"
import ts from "typescript"
import { publicPackages } from "../workspace.mjs"

/** Skips the docstrings of dependencies, which would take a second. */
const withoutTheirDocs = (host) => ({
  ...host,
  getSourceFile: (file, options, ...others) =>
    host.getSourceFile(
      file,
      file.includes("/node_modules/")
        ? { ...options, jsDocParsingMode: ts.JSDocParsingMode.ParseNone }
        : options,
      ...others
    )
})

/** A program of all sources, with name, import path, file and symbol of each public module. */
export const readModules = () => {
  const { options } = ts.getParsedCommandLineOfConfigFile(
    "packages/node/tsconfig.src.json",
    { noEmit: true, composite: false, incremental: false, skipLibCheck: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => console.error(problem.messageText) }
  )
  const found = publicPackages.flatMap((folder) => {
    const { exports, name } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"))
    // A command has no modules to import.
    if (exports["."] === undefined) return []
    const index = readFileSync(`${folder}/src/index.ts`, "utf8")
    return Object.entries(exports)
      .filter(([subpath, entry]) => subpath !== "." && typeof entry === "object")
      .map(([subpath, entry]) => ({
        name: subpath.slice(2),
        from: `${name}/${subpath.slice(2)}`,
        package: name,
        isInIndex: index.includes(`export * as ${subpath.slice(2)} from`),
        file: `${folder}/${entry["@effect-centrifugo/source"].slice(2)}`,
        built: `${folder}/${entry.default.slice(2)}`
      }))
  })
  const all = { ...options, lib: ["lib.es2024.d.ts", "lib.dom.d.ts"] }
  const program = ts.createProgram(
    found.map(({ file }) => file),
    all,
    withoutTheirDocs(ts.createCompilerHost(all))
  )
  const checker = program.getTypeChecker()
  const modules = found.map((module) => {
    const source = program.getSourceFile(module.file)
    return { ...module, source, symbol: checker.getSymbolAtLocation(source) }
  })
  return { checker, modules }
}
