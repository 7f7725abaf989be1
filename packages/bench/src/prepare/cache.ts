/** Where clients that are not in the lockfile are kept between runs: beside the server's binary. */
import { mkdirSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"

/** A folder of its own for each client and version. */
export const cacheFolder = (name: string): string => {
  const root = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache")
  const folder = join(root, "effect-centrifugo", "bench", name)
  mkdirSync(folder, { recursive: true })
  return folder
}
