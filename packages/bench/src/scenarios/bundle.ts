/** Measures bundle size: the same program bundled and minified with our client and without it. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import type { ClientId, Result, ScenarioId } from "../model.js"
import { resolutionConditions, sourceOrBuilt } from "../nodeProgram.js"
import { editionFile, notGenerated } from "../prepare/edition.js"
import { summarize } from "../stats.js"
import type { Session } from "./Scenario.js"

class BundleError extends Data.TaggedError("BundleError")<{ readonly problem: string }> {
  override get message() {
    return this.problem
  }
}

export const programs = {
  ours: sourceOrBuilt(new URL("../programs/publishOnce.js", import.meta.url)),
  byHand: sourceOrBuilt(new URL("../programs/byHand.js", import.meta.url))
}

const inEdition = {
  ours: editionFile("programs/publishOnce.js"),
  byHand: editionFile("programs/byHand.js")
}

/** A program, bundled, and the files that got into it. */
export const bundleOf = (
  file: URL,
  conditions = resolutionConditions
): Effect.Effect<{ readonly contents: Uint8Array; readonly files: ReadonlyArray<string> }, BundleError> =>
  Effect.tryPromise({
    try: async () => {
      const { metafile, outputFiles } = await build({
        entryPoints: [fileURLToPath(file)],
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        conditions: [...conditions],
        metafile: true,
        logLevel: "silent"
      })
      const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
      return {
        contents: outputFiles[0]!.contents,
        files: inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)
      }
    },
    catch: (error) => new BundleError({ problem: String(error) })
  })

const bundled = (
  scenario: ScenarioId,
  client: ClientId,
  file: URL,
  conditions = resolutionConditions
): Effect.Effect<Result, BundleError> =>
  Effect.map(bundleOf(file, conditions), ({ contents }) => ({
    scenario,
    client,
    unit: "bytes",
    // The bytes are the same in every round, so one round is enough.
    ...summarize([contents.length]),
    gzipBytes: gzipSync(contents, { level: 9 }).length
  }))

export const bundle: Session = {
  scenarios: [
    {
      id: "bundle",
      title:
        "a program that publishes once, over fetch, bundled and minified; and the same by hand on HttpClient",
      clients: ["effect-centrifugo", "baseline"]
    }
  ],
  run: () =>
    Effect.all([
      bundled("bundle", "effect-centrifugo", programs.ours),
      bundled("bundle", "baseline", programs.byHand)
    ]).pipe(Effect.map((results) => ({ results, missing: [] })))
}

/** The edition is always bundled from its build. */
export const bundleOfEdition: Session = {
  scenarios: [
    { id: "bundle-effect-4", title: "the same programs with Effect 4", clients: ["effect-4", "baseline"] }
  ],
  run: () =>
    existsSync(inEdition.ours)
      ? Effect.all([
          bundled("bundle-effect-4", "effect-4", inEdition.ours, []),
          bundled("bundle-effect-4", "baseline", inEdition.byHand, [])
        ]).pipe(Effect.map((results) => ({ results, missing: [] })))
      : Effect.fail(new BundleError({ problem: notGenerated }))
}
