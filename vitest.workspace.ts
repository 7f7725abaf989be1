import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { mergeConfig, type ViteUserConfig } from "vitest/config"
import shared from "./vitest.shared.js"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Each package that has tests is a project: `vitest --project core`. */
const projects: Array<ViteUserConfig> = [
  ...readdirSync(path("packages")).map((name) => `packages/${name}`),
  "tools",
  "examples"
]
  .filter((folder) => existsSync(path(`${folder}/test`)))
  .map((folder) =>
    mergeConfig(shared, { root: path(folder), test: { name: folder.replace("packages/", "") } })
  )

export default projects
