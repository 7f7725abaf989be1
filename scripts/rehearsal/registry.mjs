// A registry in a temporary folder, on a free loopback port. It only has the packages that the rehearsal publishes.

import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { cpSync, writeFileSync } from "node:fs"
import { installLocked } from "../hosts/project.mjs"
import { freePort } from "../hosts/stub.mjs"
import { root } from "../workspace.mjs"

export const scope = "@effect-centrifugo"

const config = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
packages:
  "${scope}/*":
    access: $all
    publish: $authenticated
log: { type: stdout, format: pretty, level: warn }
`

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

const answers = (url) =>
  fetch(`${url}-/ping`).then(
    ({ ok }) => ok,
    () => false
  )

/** Registers a user, and returns a token to publish with. */
const register = async (url) => {
  const response = await fetch(`${url}-/user/org.couchdb.user:rehearsal`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "rehearsal", password: randomUUID() })
  })
  if (!response.ok) throw new Error(`the registry refused the user: ${response.status}`)
  return (await response.json()).token
}

/** npm settings for the scope only: all other packages come from the user's registry. */
const settingsOf = (url, token) =>
  [`${scope}:registry=${url}`, `${url.replace(/^http:/, "")}:_authToken=${token}`, ""].join("\n")

/**
 * `use` makes npm use the registry in a folder with a package.json. Environment variables do not work: `npm run` starts
 * a shell, and dash drops variables with an `@` in the name. `metadataOf` reads the metadata of a package. `stop` ends
 * the registry.
 */
export const startRegistry = async (folder) => {
  cpSync(`${root}scripts/rehearsal/registry`, folder, { recursive: true })
  await installLocked(folder)
  writeFileSync(`${folder}/config.yaml`, config)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const program = `${folder}/node_modules/verdaccio/bin/verdaccio`
  const child = spawn(
    process.execPath,
    [program, "--config", `${folder}/config.yaml`, "--listen", `127.0.0.1:${port}`],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }
  )
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text))
  }
  const stop = () => child.kill()
  for (let waited = 0; !(await answers(url)); waited += 50) {
    if (child.exitCode !== null || waited > 60_000) {
      stop()
      throw new Error(`the registry did not start:\n${output}`)
    }
    await pause(50)
  }
  const settings = settingsOf(url, await register(url))
  const use = (project) => writeFileSync(`${project}/.npmrc`, settings, { mode: 0o600 })
  const metadataOf = async (name) => (await fetch(`${url}${encodeURIComponent(name)}`)).json()
  return { url, use, metadataOf, stop }
}
