#!/usr/bin/env node
/** The embedded server as a program: `centrifugo-embedded --port 8000 --key api_key`. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { parseArgs } from "node:util"
import * as EmbeddedServer from "./EmbeddedServer.js"

const usage =
  "usage: centrifugo-embedded [--port PORT] [--host ADDRESS] [--key API_KEY] [--error-mode default|transport]\n" +
  "without a port, any that is free; the key is test-key unless given"

const options = Effect.try({
  try: (): EmbeddedServer.Options => {
    const { values } = parseArgs({
      options: {
        port: { type: "string" },
        host: { type: "string" },
        key: { type: "string" },
        "error-mode": { type: "string", default: "default" }
      }
    })
    const port = Number(values.port ?? 0)
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error("--port: expected 0 to 65535")
    const errorMode = values["error-mode"]
    if (errorMode !== "default" && errorMode !== "transport") {
      throw new Error("--error-mode: expected default or transport")
    }
    return {
      port,
      errorMode,
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(values.key === undefined ? {} : { apiKey: values.key })
    }
  },
  catch: (error) => `${error instanceof Error ? error.message : String(error)}\n${usage}`
})

const program = Effect.gen(function* () {
  const server = yield* EmbeddedServer.start(yield* options)
  yield* Console.log(
    `CENTRIFUGO_API_URL=${server.apiUrl}\nCENTRIFUGO_API_KEY=${Redacted.value(server.apiKey)}`
  )
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.catchAll((error) =>
    Effect.zipRight(
      Console.error(typeof error === "string" ? error : error.message),
      Effect.sync(() => {
        process.exitCode = 1
      })
    )
  )
)

const running = Effect.runFork(program)
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => Effect.runFork(Fiber.interrupt(running)))
}
