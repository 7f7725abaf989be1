#!/usr/bin/env node
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { run } from "./command.js"

/** Logs go to standard error: standard output is for results. */
const logs = Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.stringLogger))

// EPIPE: the reader of the pipe has ended, as `head` does. That is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1))

run(process.argv).pipe(
  Effect.provide(Layer.merge(NodeContext.layer, logs)),
  NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true })
)
