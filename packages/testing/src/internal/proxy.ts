/** Calls an app of proxy handlers as the server does, in memory. */
import type * as HttpApp from "@effect/platform/HttpApp"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as ProxyProtocol from "@effect-centrifugo/core/ProxyProtocol"
import { UsageError } from "./errors.js"

/**
 * Options for all calls of the app.
 *
 * @since 0.1.0
 */
export interface ProxyOptions {
  /** The `secret` of the app. Default: none. */
  readonly secret?: Redacted.Redacted
  /** Headers that the server forwards. Default: none. */
  readonly headers?: { readonly [name: string]: string }
  /** The path at which the app is mounted, such as `"/centrifugo"`. Default: `""`, the app itself. */
  readonly path?: string
}

/**
 * The answer of the app. With a status other than 200, the server refuses the operation, and sends the client error 100.
 *
 * @since 0.1.0
 */
export interface ProxyAnswer {
  /** The HTTP status. */
  readonly status: number
  /** The result on the wire, in snake_case. Absent if the app accepted the request without a result. */
  readonly result?: { readonly [field: string]: unknown }
  /** The error of the client's call. */
  readonly error?: {
    /** The error code, 400 to 1999. */
    readonly code: number
    readonly message: string
    /** Whether the client may try again. */
    readonly temporary?: boolean
  }
  /** Disconnects the client. */
  readonly disconnect?: {
    /** The disconnect code, 4000 to 4999. */
    readonly code: number
    /** The reason that the client sees: ASCII, at most 32 bytes. */
    readonly reason: string
  }
  /** The text of an answer whose status is not 200. */
  readonly text?: string
}

/**
 * A function for each kind of request. Missing fields have sample values: the user `"42"`, the channel `"channel"`.
 *
 * @since 0.1.0
 */
export type ProxyCalls<E, R> = {
  readonly [K in ProxyProtocol.Event]: (
    request?: Partial<ProxyProtocol.Request<K>>,
    headers?: { readonly [name: string]: string }
  ) => Effect.Effect<ProxyAnswer, E | UsageError, Exclude<R, Scope.Scope | HttpServerRequest>>
}

const connection = {
  client: "00000000-0000-4000-8000-000000000000",
  transport: "websocket",
  protocol: "json",
  encoding: "json"
}
const identified = { ...connection, user: "42" }
const channel = "channel"

const samples: { readonly [K in ProxyProtocol.Event]: ProxyProtocol.Request<K> } = {
  connect: { ...connection, name: "js", version: "5.8.0", channels: [] },
  refresh: identified,
  subscribe: { ...identified, channel, token: "" },
  publish: { ...identified, channel, data: { text: "hello" } },
  subRefresh: { ...identified, channel },
  rpc: { ...identified, method: "method", data: null },
  mapPublish: { ...identified, channel, key: "key", data: 1 },
  mapRemove: { ...identified, channel, key: "key" },
  sharedPollRefresh: { channel, items: [{ key: "key", version: 0 }] }
}

const loadPlatform = Effect.promise(async () => {
  const [request, response] = await Promise.all([
    import("@effect/platform/HttpServerRequest"),
    import("@effect/platform/HttpServerResponse")
  ])
  return { request, response }
})

type Environment<R> = Exclude<R, Scope.Scope | HttpServerRequest>

const send = <E, R>(
  app: HttpApp.Default<E, R>,
  request: Request
): Effect.Effect<{ readonly status: number; readonly text: string }, E, Environment<R>> =>
  Effect.gen(function* () {
    const platform = yield* loadPlatform
    const { HttpServerRequest, fromWeb } = platform.request
    const response = yield* Effect.provideService(app, HttpServerRequest, fromWeb(request))
    const text = yield* Effect.promise(() => platform.response.toWeb(response).text())
    return { status: response.status, text }
  }).pipe(Effect.scoped) as Effect.Effect<
    { readonly status: number; readonly text: string },
    E,
    Environment<R>
  >

const toAnswer = ({ status, text }: { readonly status: number; readonly text: string }): ProxyAnswer =>
  status === 200 ? { status, ...(JSON.parse(text) as Omit<ProxyAnswer, "status">) } : { status, text }

const urlOf = (path: string, event: ProxyProtocol.Event): string =>
  `http://backend${path}/${event.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`

const headersOf = ({ headers = {}, secret }: ProxyOptions) => ({
  "content-type": "application/json",
  "user-agent": "Go-http-client/1.1",
  ...(secret === undefined ? {} : { "x-api-key": Redacted.value(secret) }),
  ...headers
})

const events = Object.keys(samples) as ReadonlyArray<ProxyProtocol.Event>

/** Returns the events that the app handles: it answers a GET with 405 for these, and with 404 for others. */
export const eventsOf = <E, R>(
  app: HttpApp.Default<E, R>,
  options: ProxyOptions
): Effect.Effect<ReadonlyArray<ProxyProtocol.Event>, E, Environment<R>> =>
  Effect.filter(events, (event) =>
    Effect.map(
      send(app, new Request(urlOf(options.path ?? "", event), { headers: headersOf(options) })),
      ({ status }) => status === 405
    )
  )

export const make = <E, R>(app: HttpApp.Default<E, R>, options: ProxyOptions = {}): ProxyCalls<E, R> => {
  const common = headersOf(options)
  const call =
    (event: ProxyProtocol.Event) =>
    (request: object = {}, headers: { readonly [name: string]: string } = {}) =>
      Either.match(ProxyProtocol.encodeRequest(event, { ...samples[event], ...request } as never), {
        onLeft: ({ message }) => Effect.fail(new UsageError({ operation: "proxy", detail: message })),
        onRight: (body) => {
          const init = { method: "POST", headers: { ...common, ...headers }, body }
          return Effect.map(send(app, new Request(urlOf(options.path ?? "", event), init)), toAnswer)
        }
      })
  return Object.fromEntries(events.map((event) => [event, call(event)])) as unknown as ProxyCalls<E, R>
}
