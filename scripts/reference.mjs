// Writes docs/reference from the docstrings of the public modules. Needs a build.
//   node scripts/reference.mjs            writes it
//   node scripts/reference.mjs --check    fails if a page is stale, or if an export has no docstring

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { pathToFileURL } from "node:url"
import { docOfModule } from "./reference/docs.mjs"
import { callErrorsOf, entriesOf, exportedBy } from "./reference/entries.mjs"
import { index, methods, page } from "./reference/markdown.mjs"
import { readModules } from "./reference/modules.mjs"
import { undocumented } from "./reference/undocumented.mjs"

const folder = "docs/reference"
const check = process.argv.includes("--check")
const problems = []

/** Facts about methods that only their values have, such as the repeat class. */
const factsOf = async ({ built, entries, file }) => {
  if (!entries.some(({ method }) => method)) return {}
  try {
    return await import(pathToFileURL(built).href)
  } catch (error) {
    problems.push(`${file} can't be loaded; run npm run build: ${error.message}`)
  }
}

const { checker, modules } = readModules()
const callErrors = callErrorsOf(
  checker,
  modules.find(({ name }) => name === "CentrifugoError")
)
const exported = exportedBy(checker, modules)
const described = modules.map((module) => ({
  ...module,
  doc: docOfModule(module.source),
  entries: entriesOf(checker, module, callErrors, exported)
}))

for (const { name, place } of undocumented(described)) {
  problems.push(`${place}: ${name} has no docstring that says what it is`)
}

const complete = []
for (const module of described) {
  const facts = await factsOf(module)
  if (facts !== undefined) complete.push({ ...module, facts })
}
const pages = new Map(complete.map((module) => [`${module.name}.md`, page(module)]))
pages.set("Methods.md", methods(complete))
pages.set("README.md", index(described))

const read = (name) => {
  try {
    return readFileSync(`${folder}/${name}`, "utf8")
  } catch {
    return undefined
  }
}

mkdirSync(folder, { recursive: true })
const extra = readdirSync(folder).filter((name) => !pages.has(name))
const stale = [...pages].filter(([name, text]) => read(name) !== text).map(([name]) => name)
if (check) {
  for (const name of [...stale, ...extra]) problems.push(`${folder}/${name} is stale; run npm run reference`)
} else {
  for (const name of extra) rmSync(`${folder}/${name}`)
  for (const name of stale) writeFileSync(`${folder}/${name}`, pages.get(name))
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else
  console.log(`reference: ok, ${described.length} modules${check ? "" : `, ${stale.length} pages rewritten`}`)
