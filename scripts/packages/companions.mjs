// Checks the README's table of companion packages against the manifests, and the install lines of the guides against
// the table and against what their programs import.

import { readdirSync, readFileSync } from "node:fs"
import { exampleProjects, publicPackages, root } from "../workspace.mjs"
import { linesOf, nameOf, pages } from "./installs.mjs"
import { readManifest } from "./tarballs.mjs"

const heading = "| install | range | for |"
const cell = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code)

/** The table's ranges, by package. A row can name several packages, with their ranges in the same order. */
export const companions = () => {
  const lines = readFileSync(`${root}README.md`, "utf8").split("\n")
  const start = lines.findIndex((line) => line.replace(/ +/g, " ") === heading)
  if (start === -1) throw new Error(`README.md has no table that begins with ${heading}`)
  const rest = lines.slice(start + 2)
  const rows = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith("|"))
  )
  const entries = rows.flatMap((row) => {
    const [, names, ranges] = row.split("|")
    return cell(names).map((name, i) => [name, cell(ranges)[i]])
  })
  return new Map(entries)
}

const isOwn = (name) => name.startsWith("@effect-centrifugo/")

/** The folders that have a manifest. */
const folders = () => [
  ".",
  "tools",
  "examples",
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}`),
  ...exampleProjects
]

const kinds = ["dependencies", "devDependencies", "peerDependencies"]

/** The range of TypeScript versions that hosts/ compiles with. */
const testedTypeScript = () => {
  const { dependencies } = readManifest("hosts")
  const versions = Object.entries(dependencies)
    .filter(([name]) => name.startsWith("typescript"))
    .map(([, version]) => version.replace(/^.*@/, "").split(".").map(Number))
    .sort(([a], [b]) => a - b)
  const [major, minor] = versions[0]
  return `>=${major}.${minor} <${versions.at(-1)[0] + 1}`
}

const dependenciesOf = (folder) => {
  const manifest = readManifest(folder)
  return kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}))
}

const checkManifest = (table, folder) =>
  dependenciesOf(folder)
    .filter(([name, range]) => name !== "typescript" && table.has(name) && table.get(name) !== range)
    .map(([name, range]) => `${folder}: ${name} is ${range}, and ${table.get(name)} in the README's table`)

/** `npm run version` keeps these ranges at the version of the packages. */
const checkExample = (folder) => {
  const wanted = `^${readManifest(publicPackages[0]).version}`
  return dependenciesOf(folder)
    .filter(([name, range]) => isOwn(name) && range !== wanted)
    .map(([name, range]) => `${folder}: ${name} is ${range}, not ${wanted}`)
}

/** Checks that the table lists every peer, and equals the ranges that this workspace is built and tested with. */
export const checkTable = () => {
  const table = companions()
  const peers = publicPackages.flatMap((folder) => Object.keys(readManifest(folder).peerDependencies))
  const typescript = testedTypeScript()
  return [
    ...[...new Set(peers)]
      .filter((name) => !isOwn(name) && !table.has(name))
      .map((name) => `the peer ${name} is missing in the README's table`),
    ...[...table].filter(([, range]) => range === undefined).map(([name]) => `${name} has no range`),
    ...(table.get("typescript") === typescript
      ? []
      : [`the README's range of typescript is not ${typescript}`]),
    ...folders().flatMap((folder) => checkManifest(table, folder)),
    ...exampleProjects.flatMap(checkExample)
  ]
}

/** The shortest spec that npm resolves within the same range: `^0.52.0` is `0.52`, `^3.22.0` is `3`. */
const shortOf = (range) => /^\^(0\.\d+|[1-9]\d*)/.exec(range)?.[1]

const checkSpecs = (table, page) =>
  linesOf(page).flatMap((specs) =>
    specs
      .filter((spec) => table.has(nameOf(spec)))
      .map((spec) => [spec, `${nameOf(spec)}@${shortOf(table.get(nameOf(spec)))}`])
      .filter(([spec, wanted]) => spec !== wanted)
      .map(
        ([spec, wanted]) => `${page}: npm install ${spec} is not ${wanted}, which the README's table means`
      )
  )

/** Pages that show code of other clients, which are not installed together. */
const exempt = "docs/migrating.md"

const packageOf = (path) => path.split("/", path.startsWith("@") ? 2 : 1).join("/")

const importsOf = (page) =>
  [...readFileSync(`${root}${page}`, "utf8").matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)]
    .flatMap(([, code]) => [...code.matchAll(/^(?:import|export) .*?from "([^"]+)"$/gm)])
    .map(([, path]) => path)
    .filter((path) => !path.startsWith(".") && !path.startsWith("node:"))
    .map(packageOf)

const checkImports = (first, page) => {
  const installed = new Set([...first, ...linesOf(page).flat().map(nameOf)])
  return [...new Set(importsOf(page))]
    .filter((name) => !installed.has(name))
    .map((name) => `${page}: its programs import ${name}, which no install line of the page names`)
}

const server = "tools/src/Centrifugo.ts"

/** Checks that the pages about the server name the version that the tests use. */
export const checkServer = () => {
  const version = /^export const version = "(.+)"$/m.exec(readFileSync(`${root}${server}`, "utf8"))?.[1]
  return ["docs/stability.md", "docs/protocol.md"]
    .filter((page) => !readFileSync(`${root}${page}`, "utf8").includes(version))
    .map((page) => `${page} does not name Centrifugo ${version}, the version of ${server}`)
}

/** Checks that each guide says what to install beside the packages of the first publish, in versions of the table. */
export const checkGuides = () => {
  const table = companions()
  const first = linesOf("README.md").flat().map(nameOf)
  return pages().flatMap((page) => [
    ...checkSpecs(table, page),
    ...(page === exempt ? [] : checkImports(first, page))
  ])
}
