#!/usr/bin/env node
/** The embedded server as a program: `centrifugo-embedded --port 8000 --key api_key`. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as EmbeddedServer from "../EmbeddedServer.js"
import * as ConfigFile from "./configFile.js"

const usage = `usage: centrifugo-embedded [options]

Serves the server API of Centrifugo over HTTP, for development and tests. It keeps everything in memory, and has no
endpoint for clients. It prints CENTRIFUGO_API_URL and CENTRIFUGO_API_KEY, and runs until Ctrl-C or SIGTERM.

  --port PORT        default: a free port
  --host ADDRESS     default: 127.0.0.1
  --key API_KEY      default: test-key
  --config FILE      the configuration of a real server, in JSON; only its "channel" section is used;
                     default: every namespace exists, with history (100 publications, five minutes) and presence
  --error-mode MODE  default or transport
  --allow-host NAME      a name to accept in the Host header; * for any; can be repeated
  --allow-origin ORIGIN  an origin of web pages to accept; * for any; can be repeated
  --help
  --version`

const parse = Effect.try({
  try: () => {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "0" },
        host: { type: "string" },
        key: { type: "string" },
        config: { type: "string" },
        "allow-host": { type: "string", multiple: true, default: [] },
        "allow-origin": { type: "string", multiple: true, default: [] },
        "error-mode": { type: "string", default: "default" },
        help: { type: "boolean", default: false },
        version: { type: "boolean", default: false }
      }
    })
    // An unset shell variable arrives as an empty string, and Number("") is 0.
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN
    if (!(port <= 65_535)) throw new Error("--port: expected 0 to 65535")
    const errorMode = values["error-mode"]
    if (errorMode !== "default" && errorMode !== "transport") {
      throw new Error("--error-mode: expected default or transport")
    }
    const server: EmbeddedServer.Options = {
      port,
      errorMode,
      allowedHosts: values["allow-host"],
      allowedOrigins: values["allow-origin"],
      // The program has no way to read the records.
      keep: 0,
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(values.key === undefined ? {} : { apiKey: values.key })
    }
    return { ...values, server }
  },
  catch: (error) => `${ConfigFile.messageOf(error)}\n${usage}`
})

const version = Effect.sync(() => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return (manifest as { readonly version: string }).version
})

/** Without a file every namespace exists. */
const channelOf = (file: string | undefined) =>
  file === undefined
    ? Effect.succeed({})
    : Effect.gen(function* () {
        const { channel, ignored } = yield* ConfigFile.read(file)
        if (ignored.length > 0)
          yield* Console.error(`${file}: only "channel" is used, not ${ignored.join(", ")}`)
        return { channel }
      })

const program = Effect.gen(function* () {
  const asked = yield* parse
  if (asked.help) return yield* Console.log(usage)
  if (asked.version) return yield* Console.log(yield* version)
  const server = yield* EmbeddedServer.start({ ...asked.server, ...(yield* channelOf(asked.config)) })
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
