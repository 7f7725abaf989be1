/** Starts the stub server in a new process. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import type { Address } from "../clients/Worker.js"
import { nodeProgram } from "../nodeProgram.js"

class StubError extends Data.TaggedError("StubError")<{ readonly problem: string }> {
  override get message() {
    return `the stub server did not start: ${this.problem}`
  }
}

export const start: Effect.Effect<Address, StubError, Scope.Scope> = Effect.gen(function* () {
  const { args, command } = nodeProgram(new URL("server.js", import.meta.url))
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  return yield* Effect.async<Address, StubError>((resume) => {
    child.once("error", (error) => resume(new StubError({ problem: error.message })))
    child.once("close", (code) => resume(new StubError({ problem: `it ended (${code})` })))
    child.stdout.once("data", (text: Buffer) =>
      resume(Effect.succeed({ url: `http://127.0.0.1:${Number(text.toString())}/api`, key: "stub" }))
    )
  })
})
