// Files that the codemod cannot translate. Each starts with the hash of the file it replaces, as it was reviewed.

import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../../", import.meta.url))
const folder = fileURLToPath(new URL("./overrides/", import.meta.url))
const head = /^\/\/ Replaces the file of this name; reviewed at (\w+)\.\n/

const printer = ts.createPrinter({ removeComments: true })

/** The hash of a file's code, without comments: they do not affect what an override must do. */
export const hashOf = (file) => {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest)
  return createHash("sha256").update(printer.printFile(source)).digest("hex").slice(0, 16)
}

/** Each override by the path of the file that it replaces. */
export const readOverrides = () => {
  if (!existsSync(folder)) return new Map()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  )
  return new Map(
    files
      .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
      .sort()
      .map((file) => {
        const text = readFileSync(join(folder, file), "utf8")
        const reviewed = head.exec(text)?.[1]
        return [file, { reviewed, text: text.replace(head, "") }]
      })
  )
}

/** Marks the override of a file as reviewed against the current file. */
export const markReviewed = (file) => {
  const path = join(folder, file)
  const text = readFileSync(path, "utf8").replace(head, "")
  writeFileSync(path, `// Replaces the file of this name; reviewed at ${hashOf(file)}.\n${text}`)
}

const linesOf = (path) => readFileSync(path, "utf8").split("\n").length - 1

const sources = "packages/core/src/"

/** Returns how many overrides replace sources of core, and their share of its lines. */
export const sizeOf = (overrides) => {
  const own = [...overrides.keys()].filter((file) => file.startsWith(sources))
  const all = readdirSync(join(root, sources), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts")
  )
  const lines = own.reduce((sum, file) => sum + linesOf(join(folder, file)), 0)
  const total = all.reduce((sum, file) => sum + linesOf(join(root, sources, file)), 0)
  return { core: own.length, lines, share: ((100 * lines) / total).toFixed(1) }
}

/** Returns the problems of the overrides: their source is gone, or has changed since the review. */
export const staleOverrides = () =>
  [...readOverrides()].flatMap(([file, { reviewed }]) => {
    const path = `editions/effect-4/overrides/${file}`
    if (!existsSync(join(root, file)))
      return [`${path} replaces ${file}, which is gone: remove the override.`]
    return reviewed === hashOf(file)
      ? []
      : [
          `${path} was reviewed against another ${file}: carry over what changed there, then run ` +
            `"npm run effect-4 -- --reviewed ${file}".`
        ]
  })
