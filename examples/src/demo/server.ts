/** Chooses the demo's server: the user's own, a real server that the demo starts, or the embedded server. */
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { Console, Data, Effect, Queue, Redacted, type Scope } from "effect"
import { parseArgs } from "node:util"

/** A client of the server that receives publications. */
export interface Listener {
  readonly client: string
  /** The data of the next publication. */
  readonly next: Effect.Effect<unknown, Error>
  readonly disconnected: Effect.Effect<{ readonly code: number; readonly reason: string }>
}

export interface DemoServer {
  readonly description: string
  readonly apiUrl: string
  readonly apiKey: string
  /** The user of the listener's connection. */
  readonly user: string
  readonly listen: (channel: string) => Effect.Effect<Listener, Error, Scope.Scope>
}

class UsageError extends Data.TaggedError("UsageError")<{ readonly problem: string }> {
  override get message() {
    return `${this.problem}\nusage: npm run demo [-- --url http://host:8000/api --key API_KEY | --embedded]`
  }
}

const parseFlags = Effect.try({
  try: () =>
    parseArgs({
      options: { url: { type: "string" }, key: { type: "string" }, embedded: { type: "boolean" } }
    }).values,
  catch: (error) => new UsageError({ problem: error instanceof Error ? error.message : String(error) })
})

const subscribe = (
  server: Parameters<typeof Subscriber.connect>[0],
  options: Parameters<typeof Subscriber.connect>[1]
): Effect.Effect<Listener, Error, Scope.Scope> =>
  Effect.map(Subscriber.connect(server, options), ({ client, disconnects, take }) => ({
    client,
    next: Effect.map(take(1), ([publication]) => publication?.data as unknown),
    disconnected: Queue.take(disconnects)
  }))

/** The user's own server. Its token secret is unknown, so the subscriber is anonymous. */
const given = (apiUrl: string, apiKey: string): DemoServer => {
  const wsUrl = URL.canParse(apiUrl) ? new URL("/connection/websocket", apiUrl) : new URL("ws://invalid")
  wsUrl.protocol = wsUrl.protocol.replace("http", "ws")
  return {
    description: `the server at ${apiUrl}`,
    apiUrl,
    apiKey,
    user: "",
    listen: (channel) => subscribe({ wsUrl: String(wsUrl), tokenSecret: "" }, { channel })
  }
}

const user = "demo"

const started = Effect.gen(function* () {
  const binary = yield* Centrifugo.locate()
  const server = yield* CentrifugoServer.start({ binary: binary.path })
  return {
    description: `a real Centrifugo ${binary.version}, started for this demo at ${server.apiUrl}`,
    apiUrl: server.apiUrl,
    apiKey: server.apiKey,
    user,
    listen: (channel) => subscribe(server, { channel, user })
  } satisfies DemoServer
})

const embedded = Effect.gen(function* () {
  const server = yield* EmbeddedServer.start({
    channel: { without_namespace: { history_size: 1000, history_ttl: "300s", presence: true } }
  })
  return {
    description:
      `the embedded server at ${server.apiUrl}: it answers as Centrifugo does, but has no WebSocket, ` +
      "so that deliveries are shown through a connection of the test kit",
    apiUrl: server.apiUrl,
    apiKey: Redacted.value(server.apiKey),
    user,
    listen: (channel) =>
      Effect.map(server.connect({ user, channels: [channel] }), (connection) => ({
        client: connection.client,
        next: Effect.map(connection.take(1), ([publication]) => publication?.data),
        disconnected: connection.disconnected
      }))
  } satisfies DemoServer
})

/** `--url` and `--key`, then the environment, then a server started here that ends with the scope. */
export const choose = Effect.gen(function* () {
  const flags = yield* parseFlags
  if (flags.embedded === true) return yield* embedded
  const url = flags.url ?? process.env["CENTRIFUGO_API_URL"]
  const key = flags.key ?? process.env["CENTRIFUGO_API_KEY"]
  if (url !== undefined && key !== undefined) return given(url, key)
  if (url !== undefined || key !== undefined) {
    return yield* new UsageError({
      problem:
        "A server needs both its URL (--url or CENTRIFUGO_API_URL) and its key (--key or CENTRIFUGO_API_KEY)."
    })
  }
  const instead = (error: Centrifugo.LocateError) =>
    Effect.zipRight(Console.log(`${error.message}\n`), embedded)
  return yield* started.pipe(
    Effect.catchTags({ CentrifugoNotFound: instead, CentrifugoBuildFailed: instead })
  )
})
