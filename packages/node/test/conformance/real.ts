/** The real server as a target, with the npm client as its subscriber. */
import type * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import type { Options } from "@effect-centrifugo/core/CentrifugoConfig"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import * as Subscriber from "@effect-centrifugo/tools/Subscriber"
import { Context, Effect, Layer, Queue, Redacted, type Scope } from "effect"
import {
  type Listener,
  namespaces,
  type Overrides,
  Target,
  type Watch,
  type Watcher,
  Watching
} from "./Target.js"

/** Makes a client with a transport. */
export type MakeClient = (options: Options) => Effect.Effect<Centrifugo.Service, Error, Scope.Scope>

/** `header` sets transport mode per call, `setting` sets it in the server for all calls. */
export type ErrorMode = "default" | "header" | "setting"

const pollSecret = "poll-secret"

const environment = (mode: ErrorMode): Record<string, string> => ({
  CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY: pollSecret,
  // A server with shared polls requires an endpoint; no server listens there.
  CENTRIFUGO_CHANNEL_PROXY_SHARED_POLL_REFRESH_ENDPOINT: "http://127.0.0.1:9/refresh",
  ...(mode === "setting" ? { CENTRIFUGO_HTTP_API_ERROR_MODE: "transport" } : {})
})

const headers = (mode: ErrorMode): Pick<Options, "headers"> =>
  mode === "header" ? { headers: { "X-Centrifugo-Error-Mode": "transport" } } : {}

const listenerOf = (subscriber: Subscriber.Subscriber): Listener => ({
  client: subscriber.client,
  take: (count) =>
    Effect.map(subscriber.take(count), (taken) => taken.map((publication) => publication.data as unknown)),
  disconnected: Queue.take(subscriber.disconnects)
})

const soon = <A>(what: string, effect: Effect.Effect<A>): Effect.Effect<A, Error> =>
  Effect.timeoutFail(effect, { duration: "20 seconds", onTimeout: () => new Error(`${what} did not come`) })

const watcherOf = (subscriber: Subscriber.Subscriber): Watcher => ({
  ...listenerOf(subscriber),
  subscribed: Effect.map(
    soon("a subscription", Queue.take(subscriber.subscribes)),
    ({ channel, data }: { readonly channel: string; readonly data?: unknown }) => ({ channel, data })
  ),
  unsubscribed: Effect.map(soon("an unsubscription", Queue.take(subscriber.unsubscribes)), (context) => ({
    channel: context.channel,
    code: "code" in context ? context.code : undefined
  })),
  updates: (count) => soon(`${count} updates`, Effect.replicateEffect(Queue.take(subscriber.updates), count))
})

export const realServer = (makeClient: MakeClient, mode: ErrorMode) =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const server = yield* CentrifugoServer.start({ env: environment(mode), namespaces })
      const connect = ({ apiKey, path }: Overrides) =>
        makeClient({
          url: path === undefined ? server.apiUrl : new URL(server.apiUrl).origin + path,
          apiKey: Redacted.make(apiKey ?? server.apiKey),
          ...headers(mode)
        })
      const listen = (channel: string, user?: string) =>
        Effect.map(
          Subscriber.connect(server, { channel, ...(user === undefined ? {} : { user }) }),
          listenerOf
        )
      const watch = ({ as, ...options }: Watch) =>
        Effect.map(
          Subscriber.connect(server, {
            ...options,
            ...(as === undefined ? {} : { as: as === "map" ? as : { ...as, secret: pollSecret } })
          }),
          watcherOf
        )
      return Context.make(Target, { centrifugo: yield* connect({}), connect, listen }).pipe(
        Context.add(Watching, watch)
      )
    })
  )
