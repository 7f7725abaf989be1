/** Where clients that are not in the lockfile are kept between runs: beside the server's binary. */
import { cacheFolder } from "@effect-centrifugo/tools/resources"
import { mkdirSync } from "node:fs"
import { join } from "node:path"

/** A folder of its own for each client and version. */
export const clientFolder = (name: string): string => {
  const folder = join(cacheFolder("bench"), name)
  mkdirSync(folder, { recursive: true })
  return folder
}
