// Copies the programs of hosts/ and the examples in frameworks to a folder outside the workspace, with their
// dependencies: packages of the lockfile, and our tarballs.

import { cpSync, mkdirSync } from "node:fs"
import { basename } from "node:path"
import { exampleProjects, root, run } from "../workspace.mjs"

export const piped = { stdio: ["ignore", "pipe", "pipe"] }

const command = async (path, args, cwd) => {
  const { ok, output } = await run(path, args, { cwd, ...piped })
  if (!ok) throw new Error(`${path} ${args.join(" ")}\n${output}`)
}

/** Makes three attempts, because the network can fail. No package in the lockfile needs its install script. */
export const installLocked = async (folder, attempt = 1) => {
  try {
    await command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)
  } catch (error) {
    if (attempt === 3) throw error
    await installLocked(folder, attempt + 1)
  }
}

/** Our tarballs change with each build, so a lockfile cannot hold them. Unpacks them as npm would. */
const unpack = async (folder, { manifest, path }) => {
  const target = `${folder}/node_modules/${manifest.name}`
  mkdirSync(target, { recursive: true })
  await command("tar", ["-xzf", path, "-C", target, "--strip-components=1"], folder)
}

/** Folders that exist if an example was run in place. */
const made = ["node_modules", "dist", ".next"]

/** `hosts/next` and `hosts/nest` add tests to the examples of these names. */
export const installHosts = async (folder, tarballs) => {
  for (const path of exampleProjects) {
    const filter = (file) => !made.includes(basename(file))
    cpSync(`${root}${path}`, `${folder}/${basename(path)}`, { recursive: true, filter })
  }
  cpSync(`${root}hosts`, folder, { recursive: true })
  await installLocked(folder)
  await Promise.all(tarballs.map((tarball) => unpack(folder, tarball)))
  return []
}

/** A program that hangs fails its check instead of the whole run, in milliseconds. */
const timeout = 300_000

/** Runs a command of the project. Returns no problems if it succeeds, else its output. */
export const succeeds = async (path, args, options) => {
  const { ok, output } = await run(path, args, { ...options, ...piped, timeout })
  return ok ? [] : [output]
}
