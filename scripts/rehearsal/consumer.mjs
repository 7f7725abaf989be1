// A user's project: the packages come from the registry, and the README's first program runs.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { firstProgram, startServer } from "../packages/consumer.mjs"
import { output } from "./clone.mjs"

/** Compares the installed packages with those of the registry. Lockfiles do not always contain addresses. */
const checkOrigin = async (folder, packages, { metadataOf }) => {
  const installed = JSON.parse(readFileSync(`${folder}/package-lock.json`, "utf8")).packages
  const problems = packages.map(async ({ name, version }) => {
    const { dist } = (await metadataOf(name)).versions[version]
    return installed[`node_modules/${name}`].integrity === dist.integrity
      ? []
      : [`${name} is not the package of the registry`]
  })
  return (await Promise.all(problems)).flat()
}

const commandLine = "@effect-centrifugo/cli"

/** Installs the packages of a tag beside a line of Effect, without `--force` or `--legacy-peer-deps`. */
export const checkConsumer = async (folder, { effect, packages, tag }, registry) => {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "consumer", private: true }))
  registry.use(folder)
  const inProject = (command, ...args) => output(command, args, { cwd: folder })
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
  await inProject("npm", "install", ...quiet, effect)
  await inProject("npm", "install", ...quiet, ...packages.map(({ name }) => `${name}@${tag}`))
  const server = await startServer(folder)
  try {
    writeFileSync(`${folder}/publish.mjs`, firstProgram("README.md", server.apiUrl))
    const published = await inProject(process.execPath, "publish.mjs")
    const command = packages.find(({ name }) => name === commandLine)
    const printed =
      command === undefined
        ? undefined
        : await inProject("npx", "--no-install", "effect-centrifugo", "--version")
    return [
      ...(await checkOrigin(folder, packages, registry)),
      ...(/offset: 1/.test(published) ? [] : [`the README's program printed ${published}`]),
      ...(printed === undefined || printed.includes(command.version)
        ? []
        : [`effect-centrifugo --version printed ${printed}`])
    ]
  } finally {
    server.stop()
  }
}
