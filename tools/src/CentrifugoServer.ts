/** A real Centrifugo for tests and demos: one process on a free loopback port, configured only by this file. */
import { Clock, Context, Data, Effect, Layer, Schedule, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import * as Centrifugo from "./Centrifugo.js"
import * as ChildProcess from "./ChildProcess.js"
import { emptyFolder, freePort } from "./resources.js"

export class ServerStartError extends Data.TaggedError("ServerStartError")<{
  readonly problem: string
  /** The end of the server's log. */
  readonly log: string
}> {
  override get message() {
    return `centrifugo did not start: ${this.problem}\n${this.log.trimEnd()}`
  }
}

export interface Options {
  /** The path of the binary. Default: `Centrifugo.locate()`. */
  readonly binary?: string
  /** Namespaces to add to the default ones. A namespace with the same name replaces the default. */
  readonly namespaces?: ReadonlyArray<{ readonly name: string; readonly [option: string]: unknown }>
  /** Settings to add to the defaults or to override: `{ CENTRIFUGO_HTTP_API_ERROR_MODE: "transport" }`. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Service {
  /** `http://127.0.0.1:PORT/api` */
  readonly apiUrl: string
  /** `ws://127.0.0.1:PORT/connection/websocket` */
  readonly wsUrl: string
  readonly apiKey: string
  /** The HMAC secret of connection tokens. */
  readonly tokenSecret: string
  /** The complete environment of the process. */
  readonly env: Readonly<Record<string, string>>
  /** The ID of the running process; `undefined` while the server is stopped. */
  readonly pid: () => number | undefined
  /** The end of the log of the current or last process. */
  readonly log: () => string
  /** Stops the process with SIGTERM. */
  readonly stop: Effect.Effect<void>
  /** Kills the process with SIGKILL. */
  readonly kill: Effect.Effect<void>
  /** Starts a stopped server again, on the same port. Its memory is lost. */
  readonly start: Effect.Effect<void, ServerStartError>
}

export class CentrifugoServer extends Context.Tag("@effect-centrifugo/tools/CentrifugoServer")<
  CentrifugoServer,
  Service
>() {}

const subscribable = { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true }
const withHistory = { history_size: 1000, history_ttl: "300s" }

/**
 * - `chat`: history and presence, as channels without a namespace have
 * - `nohist`: neither
 * - `bin`, `obj`: other formats of data
 * - `map`: a map of keys
 * - `bulk`: a history long enough for load
 */
export const defaultNamespaces: NonNullable<Options["namespaces"]> = [
  { name: "chat", ...withHistory, presence: true, ...subscribable },
  { name: "nohist", ...subscribable },
  { name: "bin", publication_data_format: "binary", history_size: 10, history_ttl: "60s", ...subscribable },
  { name: "obj", publication_data_format: "json_object", ...subscribable },
  {
    name: "map",
    subscription_type: "map",
    map: { mode: "recoverable", key_ttl: "300s" },
    presence: true,
    ...subscribable
  },
  { name: "bulk", history_size: 100_000, history_ttl: "300s", ...subscribable }
]

const makeEnv = (port: number, options: Options): Record<string, string> => {
  const added = options.namespaces ?? []
  const kept = defaultNamespaces.filter(({ name }) => added.every((namespace) => namespace.name !== name))
  return {
    CENTRIFUGO_HTTP_SERVER_ADDRESS: "127.0.0.1",
    CENTRIFUGO_HTTP_SERVER_PORT: String(port),
    CENTRIFUGO_HTTP_API_KEY: randomBytes(16).toString("hex"),
    CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY: randomBytes(16).toString("hex"),
    CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN: "true",
    CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_HISTORY_SIZE: "1000",
    CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_HISTORY_TTL: "300s",
    CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_PRESENCE: "true",
    CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_ALLOW_SUBSCRIBE_FOR_CLIENT: "true",
    CENTRIFUGO_CHANNEL_WITHOUT_NAMESPACE_ALLOW_SUBSCRIBE_FOR_ANONYMOUS: "true",
    CENTRIFUGO_CHANNEL_NAMESPACES: JSON.stringify([...kept, ...added]),
    CENTRIFUGO_HEALTH_ENABLED: "true",
    CENTRIFUGO_USAGE_STATS_DISABLED: "true",
    ...options.env
  }
}

const makeServer = (binary: string, env: Record<string, string>, folder: string) => {
  const origin = `http://127.0.0.1:${env["CENTRIFUGO_HTTP_SERVER_PORT"]}`
  const apiUrl = `${origin}/api`
  const apiKey = env["CENTRIFUGO_HTTP_API_KEY"]!
  let current: ChildProcess.ChildProcess | undefined
  let last: ChildProcess.ChildProcess | undefined

  const ending = (end: (child: ChildProcess.ChildProcess) => Effect.Effect<void>) =>
    Effect.suspend(() => {
      const child = current
      current = undefined
      return child === undefined ? Effect.void : end(child)
    }).pipe(Effect.uninterruptible)
  const kill = ending((child) => child.kill)

  // The check uses our own API key, to detect another server that took the port first.
  const answers = Effect.tryPromise(async (signal) => {
    const health = await fetch(`${origin}/health`, { signal })
    const info = await fetch(`${apiUrl}/info`, {
      method: "POST",
      headers: { "X-API-Key": apiKey, "Content-Type": "application/json" },
      body: "{}",
      signal
    })
    if (!health.ok || !info.ok) throw new Error(`health ${health.status}, info ${info.status}`)
  })

  const awaitReady = (child: ChildProcess.ChildProcess) =>
    answers.pipe(
      Effect.retry(Schedule.spaced("20 millis")),
      Effect.timeoutFail({
        duration: "30 seconds",
        onTimeout: () => new ServerStartError({ problem: "no answer within 30 seconds", log: child.output() })
      }),
      Effect.raceFirst(
        Effect.flatMap(
          child.exited,
          (exit) => new ServerStartError({ problem: `it ended (${exit})`, log: child.output() })
        )
      ),
      Effect.catchTag("UnknownException", (error) => Effect.die(error)),
      Effect.withClock(Clock.make())
    )

  const start = Effect.suspend(() => {
    if (current !== undefined) return Effect.void
    return ChildProcess.start({ command: binary, args: [], folder, env }).pipe(
      Effect.tap((child) =>
        Effect.sync(() => {
          current = last = child
        })
      ),
      Effect.mapError((error) => new ServerStartError({ problem: error.message, log: "" })),
      Effect.uninterruptible,
      Effect.flatMap(awaitReady),
      Effect.onError(() => kill)
    )
  })

  const service: Service = {
    apiUrl,
    wsUrl: `ws://127.0.0.1:${env["CENTRIFUGO_HTTP_SERVER_PORT"]}/connection/websocket`,
    apiKey,
    tokenSecret: env["CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY"]!,
    env,
    pid: () => current?.pid,
    log: () => last?.output() ?? "",
    stop: ending((child) => child.stop),
    kill,
    start
  }
  return service
}

/**
 * Starts a server whose environment contains only its settings, and waits until it responds. When the scope
 * closes, the server stops and its folder is removed. The server ends with this program even if the program
 * crashes (see `ChildProcess`).
 */
export const start = (
  options: Options = {}
): Effect.Effect<Service, Centrifugo.LocateError | ServerStartError, Scope.Scope> =>
  Effect.gen(function* () {
    const binary = options.binary ?? (yield* Centrifugo.locate()).path
    // The server reads `.env` and `config.json` from its working directory.
    const folder = yield* emptyFolder("centrifugo-")
    const startOnFreePort = Effect.gen(function* () {
      const server = makeServer(binary, makeEnv(yield* freePort, options), folder)
      yield* Effect.addFinalizer(() => server.stop)
      yield* server.start
      return server
    })
    // Another program can take the port between finding it and listening on it.
    return yield* startOnFreePort.pipe(
      Effect.retry({ times: 4, while: (error) => error.log.includes("address already in use") })
    )
  })

export const layer = (
  options?: Options
): Layer.Layer<CentrifugoServer, Centrifugo.LocateError | ServerStartError> =>
  Layer.scoped(CentrifugoServer, start(options))
