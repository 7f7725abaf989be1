/** The cache of clients that are not in the lockfile, next to the server binary. */
import { cacheFolder } from "@effect-centrifugo/tools/resources"
import { mkdirSync } from "node:fs"
import { join } from "node:path"

/** The folder of one client and version. */
export const clientFolder = (name: string): string => {
  const folder = join(cacheFolder("bench"), name)
  mkdirSync(folder, { recursive: true })
  return folder
}
