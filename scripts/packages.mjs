// Packs the public packages and uses them as a user would. Needs a build: node scripts/packages.mjs.

import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { makeCounter } from "./counter.mjs"
import { withOutside } from "./outside.mjs"
import * as Bundles from "./packages/bundles.mjs"
import { checkCommand, isCommand } from "./packages/command.mjs"
import { checkGuides, checkServer, checkTable, companions } from "./packages/companions.mjs"
import * as Consumer from "./packages/consumer.mjs"
import * as Contents from "./packages/contents.mjs"
import { checkDeclarations } from "./packages/declarations.mjs"
import { checkInstalls } from "./packages/installs.mjs"
import * as Lint from "./packages/lint.mjs"
import { packAll } from "./packages/tarballs.mjs"

const { check, counts } = makeCounter()

const checkAll = async (label, checks) => {
  for (const [name, find] of Object.entries(checks)) await check(`${label}: ${name}`, find)
}

const checkTarball = (tarball) =>
  checkAll(tarball.manifest.name, {
    "the tarball's files": () => Contents.checkContents(tarball),
    "the manifest": () => Contents.checkManifest(tarball),
    "no any in its types": () => checkDeclarations(tarball),
    publint: () => Lint.checkPublint(tarball),
    ...(isCommand(tarball) ? {} : { attw: () => Lint.checkTypes(tarball) })
  })

const checkTarballs = async (tarballs) => {
  for (const tarball of tarballs) await checkTarball(tarball)
}

const checkConsumer = async (project, tarballs, end) => {
  await check(`peers at their ${end}: npm installs`, () => Consumer.install(project, tarballs, end))
  const server = await Consumer.startServer(project)
  try {
    await checkAll(`peers at their ${end}`, Consumer.checksOf(project, tarballs, server.apiUrl, end))
    if (end === "newest") await checkAll("bundles", Bundles.checksOf(project, server.apiUrl))
  } finally {
    server.stop()
  }
}

const checkIn = async (folder) => {
  const tarballs = await packAll(folder)
  const libraries = tarballs.filter((tarball) => !isCommand(tarball))
  await Promise.all([
    checkTarballs(tarballs),
    check("the README's table of companions equals the manifests", checkTable),
    check("the docs name the server's version that the tests use", checkServer),
    check("each guide lists the packages to install, in versions of the table", checkGuides),
    check(
      "the install commands of the docs, and the table's newest versions, resolve without conflicts",
      () => checkInstalls(join(folder, "installs"), tarballs, companions())
    ),
    check("the command, installed, calls a server", () => checkCommand(join(folder, "command"), tarballs)),
    checkConsumer(join(folder, "lowest"), libraries, "lowest"),
    checkConsumer(join(folder, "newest"), libraries, "newest")
  ])
}

export const checkPackages = async () => {
  try {
    await withOutside("packages-", checkIn)
  } catch (error) {
    await check("packages", () => [error.stack])
  }
  console.log(`packages: ${counts.passed} passed, ${counts.failed} failed`)
  return counts
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { failed } = await checkPackages()
  process.exitCode = failed > 0 ? 1 : 0
}
