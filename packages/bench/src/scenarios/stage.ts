/** What the clients of a scenario are measured against. */
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Address } from "../clients/Worker.js"
import * as Stub from "../stub/stub.js"
import { type ApiError, collectGarbage, fill } from "./api.js"

type ServerStartError = CentrifugoServer.ServerStartError

/**
 * - `server`: the real one
 * - `history`: the real one, with a channel that is already full
 * - `stub`: one in another process that answers at once
 * - `none`
 */
export type StageName = "server" | "history" | "stub" | "none"

export interface Stage {
  readonly server: Address
  /** Whether what is published can be read there afterwards. */
  readonly keeps: boolean
  /** The channels of one measurement: fresh ones, unless there is one channel to read. */
  readonly prefix: (measurement: string) => string
  /** Makes the server ready to be measured, whatever it has done before. Sockets may be closed by it. */
  readonly settle: Effect.Effect<void, ApiError | ServerStartError>
}

/** For publications that are verified by their history, and for a history that is read; both outlast a run. */
const namespaces = [
  { name: "bench", history_size: 10, history_ttl: "3600s" },
  { name: "full", history_size: 1_000_000, history_ttl: "3600s" }
]

const fresh = (measurement: string) => `bench:${measurement}_`

const realServer = Effect.map(
  CentrifugoServer.start({ namespaces, env: { CENTRIFUGO_DEBUG_ENABLED: "true" } }),
  ({ apiKey, apiUrl, kill, start }) => ({
    server: { url: apiUrl, key: apiKey } satisfies Address,
    /** Where channels are made: their maps grow by leaps, and whoever is there at the time would pay for it. */
    restart: Effect.zipRight(kill, start)
  })
)

/** Closing the scope ends it. */
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
