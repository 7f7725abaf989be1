// Checks that a tarball contains every file it should and no others, and that its manifest is complete.

import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { publicPackages, root } from "../workspace.mjs"
import { readManifest } from "./tarballs.mjs"

const always = ["package.json", "README.md", "LICENSE"]
const compiled = [".js", ".js.map", ".d.ts", ".d.ts.map"]
const fields = [
  "name",
  "version",
  "description",
  "homepage",
  "bugs",
  "repository",
  "license",
  "keywords",
  "engines",
  "exports",
  "sideEffects",
  "publishConfig"
]

/** A command's dependencies include everything it imports, since no other package provides it. */
const allowedDependencies = {
  "packages/node": ["undici"],
  "packages/cli": ["@effect/cli", "@effect/platform", "@effect/platform-node", "effect", "jose"]
}

/** Checks that each source has its four outputs, and that each source map leads to its source. */
export const checkContents = ({ files, folder }) => {
  const problems = []
  const present = new Set(files)
  const sources = files.filter((path) => path.startsWith("src/") && path.endsWith(".ts"))
  const outputs = sources.flatMap((path) =>
    compiled.map((ending) => path.replace(/^src\/(.*)\.ts$/, `dist/$1${ending}`))
  )
  const expected = new Set([...always, ...sources, ...outputs])
  for (const path of expected) if (!present.has(path)) problems.push(`${path} is missing`)
  for (const path of files.filter((path) => !expected.has(path))) {
    problems.push(
      `${path} does not belong there; was its source removed? Then delete ${folder}/dist and build`
    )
  }
  for (const map of files.filter((path) => path.endsWith(".map"))) {
    const { sources } = JSON.parse(readFileSync(`${root}${folder}/${map}`, "utf8"))
    for (const source of sources) {
      if (!present.has(join(dirname(map), source)))
        problems.push(`${map} leads to ${source}, which is missing`)
    }
  }
  return problems
}

/** Checks fields whose absence would only be noticed after the release. */
export const checkManifest = ({ folder, manifest }) => {
  const problems = fields
    .filter((name) => manifest[name] === undefined)
    .map((name) => `package.json has no ${name}`)
  if (manifest.repository?.directory !== folder) problems.push(`repository.directory is not ${folder}`)
  // npm keeps `workspace:` unchanged, and users could not install it.
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    for (const [name, range] of Object.entries(manifest[kind] ?? {})) {
      if (!/^\^\d+\.\d+\.\d+$/.test(range))
        problems.push(`${kind}: ${name} has the range ${range}, not ^x.y.z`)
      const own = publicPackages.map(readManifest).find((other) => other.name === name)
      if (own !== undefined && range !== `^${own.version}`) {
        problems.push(`${kind}: ${name} is at ${own.version}, so its range is ^${own.version}, not ${range}`)
      }
    }
  }
  const allowed = allowedDependencies[folder] ?? []
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (!allowed.includes(name))
      problems.push(`${name} is a dependency; allowed are: ${allowed.join(", ") || "none"}`)
  }
  for (const name of ["LICENSE", "README.md"]) {
    if (!existsSync(`${root}${folder}/${name}`)) problems.push(`there is no ${name}`)
  }
  return problems
}
