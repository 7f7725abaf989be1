// Rehearses a release, from the changesets to a user's installation, with a local registry and in a temporary clone of the
// last commit: node scripts/rehearsal.mjs.

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { makeCounter } from "./counter.mjs"
import { withOutside } from "./outside.mjs"
import { changesetsOf, checkTags, checkVersion, makeClone, output } from "./rehearsal/clone.mjs"
import { checkConsumer } from "./rehearsal/consumer.mjs"
import { scope, startRegistry } from "./rehearsal/registry.mjs"
import { install, publicPackages } from "./workspace.mjs"

const { check, counts } = makeCounter()

/** Checks the publish address, because a wrong setting would publish to npm. */
const checkSettings = async (folder, { url }) => {
  const registry = await output("npm", ["config", "get", `${scope}:registry`], { cwd: folder })
  if (registry !== url) throw new Error(`in ${folder}, npm would publish to ${registry}`)
}

/** Provenance needs the identity of a workflow on GitHub. */
const release = async (clone, registry) => {
  for (const path of publicPackages) await checkSettings(`${clone.folder}/${path}`, registry)
  return clone.npm("run", "release", "--", "--provenance=false", "--loglevel=error")
}

const checkPublished = async (clone, { metadataOf }) => {
  const manifests = publicPackages.map((path) => clone.manifest(path))
  const problems = manifests.map(async ({ name, version }) => {
    const { versions = {}, "dist-tags": tags } = await metadataOf(name)
    return Object.keys(versions).join() === version && tags.latest === version
      ? []
      : [`${name}@${version} is not the only version on the registry, and its latest`]
  })
  return (await Promise.all(problems)).flat()
}

const rehearse = async (outside, registry) => {
  const clone = await makeClone(join(outside, "clone"))
  for (const path of publicPackages) registry.use(`${clone.folder}/${path}`)
  const before = clone.manifest(publicPackages[0]).version
  const changesets = changesetsOf(clone)
  await check("npm run version makes the versions and changelogs", async () => {
    if (!(await install(clone.folder))) return ["the packages of the clone can't be installed"]
    await clone.npm("run", "version")
    return checkVersion(clone, before, changesets)
  })
  await clone.git("add", "--all", ":!*.npmrc")
  await clone.git("commit", "--quiet", "--allow-empty", "--message", "Release")
  await check("npm run release publishes and tags every package", async () => {
    await release(clone, registry)
    return [...(await checkPublished(clone, registry)), ...(await checkTags(clone))]
  })
  await check("a second npm run release finds nothing to publish", async () => {
    const printed = await release(clone, registry)
    return /^\+ /m.test(printed) ? [printed] : checkPublished(clone, registry)
  })
  await check("a user installs the release and publishes", () =>
    checkConsumer(join(outside, "consumer"), clone.manifest(publicPackages[0]).version, registry)
  )
}

const rehearseIn = async (outside) => {
  const registry = await startRegistry(join(outside, "registry"))
  try {
    await rehearse(outside, registry)
  } finally {
    registry.stop()
  }
}

export const checkRelease = async () => {
  try {
    await withOutside("release-", rehearseIn)
  } catch (error) {
    await check("release", () => [error.stack])
  }
  console.log(`release: ${counts.passed} passed, ${counts.failed} failed`)
  return counts
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed } = await checkRelease()
  process.exitCode = failed > 0 ? 1 : 0
}
