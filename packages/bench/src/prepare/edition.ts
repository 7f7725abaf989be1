/** Prepares the Effect 4 edition: its own process of the same worker, translated with it. It has to be generated first. */
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Program } from "../clients/Worker.js"
import { CommandError } from "./command.js"

/** A built file of the edition's copy of this package. */
export const editionFile = (name: string): URL =>
  new URL(`../../../../editions/effect-4/generated/packages/bench/dist/${name}`, import.meta.url)

export const notGenerated = "the edition is not generated: npm run effect-4 -- --only generate,install,types"

export const edition: Effect.Effect<ReadonlyArray<Program>, CommandError> = Effect.suspend(() => {
  const worker = fileURLToPath(editionFile("workers/worker.js"))
  return existsSync(worker)
    ? Effect.succeed([
        { id: "effect-4", command: process.execPath, args: ["--expose-gc", worker, "effect-centrifugo"] }
      ])
    : new CommandError({ problem: notGenerated })
})
