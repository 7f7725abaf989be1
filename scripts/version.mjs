// npm run version: turns changesets into versions and changelogs.

import { readFileSync, writeFileSync } from "node:fs"
import { bin, exampleProjects, publicPackages, root, run } from "./workspace.mjs"

const path = (folder) => `${root}${folder}/package.json`
const read = (folder) => JSON.parse(readFileSync(path(folder), "utf8"))

const setRanges = (folders, kind, range) => {
  for (const folder of folders) {
    const manifest = read(folder)
    for (const name of Object.keys(manifest[kind])) {
      if (name.startsWith("@effect-centrifugo/")) manifest[kind][name] = range
    }
    writeFileSync(path(folder), JSON.stringify(manifest, null, 2) + "\n")
  }
}

// changesets treats a peer that leaves its range as a breaking change, and would turn every 0.x minor into
// 1.0.0.
setRanges(publicPackages, "peerDependencies", "*")
const { ok } = await run(bin("changeset"), ["version"])
// All packages share one version, and depend on the others at the same release.
const range = `^${read("packages/core").version}`
setRanges(publicPackages, "peerDependencies", range)
setRanges(exampleProjects, "dependencies", range)
process.exitCode = ok ? 0 : 1
