/** The server that the clients of a scenario call. */
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Address } from "../clients/Worker.js"
import * as Stub from "../stub/stub.js"
import { type ApiError, collectGarbage, fill } from "./api.js"

type ServerStartError = CentrifugoServer.ServerStartError

/**
 * - `server`: the real server
 * - `history`: the real server, with a channel whose history is full
 * - `stub`: a stub in another process that responds at once
 * - `none`: no server
 */
export type StageName = "server" | "history" | "stub" | "none"

export interface Stage {
  readonly server: Address
  /** Whether publications can be read back afterwards. */
  readonly keeps: boolean
  /** The channel prefix of one measurement. Each gets new channels, unless the scenario reads one channel. */
  readonly prefix: (measurement: string) => string
  /** Prepares the server for the next measurement. It may close sockets. */
  readonly settle: Effect.Effect<void, ApiError | ServerStartError>
}

/** Histories that are long enough to verify a run, and for the history scenario. */
const namespaces = [
  { name: "bench", history_size: 10, history_ttl: "3600s" },
  { name: "full", history_size: 1_000_000, history_ttl: "3600s" }
]

const fresh = (measurement: string) => `bench:${measurement}_`

const realServer = Effect.map(
  CentrifugoServer.start({ namespaces, env: { CENTRIFUGO_DEBUG_ENABLED: "true" } }),
  ({ apiKey, apiUrl, kill, start }) => ({
    server: { url: apiUrl, key: apiKey } satisfies Address,
    /**
     * Restarts the server. Creating channels grows its maps in steps, which would slow down the client that is measured
     * at that moment.
     */
    restart: Effect.zipRight(kill, start)
  })
)

/** Opens the stage. It closes with the scope. */
export const open = (name: StageName, count: number): Effect.Effect<Stage, Error, Scope.Scope> => {
  switch (name) {
    case "server":
      return Effect.map(realServer, ({ restart, server }) => ({
        server,
        settle: restart,
        keeps: true,
        prefix: fresh
      }))
    case "history": {
      const channel = "full:all"
      return realServer.pipe(
        Effect.tap(({ server }) => fill(server, channel, count)),
        Effect.map(({ server }) => ({
          server,
          settle: collectGarbage(server),
          keeps: false,
          prefix: () => channel
        }))
      )
    }
    case "stub":
      return Effect.map(Stub.start, (server) => ({
        server,
        keeps: false,
        prefix: fresh,
        settle: Effect.void
      }))
    case "none":
      return Effect.succeed({
        server: { url: "http://127.0.0.1:9/api", key: "none" },
        keeps: false,
        prefix: fresh,
        settle: Effect.void
      })
  }
}
