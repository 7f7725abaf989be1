// Compiles all TypeScript in the docs: README.md, docs/ and the examples in docstrings. Each snippet becomes a
// module in examples/snippets, which is regenerated each time.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { bin, publicPackages, run } from "./workspace.mjs"

const filesBelow = (folder, ending) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(ending))
        .map((file) => `${folder}/${file}`)
    : []

const sources = [
  "README.md",
  ...publicPackages.map((folder) => `${folder}/README.md`),
  // The reference repeats docstrings, which are compiled separately.
  ...filesBelow("docs", ".md").filter((file) => !file.startsWith("docs/reference/")),
  ...publicPackages.flatMap((folder) => filesBelow(`${folder}/src`, ".ts"))
]

/** Code fences can be inside docstrings, whose lines begin with an asterisk. */
const snippetsOf = (file) => {
  const text = readFileSync(file, "utf8")
  const plain = file.endsWith(".ts") ? text.replace(/^ *\* ?/gm, "") : text
  return [...plain.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code)
}

const target = "examples/snippets"
rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })

let count = 0
for (const file of sources) {
  snippetsOf(file).forEach((code, i) => {
    const name = `${file.replace(/\.(md|ts)$/, "").replace(/[^A-Za-z0-9]+/g, "_")}_${i + 1}`
    // Makes it a module even if it imports nothing.
    writeFileSync(`${target}/${name}.ts`, `// ${file}, ${i + 1}\n${code}\nexport {}\n`)
    count++
  })
}

const { ok } = await run(bin("tsc"), ["-p", "examples/tsconfig.snippets.json"])
console.log(`snippets: ${ok ? "ok" : "failed"}, ${count} from ${sources.length} files`)
process.exitCode = ok && count > 0 ? 0 : 1
