// A user's project outside the workspace, with the tarballs and with peers at the lowest or highest version of
// the declared ranges.

import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { bin, root, run } from "../workspace.mjs"
import { readManifest } from "./tarballs.mjs"

const piped = { stdio: ["ignore", "pipe", "pipe"] }

/** The ranges of our packages' dependencies, and of the peers of optional peers. */
const rangesOf = (tarballs) => {
  const own = tarballs.map(({ manifest }) => manifest.name)
  const asked = tarballs.flatMap(({ manifest }) =>
    Object.entries({ ...manifest.peerDependencies, ...manifest.dependencies })
  )
  const experimental = "@effect/experimental"
  return Object.fromEntries([
    ...asked.filter(([name]) => !own.includes(name)),
    [experimental, readManifest("packages/node").devDependencies[experimental]]
  ])
}

const tsconfig = (lib) => ({
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "es2022",
    lib,
    types: [],
    module: "nodenext",
    outDir: "out",
    skipLibCheck: false
  },
  files: ["publish.mts", "publish.cts", "promise.mts", "promise.cts", "subpaths.mts"]
})

/** Every subpath in `exports`. */
export const subpathsOf = ({ manifest }) =>
  Object.keys(manifest.exports)
    .filter((key) => key !== "./package.json")
    .map((key) => manifest.name + key.slice(1))

/** The first program of a page, changed to call the local server. */
export const firstProgram = (page, apiUrl) =>
  /^```ts\n([\s\S]*?)^```$/m
    .exec(readFileSync(`${root}${page}`, "utf8"))[1]
    .replace("http://localhost:8000/api", apiUrl)

/** CommonJS has no top-level `await`. */
const inFunction = (program) => {
  const [imports, ...rest] = program.split("\n\n")
  return `${imports}\n\nconst main = async () => {\n${rest.join("\n\n")}}\n\nvoid main()\n`
}

/** Writes the first programs of the README and of the Promise guide, each as an ES module and as CommonJS. */
export const writePrograms = (folder, tarballs, apiUrl, lib = ["es2022"]) => {
  mkdirSync(folder, { recursive: true })
  const publish = firstProgram("README.md", apiUrl)
  const promise = firstProgram("docs/promises.md", apiUrl)
  const subpaths = tarballs.flatMap(subpathsOf)
  writeFileSync(`${folder}/publish.mts`, publish)
  writeFileSync(`${folder}/publish.cts`, publish)
  writeFileSync(`${folder}/promise.mts`, promise)
  writeFileSync(`${folder}/promise.cts`, inFunction(promise))
  writeFileSync(
    `${folder}/subpaths.mts`,
    subpaths.map((path, i) => `export * as module${i} from "${path}"\n`).join("")
  )
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(tsconfig(lib)))
}

/** The version of a package in this workspace's lockfile. */
const pinned = (name) => JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, "utf8")).version

/** The packages that the README tells TypeScript users to install in addition. */
const types = () => [`@types/node@${pinned("@types/node")}`]

/**
 * Installs, with three attempts because the network can fail. `end` selects the lowest or highest version of
 * each range.
 */
export const install = async (folder, tarballs, end) => {
  mkdirSync(folder)
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: "consumer", private: true }))
  const wanted = Object.entries(rangesOf(tarballs)).map(
    ([name, range]) => `${name}@${end === "lowest" ? range.replace("^", "") : range}`
  )
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]
  const args = ["install", ...quiet, ...wanted, ...types(), ...tarballs.map(({ path }) => path)]
  for (let attempt = 1; ; attempt++) {
    const { ok, output } = await run("npm", args, { cwd: folder, ...piped })
    if (ok) return []
    if (attempt === 3) return [output]
  }
}

/** Starts the embedded server with the program in the tarball; `stop` ends it. */
export const startServer = (folder) =>
  new Promise((resolve, reject) => {
    const child = spawn(`${folder}/node_modules/.bin/centrifugo-embedded`, ["--key", "api_key"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"]
    })
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text
      const apiUrl = /^CENTRIFUGO_API_URL=(.*)$/m.exec(output)?.[1]
      if (apiUrl !== undefined) resolve({ apiUrl, stop: () => child.kill() })
    })
    child.on("error", reject)
    child.on("close", (code) => reject(new Error(`centrifugo-embedded ended with ${code}`)))
  })

const compile = async (folder, ...args) => {
  const { ok, output } = await run(bin("tsc"), ["-p", ".", ...args], { cwd: folder, ...piped })
  return ok ? [] : [output]
}

const execute = async (folder, file, expected) => {
  const { ok, output } = await run(process.execPath, [file], { cwd: folder, ...piped })
  return ok && expected.test(output) ? [] : [`${file}: ${output}`]
}

/** The internal files of a tarball, by the import paths that users might try. */
const refusedOf = ({ files, manifest }) => {
  const { name } = manifest
  const inner = files.filter((path) => /^dist\/.*\.js$/.test(path))
  return inner.flatMap((path) => [`${name}/${path}`, `${name}/${path.replace(/^dist\/(.*)\.js$/, "$1.js")}`])
}

const importAll = async (folder, tarballs) => {
  const refused = tarballs.flatMap(refusedOf)
  const source = `
    const reached = []
    for (const path of ${JSON.stringify(refused)}) {
      await import(path).then(
        () => reached.push(path),
        (error) => error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED" || reached.push(path + ": " + error.code)
      )
    }
    if (reached.length > 0) throw new Error("can be imported: " + reached.join(", "))
    console.log("refused")`
  writeFileSync(`${folder}/refused.mjs`, source)
  return execute(folder, "refused.mjs", /^refused$/m)
}

/** The checks of an installed project, in order: later checks run the output of the first. */
export const checksOf = (folder, tarballs, apiUrl, end, lib) => {
  writePrograms(folder, tarballs, apiUrl, lib)
  const published = /offset: \d+/
  return {
    // Compiles once without `skipLibCheck`, which takes three times as long.
    "compiles as NodeNext, ES modules and CommonJS": () =>
      compile(folder, "--skipLibCheck", String(end === "lowest")),
    "compiles as Bundler": () =>
      compile(folder, "--noEmit", "--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck"),
    "the first publish runs as an ES module": () => execute(folder, "out/publish.mjs", published),
    "the first publish runs as CommonJS": () => execute(folder, "out/publish.cjs", published),
    "promises work from an ES module": () => execute(folder, "out/promise.mjs", published),
    "promises work from CommonJS": () => execute(folder, "out/promise.cjs", published),
    "every subpath loads": () => execute(folder, "out/subpaths.mjs", /^$/),
    "nothing else can be imported": () => importAll(folder, tarballs)
  }
}
