/** The server that the demo runs on: one that the user names, or one started for it. */
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { Data, Effect } from "effect"
import { parseArgs } from "node:util"

export interface DemoServer {
  readonly description: string
  readonly apiUrl: string
  readonly wsUrl: string
  readonly apiKey: string
  /** Signs clients' tokens; unknown for a server that is not ours, to which clients connect anonymously. */
  readonly tokenSecret: string | undefined
}

class UsageError extends Data.TaggedError("UsageError")<{ readonly problem: string }> {
  override get message() {
    return `${this.problem}\nusage: npm run demo [-- --url http://host:8000/api --key API_KEY]`
  }
}

const parseFlags = Effect.try({
  try: () => parseArgs({ options: { url: { type: "string" }, key: { type: "string" } } }).values,
  catch: (error) => new UsageError({ problem: error instanceof Error ? error.message : String(error) })
})

const given = (apiUrl: string, apiKey: string): DemoServer => {
  const wsUrl = URL.canParse(apiUrl) ? new URL("/connection/websocket", apiUrl) : new URL("ws://invalid")
  wsUrl.protocol = wsUrl.protocol.replace("http", "ws")
  return {
    description: `the server at ${apiUrl}`,
    apiUrl,
    wsUrl: String(wsUrl),
    apiKey,
    tokenSecret: undefined
  }
}

const started = Effect.gen(function* () {
  const binary = yield* Centrifugo.locate()
  const server = yield* CentrifugoServer.start({ binary: binary.path })
  const description = `a real Centrifugo ${binary.version}, started for this demo at ${server.apiUrl}`
  return { ...server, description } satisfies DemoServer
})

/** `--url` and `--key`, then the environment, then a server of our own, which ends with the scope. */
export const choose = Effect.gen(function* () {
  const flags = yield* parseFlags
  const url = flags.url ?? process.env["CENTRIFUGO_API_URL"]
  const key = flags.key ?? process.env["CENTRIFUGO_API_KEY"]
  if (url === undefined && key === undefined) return yield* started
  if (url === undefined || key === undefined) {
    return yield* new UsageError({
      problem:
        "A server needs both its URL (--url or CENTRIFUGO_API_URL) and its key (--key or CENTRIFUGO_API_KEY)."
    })
  }
  return given(url, key)
})
