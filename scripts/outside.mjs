// Temporary folders for trying the packages as a user has them: only installed packages resolve there.

import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/**
 * Node and TypeScript look for packages in all parent folders. A `node_modules` there would hide a missing
 * dependency.
 */
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

/**
 * Calls `use` with a new temporary folder that has no `node_modules` in any parent, and removes the folder
 * afterwards.
 */
export const withOutside = async (prefix, use) => {
  // Resolvers follow symbolic links before they look in parent folders.
  const parent = realpathSync(tmpdir())
  refuseModulesAbove(parent)
  const folder = mkdtempSync(join(parent, prefix))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
