// npm run version: turns changesets into versions and changelogs.

import { readFileSync, writeFileSync } from "node:fs"
import { bin, publicPackages, root, run } from "./workspace.mjs"

const path = (folder) => `${root}${folder}/package.json`
const read = (folder) => JSON.parse(readFileSync(path(folder), "utf8"))

/** All packages share one version, and depend on the others at the same release. */
const setPeer = (range) => {
  for (const folder of publicPackages) {
    const manifest = read(folder)
    for (const name of Object.keys(manifest.peerDependencies)) {
      if (name.startsWith("@effect-centrifugo/")) manifest.peerDependencies[name] = range
    }
    writeFileSync(path(folder), JSON.stringify(manifest, null, 2) + "\n")
  }
}

// changesets treats a peer that leaves its range as a breaking change, and would turn every 0.x minor into
// 1.0.0.
setPeer("*")
const { ok } = await run(bin("changeset"), ["version"])
setPeer(`^${read("packages/core").version}`)
process.exitCode = ok ? 0 : 1
