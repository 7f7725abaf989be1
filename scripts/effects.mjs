// Finds Effects that nothing runs or yields, and other mistakes that need types: the errors of Effect's language
// service, in all sources and tests. Two planted mistakes prove that the check works.

import { bin, root, run } from "./workspace.mjs"

const planted = "tools/test/fixtures/floating.ts"

const { output } = await run(
  bin("effect-language-service"),
  ["diagnostics", "--project", "tsconfig.effects.json", "--format", "json", "--severity", "error"],
  { stdio: ["ignore", "pipe", "inherit"] }
)
const report = JSON.parse(output)
const problems = report.diagnostics.map((found) => ({ ...found, file: found.file.replace(root, "") }))
const found = problems.filter(({ file }) => file === planted)
const others = problems.filter(({ file }) => file !== planted)

for (const { column, file, line, message, name } of others) {
  console.error(`${file}:${line}:${column} ${name}: ${message}`)
}
if (found.length !== 2) console.error(`${planted}: ${found.length} of 2 floating Effects were found`)
if (others.length > 0 || found.length !== 2) process.exitCode = 1
console.log(`effects: ${process.exitCode === 1 ? "failed" : "ok"}, ${report.summary.filesChecked} files`)
