// npm run release: publishes the versions that npm doesn't have yet, and tags them. The release workflow runs it after
// `npm run version` has been merged. Provenance, which the manifests ask for, is to be had there alone.

import { readManifest } from "./packages/tarballs.mjs"
import { bin, build, checkNode, install, publicPackages, root, run } from "./workspace.mjs"

const isPublished = async ({ name, version }) => {
  const stdio = ["ignore", "pipe", "ignore"]
  const { ok, output } = await run("npm", ["view", `${name}@${version}`, "version"], { stdio })
  return ok && output.trim() === version
}

/** By npm from the package's folder: byte for byte what scripts/packages.mjs has tried. */
const publish = async (folder) =>
  (await isPublished(readManifest(folder))) || (await run("npm", ["publish"], { cwd: `${root}${folder}` })).ok

const release = async () => {
  if (
    !checkNode() ||
    !(await install()) ||
    !(await build(...publicPackages.map((folder) => `${folder}/tsconfig.src.json`)))
  )
    return false
  // Core first: the others need a core that is already there.
  for (const folder of publicPackages) if (!(await publish(folder))) return false
  return (await run(bin("changeset"), ["tag"])).ok
}

process.exitCode = (await release()) ? 0 : 1
