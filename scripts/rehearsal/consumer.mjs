// A user's project: the packages come from the registry, and the README's first program runs.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { firstProgram, startServer } from "../packages/consumer.mjs"
import { publicPackages, root } from "../workspace.mjs"
import { output } from "./clone.mjs"

const names = publicPackages.map(
  (path) => JSON.parse(readFileSync(`${root}${path}/package.json`, "utf8")).name
)

/** Compares the installed packages with those of the registry. Lockfiles do not always contain addresses. */
const checkOrigin = async (folder, version, { metadataOf }) => {
  const { packages } = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8"))
  const problems = names.map(async (name) => {
    const installed = packages[`node_modules/${name}`]
    const { dist } = (await metadataOf(name)).versions[version]
    return installed.integrity === dist.integrity ? [] : [`${name} is not the package of the registry`]
  })
  return (await Promise.all(problems)).flat()
}

export const checkConsumer = async (folder, version, registry) => {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "consumer", private: true }))
  registry.use(folder)
  const inProject = (command, ...args) => output(command, args, { cwd: folder })
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
  await inProject("npm", "install", ...quiet, "effect@3", ...names)
  const server = await startServer(folder)
  try {
    writeFileSync(`${folder}/publish.mjs`, firstProgram("README.md", server.apiUrl))
    const published = await inProject(process.execPath, "publish.mjs")
    const printed = await inProject("npx", "--no-install", "effect-centrifugo", "--version")
    return [
      ...(await checkOrigin(folder, version, registry)),
      ...(/offset: 1/.test(published) ? [] : [`the README's program printed ${published}`]),
      ...(printed.includes(version) ? [] : [`effect-centrifugo --version printed ${printed}`])
    ]
  } finally {
    server.stop()
  }
}
