/** Measures bundle size: the same program bundled and minified with our client and without it. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import type { ClientId, Result } from "../model.js"
import { resolutionConditions, sourceOrBuilt } from "../nodeProgram.js"
import { summarize } from "../stats.js"
import type { Session } from "./Scenario.js"

class BundleError extends Data.TaggedError("BundleError")<{ readonly problem: string }> {
  override get message() {
    return this.problem
  }
}

export const programs = {
  ours: new URL("../programs/publishOnce.js", import.meta.url),
  byHand: new URL("../programs/byHand.js", import.meta.url)
}

/** A program, bundled, and the files that got into it. */
export const bundleOf = (
  file: URL
): Effect.Effect<{ readonly contents: Uint8Array; readonly files: ReadonlyArray<string> }, BundleError> =>
  Effect.tryPromise({
    try: async () => {
      const { metafile, outputFiles } = await build({
        entryPoints: [fileURLToPath(sourceOrBuilt(file))],
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        conditions: [...resolutionConditions],
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

const bundled = (client: ClientId, file: URL): Effect.Effect<Result, BundleError> =>
  Effect.map(bundleOf(file), ({ contents }) => ({
    scenario: "bundle",
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
    Effect.all([bundled("effect-centrifugo", programs.ours), bundled("baseline", programs.byHand)]).pipe(
      Effect.map((results) => ({ results, missing: [] }))
    )
}
