import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"

export class CommandError extends Data.TaggedError("CommandError")<{ readonly problem: string }> {
  override get message() {
    return this.problem
  }
}

/** Runs a command and returns its stdout. Fails with the end of its stderr. */
export const command = (
  name: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {}
): Effect.Effect<string, CommandError> =>
  Effect.async((resume, signal) => {
    execFile(
      name,
      args,
      { ...options, env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024, signal },
      (error, stdout, stderr) =>
        resume(
          error === null
            ? Effect.succeed(stdout.trim())
            : new CommandError({ problem: stderr.trim().slice(-500) || error.message })
        )
    )
  })
