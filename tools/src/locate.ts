/**
 * Prints the path of the server's binary, for scripts, and builds it first where there is none.
 */
import { Effect, Exit, Logger } from "effect"
import * as Centrifugo from "./Centrifugo.js"

// stdout is for the path alone.
const logToStderr = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

const exit = await Centrifugo.locate().pipe(
  Effect.tapError((error) => Effect.logError(error.message)),
  Effect.provide(logToStderr),
  Effect.runPromiseExit
)

if (Exit.isSuccess(exit)) console.log(exit.value.path)
else process.exitCode = 1
