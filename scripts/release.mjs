// npm run release: publishes and tags the versions that are not on npm yet. The release workflow runs it after
// `npm run version` has been merged. Only that workflow can provide provenance, which the manifests require. Arguments
// go to `npm publish`: scripts/rehearsal.mjs switches provenance off.

import { readManifest } from "./packages/tarballs.mjs"
import { bin, build, checkNode, install, publicPackages, root, run } from "./workspace.mjs"

/** Whether the version is on the registry that npm uses in the package's folder. */
const isPublished = async (folder) => {
  const { name, version } = readManifest(folder)
  const options = { cwd: `${root}${folder}`, stdio: ["ignore", "pipe", "ignore"] }
  const { ok, output } = await run("npm", ["view", `${name}@${version}`, "version"], options)
  return ok && output.trim() === version
}

/** Publishes from the package's folder: the same bytes that scripts/packages.mjs has tested. */
const publish = async (folder) =>
  (await isPublished(folder)) ||
  (await run("npm", ["publish", ...process.argv.slice(2)], { cwd: `${root}${folder}` })).ok

const release = async () => {
  if (
    !checkNode() ||
    !(await install()) ||
    !(await build(...publicPackages.map((folder) => `${folder}/tsconfig.src.json`)))
  )
    return false
  // Core first, because the other packages depend on it.
  for (const folder of publicPackages) if (!(await publish(folder))) return false
  return (await run(bin("changeset"), ["tag"])).ok
}

process.exitCode = (await release()) ? 0 : 1
