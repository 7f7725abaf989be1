// Folders in which the packages are tried as a user has them: nothing is found there that was not put there.

import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** Node and TypeScript look for packages in every folder above, so a `node_modules` there would hide what a project lacks. */
const refuseModulesAbove = (folder) => {
  const modules = join(folder, "node_modules")
  if (existsSync(modules)) {
    throw new Error(
      `${modules} is above the folder of this check, and what it holds would be found from there. ` +
        `Remove it, or set TMPDIR to a folder that has no node_modules above it.`
    )
  }
  if (dirname(folder) !== folder) refuseModulesAbove(dirname(folder))
}

/** Calls `use` with a new temporary folder that has no `node_modules` above it, and removes the folder. */
export const withOutside = async (prefix, use) => {
  // Resolvers follow symbolic links before they look above.
  const parent = realpathSync(tmpdir())
  refuseModulesAbove(parent)
  const folder = mkdtempSync(join(parent, prefix))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
