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

const bundled = (client: ClientId, file: URL): Effect.Effect<Result, BundleError> =>
  Effect.tryPromise({
    try: async () => {
      const { outputFiles } = await build({
        entryPoints: [fileURLToPath(sourceOrBuilt(file))],
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        conditions: [...resolutionConditions],
        logLevel: "silent"
      })
      const { contents } = outputFiles[0]!
      return {
        scenario: "bundle",
        client,
        unit: "bytes",
        // The size does not vary, so one round is enough.
        ...summarize([contents.length]),
        gzipBytes: gzipSync(contents, { level: 9 }).length
      }
    },
    catch: (error) => new BundleError({ problem: String(error) })
  })

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
      bundled("effect-centrifugo", new URL("../programs/publishOnce.js", import.meta.url)),
      bundled("baseline", new URL("../programs/byHand.js", import.meta.url))
    ]).pipe(Effect.map((results) => ({ results, missing: [] })))
}
