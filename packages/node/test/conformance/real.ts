/** The real server as a target, with the npm client as its subscriber. */
import type * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import type { Options } from "@effect-centrifugo/core/CentrifugoConfig"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { Effect, Layer, Queue, Redacted, type Scope } from "effect"
import { Target, type Listener, type Overrides } from "./Target.js"

/** How a transport makes a client. */
export type MakeClient = (options: Options) => Effect.Effect<Centrifugo.Service, Error, Scope.Scope>

/** `header` asks for transport mode per call, `setting` has the server answer so to everybody. */
export type ErrorMode = "default" | "header" | "setting"

const environment = (mode: ErrorMode): Record<string, string> =>
  mode === "setting" ? { CENTRIFUGO_HTTP_API_ERROR_MODE: "transport" } : {}

const headers = (mode: ErrorMode): Pick<Options, "headers"> =>
  mode === "header" ? { headers: { "X-Centrifugo-Error-Mode": "transport" } } : {}

export const realServer = (makeClient: MakeClient, mode: ErrorMode) =>
  Layer.scoped(
    Target,
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start({ env: environment(mode) })
      const connect = ({ apiKey, path }: Overrides) =>
        makeClient({
          url: path === undefined ? server.apiUrl : new URL(server.apiUrl).origin + path,
          apiKey: Redacted.make(apiKey ?? server.apiKey),
          ...headers(mode)
        })
      const listen = (channel: string, user?: string) =>
        Effect.map(
          Subscriber.connect(server, { channel, ...(user === undefined ? {} : { user }) }),
          (subscriber): Listener => ({
            client: subscriber.client,
            take: (count) =>
              Effect.map(subscriber.take(count), (taken) =>
                taken.map((publication) => publication.data as unknown)
              ),
            disconnected: Queue.take(subscriber.disconnects)
          })
        )
      return { centrifugo: yield* connect({}), connect, listen }
    })
  )
