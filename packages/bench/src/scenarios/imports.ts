/**
 * Measures import time in new processes: our modules, compared with the third-party modules that they import
 * and that every user loads.
 */
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { ModuleTime, Result } from "../model.js"
import { nodeProgram, resolutionConditions } from "../nodeProgram.js"
import { command, CommandError } from "../prepare/command.js"
import { median, summarize } from "../stats.js"
import type { Context, Session } from "./Scenario.js"

const require = createRequire(import.meta.url)

/** The module that the result is about. */
const main = "@effect-centrifugo/node"
const packages = ["@effect-centrifugo/node", "@effect-centrifugo/core", "@effect-centrifugo/testing"]

/** In how many rounds every module is measured, not only the packages. */
const moduleRounds = 2

/** All public modules: `@effect-centrifugo/core`, `@effect-centrifugo/core/Publishing`, ... */
export const publicModules = (): ReadonlyArray<string> =>
  packages.flatMap((name) => {
    const manifest = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")) as {
      readonly exports: { readonly [path: string]: unknown }
    }
    return Object.keys(manifest.exports)
      .filter((path) => path !== "./package.json")
      .map((path) => name + path.slice(1))
  })

/** The third-party imports of a module and of our modules that it imports. */
export const dependenciesOf = (specifier: string) =>
  Effect.tryPromise({
    try: async () => {
      const { metafile } = await build({
        stdin: {
          contents: `import ${JSON.stringify(specifier)}`,
          resolveDir: fileURLToPath(new URL(".", import.meta.url))
        },
        bundle: true,
        write: false,
        metafile: true,
        format: "esm",
        platform: "node",
        external: ["effect", "@effect/*", "undici"],
        conditions: [...resolutionConditions],
        // Node loads all imports, even unused ones.
        ignoreAnnotations: true,
        logLevel: "silent"
      })
      const imported = Object.values(metafile.inputs).flatMap((input) => input.imports)
      const others = imported.filter(({ external, path }) => external && !path.startsWith("."))
      return [...new Set(others.map(({ path }) => path))].toSorted()
    },
    catch: (error) => new CommandError({ problem: String(error) })
  })

// Inside this package, so that its dependencies resolve.
const folder = fileURLToPath(new URL("../../node_modules/.cache/bench/", import.meta.url))

const writeBaseline = (specifier: string, imports: ReadonlyArray<string>) =>
  Effect.sync(() => {
    mkdirSync(folder, { recursive: true })
    const path = `${folder}${specifier.replaceAll("/", "_")}.mjs`
    writeFileSync(path, imports.map((name) => `import ${JSON.stringify(name)}\n`).join(""))
    return pathToFileURL(path).href
  })

const importTime = (target: string): Effect.Effect<number, CommandError> => {
  const { args, command: node } = nodeProgram(new URL("../workers/importTime.js", import.meta.url))
  return Effect.map(command(node, [...args, target]), Number)
}

const run = ({ effort, progress }: Context) =>
  Effect.gen(function* () {
    const { rounds } = effort
    // A quick run only measures the whole packages.
    const names = effort.long.share === 1 ? publicModules() : packages
    const modules = yield* Effect.forEach(names, (name) =>
      Effect.gen(function* () {
        const baseline = yield* Effect.flatMap(dependenciesOf(name), (found) => writeBaseline(name, found))
        return { name, baseline, ours: [] as Array<number>, theirs: [] as Array<number> }
      })
    )
    // There are many modules, and no target covers them.
    const isIn = (round: number) => (module: (typeof modules)[number]) =>
      packages.includes(module.name) || round <= moduleRounds
    // The first round only fills the file system cache.
    for (let round = 0; round <= rounds; round++) {
      yield* progress(round === 0 ? "warm-up" : `round ${round} of ${rounds}`)
      for (const { baseline, name, ours, theirs } of modules.filter(isIn(round))) {
        const times = [yield* importTime(name), yield* importTime(baseline)] as const
        if (round > 0) {
          ours.push(times[0])
          theirs.push(times[1])
        }
      }
    }
    const time = ({ ours, theirs }: (typeof modules)[number]): ModuleTime => ({
      median: median(ours),
      baseline: median(theirs)
    })
    const { ours, theirs } = modules.find(({ name }) => name === main)!
    const results: ReadonlyArray<Result> = [
      {
        scenario: "import",
        client: "effect-centrifugo",
        unit: "ms",
        ...summarize(ours),
        modules: Object.fromEntries(modules.map((module) => [module.name, time(module)]))
      },
      { scenario: "import", client: "baseline", unit: "ms", ...summarize(theirs) }
    ]
    return { results, missing: [] }
  })

export const imports: Session = {
  scenarios: [
    {
      id: "import",
      title: `importing ${main} in a fresh process, and the Effect modules and undici that it imports`,
      clients: ["effect-centrifugo", "baseline"]
    }
  ],
  run
}
