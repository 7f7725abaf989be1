// The public packages as npm would publish them.

import { readFileSync } from "node:fs"
import { publicPackages, root, run } from "../workspace.mjs"

export const readManifest = (folder) => JSON.parse(readFileSync(`${root}${folder}/package.json`, "utf8"))

/** Packs what has been built: `npm pack` rewrites nothing, so this is what users get. */
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
