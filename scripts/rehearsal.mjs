// Rehearses a release, from the changesets to a user's installation, with a local registry and in a temporary clone of the
// last commit: node scripts/rehearsal.mjs.

import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { editionPackages } from "../editions/effect-4/generate.mjs"
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

const editionFolders = editionPackages().map(({ folder }) => `editions/effect-4/generated/${folder}`)

/** npm reads the settings of a folder with a manifest. The release generates those of the Effect 4 edition. */
const useRegistry = (clone, registry) => {
  for (const path of editionFolders) {
    mkdirSync(`${clone.folder}/${path}`, { recursive: true })
    writeFileSync(`${clone.folder}/${path}/package.json`, "{}")
  }
  for (const path of [...publicPackages, ...editionFolders]) registry.use(`${clone.folder}/${path}`)
}

/** Provenance needs the identity of a workflow on GitHub. */
const release = async (clone, registry) => {
  for (const path of [...publicPackages, ...editionFolders])
    await checkSettings(`${clone.folder}/${path}`, registry)
  return clone.npm("run", "release", "--", "--provenance=false", "--loglevel=error")
}

/** Checks that a package has these versions alone, each under its tag. */
const checkVersions = async (name, wanted, { metadataOf }) => {
  const { versions = {}, "dist-tags": tags } = await metadataOf(name)
  const isSo =
    Object.keys(versions).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([tag, version]) => version in versions && tags[tag] === version)
  return isSo ? [] : [`${name} is not ${JSON.stringify(wanted)}, but ${JSON.stringify(tags)}`]
}

const checkPublished = async (clone, registry) => {
  const edition = new Map(
    editionFolders.map((path) => clone.manifest(path)).map(({ name, version }) => [name, version])
  )
  const manifests = publicPackages.map((path) => clone.manifest(path))
  const problems = manifests.map(({ name, version }) => {
    const others = edition.has(name) ? { "effect-4": edition.get(name) } : {}
    return checkVersions(name, { latest: version, ...others }, registry)
  })
  return (await Promise.all(problems)).flat()
}

/** One user of each edition. The command line has one version. */
const usersOf = (clone) => {
  const manifests = publicPackages.map((path) => clone.manifest(path))
  const edition = editionFolders.map((path) => clone.manifest(path))
  const packagesOf = (manifests) => manifests.map(({ name, version }) => ({ name, version }))
  return [
    { folder: "effect-3", effect: "effect@3", tag: "latest", packages: packagesOf(manifests) },
    { folder: "effect-4", effect: "effect@4", tag: "effect-4", packages: packagesOf(edition) }
  ]
}

const rehearse = async (outside, registry) => {
  const clone = await makeClone(join(outside, "clone"))
  useRegistry(clone, registry)
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
  for (const { folder, ...user } of usersOf(clone)) {
    await check(`a user installs the release for ${user.effect} and publishes`, () =>
      checkConsumer(join(outside, folder), user, registry)
    )
  }
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
