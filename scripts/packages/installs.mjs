// Checks that npm resolves the packages which the docs tell users to install, with the tarballs and without
// peer conflicts.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { publicPackages, root, run } from "../workspace.mjs"

const pages = () => [
  "README.md",
  ...publicPackages.map((folder) => `${folder}/README.md`),
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
]

/**
 * Without a version, npm would install the newest release, which may need another Effect. Pages that warn of it
 * mention it.
 */
const isWarning = (specs) => specs.length === 1 && specs[0] === "effect"

const linesOf = (page) =>
  [...readFileSync(`${root}${page}`, "utf8").matchAll(/npm install ([^`\n]+)/g)]
    .map(([, list]) => list.split(" ").filter((word) => word !== "" && !word.startsWith("-")))
    .filter((specs) => !isWarning(specs))

/** Each distinct install command, with its page. */
const allLines = () => {
  const lines = pages().flatMap((page) => linesOf(page).map((specs) => [specs.join(" "), { page, specs }]))
  return [...new Map(lines.toReversed()).values()]
}

const nameOf = (spec) => spec.replace(/(.)@.*$/, "$1")

/** Resolves without downloading. The packages of a page are added to those of the first publish. */
const resolves = async (folder, tarballs, { page, specs }) => {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "consumer", private: true }))
  const own = new Map(tarballs.map(({ manifest, path }) => [manifest.name, path]))
  const others = specs.filter((spec) => !own.has(nameOf(spec)))
  const effect = others.some((spec) => nameOf(spec) === "effect") ? [] : ["effect@3"]
  const args = ["install", "--package-lock-only", "--strict-peer-deps", "--no-audit", "--loglevel=error"]
  for (let attempt = 1; ; attempt++) {
    const { ok, output } = await run("npm", [...args, ...effect, ...others, ...own.values()], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"]
    })
    if (ok && existsSync(`${folder}/package-lock.json`)) return []
    if (attempt === 3) return [`${page}: npm install ${specs.join(" ")}\n${output}`]
  }
}

export const checkInstalls = async (folder, tarballs) => {
  mkdirSync(folder)
  const lines = allLines()
  const problems = await Promise.all(lines.map((line, i) => resolves(`${folder}/${i}`, tarballs, line)))
  return lines.length === 0 ? ["the docs have no line that installs"] : problems.flat()
}
