import { fileURLToPath } from "node:url"
import { mergeConfig, type ViteUserConfig } from "vitest/config"
import shared from "./vitest.shared.js"

const project = (name: string, folder: string): ViteUserConfig =>
  mergeConfig(shared, { root: fileURLToPath(new URL(folder, import.meta.url)), test: { name } })

/** The projects with tests, one for each package. */
const projects: Array<ViteUserConfig> = [
  project("core", "packages/core"),
  project("node", "packages/node"),
  project("tools", "tools"),
  project("examples", "examples")
]

export default projects
