// Checks that npm resolves the packages which the docs tell users to install, with the tarballs and without
// peer conflicts.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { exampleProjects, publicPackages, root, run } from "../workspace.mjs"
import { readManifest } from "./tarballs.mjs"

/** Tells what to install for the Effect 4 edition, which is not packed here. */
const otherEdition = "effect-4.md"

/** Every page that can tell users to install packages. */
export const pages = () => [
  "README.md",
  ...publicPackages.map((folder) => `${folder}/README.md`),
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith(".md") && name !== otherEdition)
    .map((name) => `docs/${name}`)
]

/**
 * Without a version, npm would install the newest release, which may need another Effect. Pages that warn of it
 * mention it.
 */
const isWarning = (specs) => specs.length === 1 && specs[0] === "effect"

/** The packages of each `npm install` on a page. */
export const linesOf = (page) =>
  [...readFileSync(`${root}${page}`, "utf8").matchAll(/npm install ([^`\n]+)/g)]
    .map(([, list]) => list.split(" ").filter((word) => word !== "" && !word.startsWith("-")))
    .filter((specs) => !isWarning(specs))

export const nameOf = (spec) => spec.replace(/(.)@.*$/, "$1")

const install = [
  "install",
  "--package-lock-only",
  "--strict-peer-deps",
  "--no-audit",
  "--prefer-offline",
  "--loglevel=error"
]

/** Resolves without downloading. */
const resolves = async (folder, specs, pages) => {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "consumer", private: true }))
  for (let attempt = 1; ; attempt++) {
    const { ok, output } = await run("npm", [...install, ...specs], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"]
    })
    if (ok && existsSync(`${folder}/package-lock.json`)) return []
    if (attempt === 3) return [`${pages.join(", ")}: npm install ${specs.join(" ")}\n${output}`]
  }
}

/** The packages of a line that are not ours, added to those of the first publish. */
const othersOf = (own, specs) => {
  const others = specs.filter((spec) => !own.has(nameOf(spec)))
  return others.some((spec) => nameOf(spec) === "effect") ? others : ["effect@3", ...others]
}

const specsOf = (folder) => {
  const { dependencies, devDependencies } = readManifest(folder)
  return Object.entries({ ...dependencies, ...devDependencies }).map((entry) => entry.join("@"))
}

/**
 * Resolves the install lines of all pages, each set of packages once, the README's table of companions, and the
 * manifests of the examples. All of our packages are in each set.
 */
export const checkInstalls = async (folder, tarballs, companions) => {
  mkdirSync(folder)
  const own = new Map(tarballs.map(({ manifest, path }) => [manifest.name, path]))
  const table = [...companions].map((entry) => entry.join("@"))
  const lines = [
    ["the table of README.md", table],
    ...pages().flatMap((page) => linesOf(page).map((specs) => [page, specs])),
    ...exampleProjects.map((folder) => [folder, specsOf(folder)])
  ]
  const sets = new Map()
  for (const [page, specs] of lines) {
    const others = othersOf(own, specs).sort().join(" ")
    sets.set(others, { specs: othersOf(own, specs), pages: [...(sets.get(others)?.pages ?? []), page] })
  }
  const problems = await Promise.all(
    [...sets.values()].map(({ specs, pages }, i) =>
      resolves(`${folder}/${i}`, [...specs, ...own.values()], [...new Set(pages)])
    )
  )
  return problems.flat()
}
