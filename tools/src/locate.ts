/** Prints the path of the server binary for scripts. Builds the binary first if there is none. */
import { Effect, Exit, Logger } from "effect"
import * as Centrifugo from "./Centrifugo.js"

// Only the path may go to stdout.
const logToStderr = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

const exit = await Centrifugo.locate().pipe(
  Effect.tapError((error) => Effect.logError(error.message)),
  Effect.provide(logToStderr),
  Effect.runPromiseExit
)

if (Exit.isSuccess(exit)) console.log(exit.value.path)
else process.exitCode = 1
