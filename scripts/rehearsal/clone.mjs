// A throwaway clone of the last commit, which the release changes, commits to and tags.

import { readdirSync, readFileSync } from "node:fs"
import { bin, exampleProjects, publicPackages, root, run } from "../workspace.mjs"
import { scope } from "./registry.mjs"

const piped = { stdio: ["ignore", "pipe", "pipe"] }

/** Ignores the user's Git settings: no hooks, no signatures, another name. */
const identity = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "rehearsal",
  GIT_AUTHOR_EMAIL: "rehearsal@localhost",
  GIT_COMMITTER_NAME: "rehearsal",
  GIT_COMMITTER_EMAIL: "rehearsal@localhost"
}

/** Runs a command and returns its output. */
export const output = async (command, args, options) => {
  const result = await run(command, args, { timeout: 600_000, ...piped, ...options })
  if (!result.ok) throw new Error(`${command} ${args.join(" ")}\n${result.output}`)
  return result.output.trim()
}

/** `git` and `npm` run in the clone. */
export const makeClone = async (folder) => {
  const commit = await output("git", ["rev-parse", "HEAD"])
  await output("git", ["clone", "--quiet", root, folder])
  const inClone = (command, args) => output(command, args, { cwd: folder, env: identity })
  await inClone("git", ["checkout", "--quiet", "-B", "main", commit])
  return {
    folder,
    git: (...args) => inClone("git", args),
    npm: (...args) => inClone("npm", args),
    manifest: (path) => JSON.parse(readFileSync(`${folder}/${path}/package.json`, "utf8"))
  }
}

/** The summary of each changeset, with the names of its packages. */
export const changesetsOf = ({ folder }) =>
  readdirSync(`${folder}/.changeset`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => readFileSync(`${folder}/.changeset/${name}`, "utf8"))
    .map((text) => {
      const [, head, body] = text.split(/^---\n/m)
      return { packages: [...head.matchAll(/"([^"]+)"/g)].map(([, name]) => name), summary: body.trim() }
    })

const checkOwn = (path, dependencies, version) =>
  Object.entries(dependencies)
    .filter(([name, range]) => name.startsWith(scope) && range !== `^${version}`)
    .map(([name, range]) => `${path}: ${name} is ${range}, not ^${version}`)

const checkPackage = (clone, path, version, changesets) => {
  const manifest = clone.manifest(path)
  const changelog = readFileSync(`${clone.folder}/${path}/CHANGELOG.md`, "utf8")
  return [
    ...(manifest.version === version ? [] : [`${path} has version ${manifest.version}, not ${version}`]),
    ...checkOwn(path, manifest.peerDependencies, version),
    ...(changelog.includes(`\n## ${version}\n`) ? [] : [`${path}/CHANGELOG.md has no section ${version}`]),
    ...changesets
      .filter(({ packages }) => packages.includes(manifest.name))
      .map(({ summary }) => summary.split("\n")[0])
      .filter((line) => !changelog.includes(line))
      .map((line) => `${path}/CHANGELOG.md has no entry "${line}"`)
  ]
}

/** Checks versions, peers and changelogs after `npm run version`. The first release is 0.1.0. */
export const checkVersion = async (clone, before, changesets) => {
  const { version } = clone.manifest(publicPackages[0])
  const manifests = [...publicPackages, ...exampleProjects].map((path) => `${path}/package.json`)
  await output(bin("prettier"), ["--check", ...manifests], { cwd: clone.folder })
  return [
    ...(before === "0.0.0" && version !== "0.1.0" ? [`the first release is ${version}, not 0.1.0`] : []),
    ...(changesets.length > 0 && version === before ? [`changesets left the version at ${before}`] : []),
    ...changesetsOf(clone).map(({ summary }) => `a changeset is still there: ${summary}`),
    ...publicPackages.flatMap((path) => checkPackage(clone, path, version, changesets)),
    ...exampleProjects.flatMap((path) => checkOwn(path, clone.manifest(path).dependencies, version))
  ]
}

/** Checks that each package has a tag of its version at the released commit. */
export const checkTags = async (clone) => {
  const tags = (await clone.git("tag", "--points-at", "HEAD")).split("\n")
  return publicPackages
    .map((path) => clone.manifest(path))
    .map(({ name, version }) => `${name}@${version}`)
    .filter((tag) => !tags.includes(tag))
    .map((tag) => `there is no tag ${tag}`)
}
