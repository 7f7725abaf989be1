// npm run version: makes versions and changelogs of the changesets.

import { readFileSync, writeFileSync } from "node:fs"
import { bin, root, run } from "./workspace.mjs"

const path = (name) => `${root}packages/${name}/package.json`
const read = (name) => JSON.parse(readFileSync(path(name), "utf8"))

/** Both packages have one version, and node works with the core of its own release. */
const setPeer = (range) => {
  const manifest = read("node")
  manifest.peerDependencies["@effect-centrifugo/core"] = range
  writeFileSync(path("node"), JSON.stringify(manifest, null, 2) + "\n")
}

// A peer that leaves its range is a breaking change to changesets, which would make 1.0.0 of every minor of 0.x.
setPeer("*")
const { ok } = await run(bin("changeset"), ["version"])
setPeer(`^${read("core").version}`)
process.exitCode = ok ? 0 : 1
