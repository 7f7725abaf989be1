/** Prepares gocent: a small Go program, compiled when its sources change. */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, renameSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Program } from "../clients/Worker.js"
import { clientFolder } from "./cache.js"
import { command, type CommandError } from "./command.js"

const sources = fileURLToPath(new URL("../../clients/gocent/", import.meta.url))

const fingerprint = () => {
  const hash = createHash("sha256")
  for (const name of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(sources, name)))
  return hash.digest("hex").slice(0, 12)
}

export const gocent: Effect.Effect<ReadonlyArray<Program>, CommandError> = Effect.gen(function* () {
  const binary = join(clientFolder("gocent"), fingerprint())
  if (!existsSync(binary)) {
    const unfinished = `${binary}.${process.pid}`
    yield* command("go", ["build", "-trimpath", "-o", unfinished, "."], { cwd: sources })
    yield* Effect.sync(() => renameSync(unfinished, binary))
  }
  return [{ id: "gocent", command: binary, args: [] }]
})
