// Packs the public packages as npm publishes them.

import { readFileSync } from "node:fs"
import { publicPackages, root, run } from "../workspace.mjs"

export const readManifest = (folder) => JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8"))

/** Packs the build output. `npm pack` rewrites nothing, so users get the same files. */
const pack = async (folder, target) => {
  const { ok, output } = await run("npm", ["pack", "--json", "--pack-destination", target], {
    cwd: `${root}${folder}`,
    stdio: ["ignore", "pipe", "inherit"]
  })
  if (!ok) throw new Error(`npm pack failed in ${folder}`)
  const [{ filename, files }] = JSON.parse(output)
  return {
    folder,
    manifest: readManifest(folder),
    path: `${target}/${filename}`,
    files: files.map(({ path }) => path)
  }
}

export const packAll = (target) => Promise.all(publicPackages.map((folder) => pack(folder, target)))
