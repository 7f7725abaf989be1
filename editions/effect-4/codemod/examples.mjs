// The examples of docstrings and of READMEs: each is a module, which is translated like a file.

/** Where the modules of examples are compiled, as in scripts/snippets.mjs. */
export const folder = "examples/snippets/"

const isReadme = (file) => file.endsWith(".md")
const fence = (file) =>
  isReadme(file) ? /^()```ts\n([\s\S]*?)^```$/gm : /^([ \t]*\* ?)```ts\n([\s\S]*?)^[ \t]*\* ?```$/gm

const plain = (code) => code.replace(/^[ \t]*\* ?/gm, "")

/** Replaces the code of each example of a text. */
const mapExamples = (file, text, f) =>
  text.replace(fence(file), (_, head, code) => {
    const lines = f(isReadme(file) ? code : plain(code))
      .split("\n")
      .slice(0, -1)
    const at = (line) => (head + line).trimEnd() + "\n"
    return `${head}\`\`\`ts\n${lines.map(at).join("")}${head}\`\`\``
  })

const ending = "\nexport {}\n"

/** The modules of the examples of some texts, by their paths. */
export const modulesOf = (texts) => {
  const modules = new Map()
  for (const [file, text] of texts) {
    const name = folder + file.replace(/\.(md|ts)$/, "").replace(/[^A-Za-z0-9]+/g, "_")
    let count = 0
    mapExamples(file, text, (code) => {
      modules.set(`${name}_${++count}.ts`, code + ending)
      return code
    })
  }
  return modules
}

/** What comments name outside of examples. */
const words = [
  [/`Either`/g, "`Result`"],
  [/`@effect\/platform`/g, "`effect/http`"],
  [/`@effect\/sql`/g, "`effect/sql`"],
  [/\bEither\.right\(/g, "Result.succeed("],
  [/\bEither\.left\(/g, "Result.fail("]
]

/** Changes the install commands of a README. */
const installed = (text) =>
  text.replace(/^npm install .*$/gm, (line) =>
    line
      .replace("effect@3", "effect@4")
      .replace(/@effect-centrifugo\/(core|node|testing)(?= |$)/g, "$&@effect-4")
  )

const reworded = (text) => words.reduce((text, [from, to]) => text.replace(from, to), text)

/** Puts translated examples in the place of the originals, and renames what else the docs name. */
export const withExamples = (file, text, modules, translated) => {
  const byCode = new Map([...modules].map(([path, code]) => [code, translated.get(path)]))
  const replaced = mapExamples(
    file,
    text,
    (code) => byCode.get(code + ending)?.slice(0, -ending.length) ?? code
  )
  return isReadme(file)
    ? installed(reworded(replaced))
    : replaced.replace(/^[ \t]*(\/\*\*[\s\S]*?\*\/|\/\/.*$)/gm, reworded)
}
