// npm run release: publishes and tags the versions that are not on npm yet, and then the Effect 4 edition of the same
// sources under its own tag. The release workflow runs it after `npm run version` has been merged. Only that workflow can
// provide provenance, which the manifests require. Arguments go to `npm publish`: scripts/rehearsal.mjs switches
// provenance off.

import { readManifest } from "./packages/tarballs.mjs"
import { bin, build, checkNode, install, publicPackages, root, run } from "./workspace.mjs"

/** Whether the version is on the registry that npm uses in the package's folder. */
const isPublished = async ({ cwd, name, version }) => {
  const options = { cwd, stdio: ["ignore", "pipe", "ignore"] }
  const { ok, output } = await run("npm", ["view", `${name}@${version}`, "version"], options)
  return ok && output.trim() === version
}

/** Publishes from the package's folder: the same bytes that scripts/packages.mjs has tested. */
const publish = async ({ cwd }) => (await run("npm", ["publish", ...process.argv.slice(2)], { cwd })).ok

/** Publishes in order, because later packages depend on earlier ones. */
const publishAll = async (packages) => {
  for (const one of packages) if (!(await publish(one))) return false
  return true
}

const missing = async (packages) => {
  const published = await Promise.all(packages.map(isPublished))
  return packages.filter((_, i) => !published[i])
}

const release = async () => {
  if (
    !checkNode() ||
    !(await install()) ||
    !(await build(...publicPackages.map((folder) => `${folder}/tsconfig.src.json`)))
  )
    return false
  const packages = await missing(
    publicPackages.map((folder) => ({ cwd: `${root}${folder}`, ...readManifest(folder) }))
  )
  // They import what is installed only now.
  const { editionPackages } = await import("../editions/effect-4/generate.mjs")
  const { checkEdition } = await import("./effect-4.mjs")
  const edition = await missing(editionPackages())
  // Before anything is published, because a release cannot be taken back.
  if (edition.length > 0) {
    const { failed } = await checkEdition({ only: ["generate", "install", "types"] })
    if (failed > 0) return false
  }
  // Effect 3 first: the first version of a package becomes its `latest`, whatever its tag.
  if (!(await publishAll([...packages, ...edition]))) return false
  return (await run(bin("changeset"), ["tag"])).ok
}

process.exitCode = (await release()) ? 0 : 1
