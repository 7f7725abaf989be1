// npm run version: makes versions and changelogs of the changesets.

import { readFileSync, writeFileSync } from "node:fs"
import { bin, publicPackages, root, run } from "./workspace.mjs"

const path = (folder) => `${root}${folder}/package.json`
const read = (folder) => JSON.parse(readFileSync(path(folder), "utf8"))

/** All packages have one version, and work with each other's of their own release. */
const setPeer = (range) => {
  for (const folder of publicPackages) {
    const manifest = read(folder)
    for (const name of Object.keys(manifest.peerDependencies)) {
      if (name.startsWith("@effect-centrifugo/")) manifest.peerDependencies[name] = range
    }
    writeFileSync(path(folder), JSON.stringify(manifest, null, 2) + "\n")
  }
}

// A peer that leaves its range is a breaking change to changesets, which would make 1.0.0 of every minor of 0.x.
setPeer("*")
const { ok } = await run(bin("changeset"), ["version"])
setPeer(`^${read("packages/core").version}`)
process.exitCode = ok ? 0 : 1
