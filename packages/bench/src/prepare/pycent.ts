/** Prepares pycent: PyPI's `cent` in a virtual environment. */
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Program } from "../clients/Worker.js"
import { clientFolder } from "./cache.js"
import { command, type CommandError } from "./command.js"

const version = "5.2.0"
const script = fileURLToPath(new URL("../../clients/pycent/client.py", import.meta.url))

export const pycent: Effect.Effect<ReadonlyArray<Program>, CommandError> = Effect.gen(function* () {
  const folder = clientFolder(`pycent-${version}`)
  const python = join(folder, "bin", "python")
  const isInstalled = yield* command(python, ["-c", "import cent, aiohttp, requests"]).pipe(
    Effect.as(true),
    // It does not exist, or an interrupted run left it incomplete.
    Effect.catchAll(() => Effect.succeed(false))
  )
  if (!isInstalled) {
    yield* command("python3", ["-m", "venv", "--clear", folder])
    yield* command(python, [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      `cent==${version}`
    ])
  }
  return [
    { id: "pycent", command: python, args: [script, "sync"] },
    { id: "pycent-async", command: python, args: [script, "async"] }
  ]
})
