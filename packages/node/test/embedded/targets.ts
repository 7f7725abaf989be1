/** The server in memory as a target of the conformance suite: directly, and on a port. */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import { type ConfigError, NetworkError } from "@effect-centrifugo/core/CentrifugoError"
import * as CentrifugoTest from "@effect-centrifugo/testing/CentrifugoTest"
import * as HttpTransport from "@effect-centrifugo/core/HttpTransport"
import type * as CentrifugoTransport from "@effect-centrifugo/core/CentrifugoTransport"
import * as EmbeddedServer from "@effect-centrifugo/testing/EmbeddedServer"
import * as CentrifugoServer from "@effect-centrifugo/tools/CentrifugoServer"
import { Clock, Context, Effect, Layer, Redacted, type Scope } from "effect"
import type { ErrorMode, MakeClient } from "../conformance/real.js"
import {
  type Listener,
  namespaces,
  type Overrides,
  type Service,
  Target,
  type Watch,
  type Watcher,
  Watching
} from "../conformance/Target.js"

/** The configuration of the real server, used unchanged. */
export const channel: CentrifugoTest.ChannelConfig = {
  without_namespace: { history_size: 1000, history_ttl: "300s", presence: true },
  namespaces: [
    ...(CentrifugoServer.defaultNamespaces as ReadonlyArray<CentrifugoTest.Namespace>),
    ...namespaces
  ]
}

const options = (mode: ErrorMode): CentrifugoTest.ServerOptions => ({
  channel,
  errorMode: mode === "setting" ? "transport" : "default"
})

const errorHeaders = (mode: ErrorMode) =>
  mode === "header" ? { "x-centrifugo-error-mode": "transport" } : undefined

const soon = <A>(what: string, effect: Effect.Effect<A, Error>): Effect.Effect<A, Error> =>
  effect.pipe(
    Effect.timeoutFail({ duration: "20 seconds", onTimeout: () => new Error(`${what} did not come`) }),
    Effect.withClock(Clock.make())
  )

const open = (kit: CentrifugoTest.Service, options: CentrifugoTest.ConnectOptions) =>
  Effect.acquireRelease(kit.connect(options), ({ close }) => close)

const listenerOf = ({ client, disconnected, take }: CentrifugoTest.Connection): Listener => ({
  client,
  take: (count) =>
    soon(
      `${count} publications`,
      Effect.map(take(count), (publications) => publications.map(({ data }) => data))
    ),
  disconnected
})

const listenWith =
  (kit: CentrifugoTest.Service): Service["listen"] =>
  (channel, user = "") =>
    Effect.map(open(kit, { user, channels: [channel] }), listenerOf)

/** The events of a connection since it was opened. All earlier calls have had their effect by then. */
const watchWith =
  (kit: CentrifugoTest.Service) =>
  ({ as, channel, user }: Watch): Effect.Effect<Watcher, Error, Scope.Scope> =>
    Effect.gen(function* () {
      const connection = yield* open(kit, { user, ...(channel === undefined ? {} : { channels: [channel] }) })
      let seen = (yield* connection.events).length
      const next = <T extends CentrifugoTest.Event["_tag"]>(tag: T) =>
        Effect.flatMap(connection.events, (events) => {
          const place = events.findIndex((event, i) => i >= seen && event._tag === tag)
          if (place < 0) return Effect.fail(new Error(`${tag} did not come`))
          seen = place + 1
          return Effect.succeed(events[place] as Extract<CentrifugoTest.Event, { readonly _tag: T }>)
        })
      const isWatched = (key: string) => typeof as !== "object" || as.keys.includes(key)
      const update = connection.take(1).pipe(
        Effect.repeat({ until: ([publication]) => isWatched(publication?.key ?? "") }),
        Effect.map(([publication]) => ({
          key: publication?.key ?? "",
          data: publication?.data,
          removed: publication?.removed === true
        }))
      )
      return {
        ...listenerOf(connection),
        subscribed: Effect.map(next("Subscribed"), ({ channel, data }) => ({ channel, data })),
        unsubscribed: Effect.map(next("Unsubscribed"), ({ channel, code }) => ({ channel, code })),
        updates: (count) => soon(`${count} updates`, Effect.replicateEffect(update, count))
      }
    })

/** For requests that the kit's transport can't express: another key, another path, a header. */
const overHttpForm = (
  kit: CentrifugoTest.Service,
  mode: ErrorMode,
  { apiKey = "test-key", path = "/api" }: Overrides
): CentrifugoTransport.Service => ({
  send: ({ body, method }) =>
    Effect.flatMap(
      kit.respond({
        method: "POST",
        path: `${path.replace(/\/+$/, "")}/${method}`,
        headers: { "x-api-key": apiKey, ...errorHeaders(mode) },
        body
      }),
      (outcome) =>
        outcome._tag === "Response"
          ? HttpTransport.readAnswer(
              { method, status: outcome.response.status, text: outcome.response.body },
              Redacted.make(apiKey)
            )
          : new NetworkError({ method, phase: "unknown", detail: "broken" })
    )
})

const contextOf = (target: Service, kit: CentrifugoTest.Service) =>
  Context.make(Target, target).pipe(Context.add(Watching, watchWith(kit)))

export const inMemory = (mode: ErrorMode): Layer.Layer<Target | Watching, ConfigError> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const kit = yield* CentrifugoTest.make(options(mode))
      const connect = (overrides: Overrides) => Centrifugo.fromTransport(overHttpForm(kit, mode, overrides))
      const centrifugo = yield* mode === "header" ? connect({}) : Centrifugo.fromTransport(kit.transport)
      return contextOf({ centrifugo, connect, listen: listenWith(kit) }, kit)
    })
  )

export const onPort = (makeClient: MakeClient, mode: ErrorMode) =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const server = yield* EmbeddedServer.start(options(mode))
      const headers = errorHeaders(mode)
      const connect = ({ apiKey, path }: Overrides): Effect.Effect<Centrifugo.Service, Error, Scope.Scope> =>
        makeClient({
          url: path === undefined ? server.apiUrl : new URL(server.apiUrl).origin + path,
          apiKey: apiKey === undefined ? server.apiKey : Redacted.make(apiKey),
          ...(headers === undefined ? {} : { headers })
        })
      return contextOf({ centrifugo: yield* connect({}), connect, listen: listenWith(server) }, server)
    })
  )
