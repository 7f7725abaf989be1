// Writes the Effect 4 edition: translated sources, overrides for some, additions, manifests, and unchanged copies of the rest.

import { execFileSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import * as Examples from "./codemod/examples.mjs"
import { translateAll } from "./codemod/index.mjs"
import * as Manifests from "./manifests.mjs"
import { readOverrides } from "./overrides.mjs"
import { patch, patches } from "./patches.mjs"

export const here = fileURLToPath(new URL("./", import.meta.url))
export const root = fileURLToPath(new URL("../../", import.meta.url))
export const generated = join(here, "generated")

const published = ["packages/core", "packages/node", "packages/testing"]
/** What the edition has of the repository. */
const folders = [...published, "tools"]
/** Programs, and the clients of the benchmark. */
const others = [
  "examples/package.json",
  "examples/src",
  "examples/test",
  "examples/tsconfig.json",
  "examples/tsconfig.snippets.json",
  "examples/tsconfig.src.json",
  "examples/tsconfig.test.json",
  "packages/bench/package.json",
  "packages/bench/src/clients/protocol.ts",
  "packages/bench/src/programs",
  "packages/bench/src/work.ts",
  "packages/bench/src/workers",
  "packages/bench/tsconfig.src.json"
]
/** Programs on the HttpRouter and the HttpApi of Effect 3: those of 4 are other libraries of the same names. */
const excluded = ["chat", "http-errors", "orders-service", "tokens"].flatMap((name) => [
  `examples/src/${name}/`,
  `examples/test/${name}.test.ts`
])
/** The README and the guides show Effect 3. */
excluded.push(...["readme", "promises", "testing.docs"].map((name) => `examples/test/${name}.test.ts`))
const references = [...folders, "examples", "packages/bench/tsconfig.src.json"]

/** The packages that users install: their folders, name and version. Nothing has to be generated yet. */
export const editionPackages = () =>
  published.map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))
    return { folder, cwd: join(generated, folder), name, version: Manifests.versionOf(version) }
  })
/** Files that tests read. */
const data = ["docs/grafana"]
const single = [
  "LICENSE",
  "package.json",
  "tsconfig.base.json",
  "tstyche.config.json",
  "vitest.config.ts",
  "vitest.setup.ts",
  "vitest.shared.ts",
  "vitest.workspace.ts"
]

const filesBelow = (folder) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", folder], {
    cwd: root,
    encoding: "utf8"
  })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(root, file)))
    .filter((file) => !excluded.some((path) => file.startsWith(path)))

/** Settings of npm say where the edition is published. */
const isKept = (name) => ["node_modules", "dist", ".npmrc"].includes(name) || name.endsWith(".tsbuildinfo")

const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name)
        if (isKept(entry.name)) return []
        return entry.isDirectory() ? filesIn(path) : [path]
      })
    : []

/** Writes a file only if it changes, so that compilers find the others unchanged. */
const write = (file, text) => {
  const path = join(generated, file)
  if (existsSync(path) && readFileSync(path, "utf8") === text) return
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const copy = (from, file) => {
  const path = join(generated, file)
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(from, path)
  return path
}

/** What users read in their editors and on npm. */
const isDocumented = (file) =>
  published.some((folder) => file.startsWith(`${folder}/src/`) || file === `${folder}/README.md`)

const json = (value) => JSON.stringify(value, null, 2) + "\n"

/** The adapted text of a file that is not TypeScript, if the edition needs a different text. */
const adapted = (file) => {
  const read = () => readFileSync(join(root, file), "utf8")
  if (file === "package.json") return json(Manifests.translateRoot(JSON.parse(read())))
  if (file.endsWith("/package.json")) return json(Manifests.translate(JSON.parse(read()), file))
  if (file === "packages/testing/tsconfig.test.json") {
    const config = JSON.parse(read())
    return json({ ...config, references: [...config.references, { path: "../../tools/tsconfig.src.json" }] })
  }
  return undefined
}

export const generate = () => {
  const startedAt = Date.now()
  const overrides = readOverrides()
  const files = [...[...folders, ...others, ...data].flatMap(filesBelow), ...single]
  const sources = files.filter((file) => file.endsWith(".ts"))
  const documented = files.filter((file) => isDocumented(file) && !overrides.has(file))
  const examples = Examples.modulesOf(
    documented.map((file) => [file, readFileSync(join(root, file), "utf8")])
  )
  const { counts, texts } = translateAll(
    root,
    sources.filter((file) => !overrides.has(file)),
    examples
  )
  for (const file of documented) {
    const text = texts.get(file) ?? readFileSync(join(root, file), "utf8")
    texts.set(file, Examples.withExamples(file, text, examples, texts))
  }
  const unknown = patches.find(({ file }) => !texts.has(file))
  if (unknown !== undefined) throw new Error(`patches.mjs patches ${unknown.file}, which is not translated.`)
  for (const [file, text] of texts) write(file, patch(file, text))
  for (const [file, { text }] of overrides) write(file, text)
  for (const file of files) {
    if (file.endsWith(".ts") || texts.has(file)) continue
    const text = adapted(file)
    if (text === undefined) copy(join(root, file), file)
    else write(file, text)
  }
  const additions = join(here, "additions")
  const added = filesIn(additions).map((path) => relative(additions, path))
  for (const file of added) copy(join(additions, file), file)
  write(
    "pnpm-workspace.yaml",
    "packages:\n  - packages/*\n  - tools\n  - examples\n\nignoredBuiltDependencies:\n  - esbuild\n"
  )
  write("tsconfig.json", json({ files: [], references: references.map((path) => ({ path })) }))
  const lock = join(here, "pnpm-lock.yaml")
  if (existsSync(lock)) copy(lock, "pnpm-lock.yaml")
  const all = new Set([
    ...files,
    ...examples.keys(),
    ...added,
    "pnpm-workspace.yaml",
    "pnpm-lock.yaml",
    "tsconfig.json"
  ])
  for (const path of filesIn(generated)) {
    if (!all.has(relative(generated, path)) && statSync(path).isFile()) rmSync(path)
  }
  return { counts, overrides, sources, seconds: Math.round((Date.now() - startedAt) / 1000) }
}
