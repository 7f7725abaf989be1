/**
 * How long importing takes, each time in a fresh process: our modules, against the modules of others that they stand
 * on, which a user has to load in any case.
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

/** The one that the result is about. */
const main = "@effect-centrifugo/node"
const packages = ["@effect-centrifugo/node", "@effect-centrifugo/core", "@effect-centrifugo/testing"]

/** So many rounds measure the modules of the packages, too. */
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

/** What a module and our own modules below it import from others. */
export const foundationOf = (specifier: string) =>
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
        // Node loads what is imported, used or not.
        ignoreAnnotations: true,
        logLevel: "silent"
      })
      const imported = Object.values(metafile.inputs).flatMap((input) => input.imports)
      const others = imported.filter(({ external, path }) => external && !path.startsWith("."))
      return [...new Set(others.map(({ path }) => path))].toSorted()
    },
    catch: (error) => new CommandError({ problem: String(error) })
  })

// Below this package, so that its dependencies are found from there.
const folder = fileURLToPath(new URL("../../node_modules/.cache/bench/", import.meta.url))

const writeBaseline = (specifier: string, foundation: ReadonlyArray<string>) =>
  Effect.sync(() => {
    mkdirSync(folder, { recursive: true })
    const path = `${folder}${specifier.replaceAll("/", "_")}.mjs`
    writeFileSync(path, foundation.map((name) => `import ${JSON.stringify(name)}\n`).join(""))
    return pathToFileURL(path).href
  })

const importTime = (target: string): Effect.Effect<number, CommandError> => {
  const { args, command: node } = nodeProgram(new URL("../workers/importTime.js", import.meta.url))
  return Effect.map(command(node, [...args, target]), Number)
}

const run = ({ effort, progress }: Context) =>
  Effect.gen(function* () {
    const { rounds } = effort
    // A quick run looks at the whole packages only.
    const names = effort.long.share === 1 ? publicModules() : packages
    const modules = yield* Effect.forEach(names, (name) =>
      Effect.gen(function* () {
        const baseline = yield* Effect.flatMap(foundationOf(name), (found) => writeBaseline(name, found))
        return { name, baseline, ours: [] as Array<number>, theirs: [] as Array<number> }
      })
    )
    // There are many modules, of which no target speaks.
    const isIn = (round: number) => (module: (typeof modules)[number]) =>
      packages.includes(module.name) || round <= moduleRounds
    // The first round only fills the caches of the file system.
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
      title: `importing ${main} in a fresh process, and the Effect modules and undici that it stands on`,
      clients: ["effect-centrifugo", "baseline"]
    }
  ],
  run
}
