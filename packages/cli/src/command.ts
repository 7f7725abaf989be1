/** The whole command: runs its arguments, and prints errors. */
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as ConfigError from "effect/ConfigError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readFileSync } from "node:fs"
import * as Methods from "./methods.js"
import * as Tokens from "./tokens.js"

const name = "effect-centrifugo"

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8")
)

const [first, ...others] = Methods.commands
const command = Command.make(name).pipe(
  Command.withDescription(
    "The server API of Centrifugo. Results are JSON on standard output, errors are on standard error with exit code 1."
  ),
  Command.withSubcommands([Tokens.command, first!, ...others])
)

/** Names the variables to set. */
const configMessageOf = (error: ConfigError.ConfigError): string => {
  if (error._op === "And" || error._op === "Or") {
    return `${configMessageOf(error.left)} ${error._op.toLowerCase()} ${configMessageOf(error.right)}`
  }
  return error._op === "MissingData" ? `${error.path.join("_")} is not set` : error.message
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  if (failure === undefined) return Cause.pretty(cause)
  if (ConfigError.isConfigError(failure)) return configMessageOf(failure)
  return failure instanceof Error ? failure.message : String(failure)
}

// @effect/cli prints its own errors.
const isPrinted = (cause: Cause.Cause<unknown>) =>
  Cause.isInterruptedOnly(cause) ||
  Option.exists(Cause.failureOption(cause), ValidationError.isValidationError)

/** Runs the command for the arguments of a process, `process.argv`. */
export const run = (argv: ReadonlyArray<string>) =>
  Command.run(command, { name, version, executable: name })(argv).pipe(
    Effect.tapErrorCause((cause) => (isPrinted(cause) ? Effect.void : Console.error(messageOf(cause))))
  )
