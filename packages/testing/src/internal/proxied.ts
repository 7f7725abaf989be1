/** Connections about which the server asks an app, as a real server with proxies does. */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import type { BadRequestError, UnknownChannelError } from "@effect-centrifugo/core/CentrifugoError"
import { connect, type Connection } from "./connect.js"
import type { ConnectionClosedError, UsageError } from "./errors.js"
import type { Kit } from "./Kit.js"
import * as Proxy from "./proxy.js"

/**
 * The app refused what the client asked for.
 *
 * @since 0.1.0
 */
export class RefusedError extends Data.TaggedError("CentrifugoTestRefusedError")<{
  /** What the client asked for: `"connect"`, `"subscribe"`, `"publish"` or `"rpc"`. */
  readonly operation: string
  /** The code that a real client sees: 100 where the app failed. */
  readonly code: number
  /** The text that a real client sees. */
  readonly reason: string
}> {
  override get message(): string {
    return `CentrifugoTest, ${this.operation}: the app refused it (${this.code} ${this.reason}).`
  }
}

/**
 * How the client connects, besides `ProxyOptions`.
 *
 * @since 0.1.0
 */
export interface ConnectThroughOptions extends Proxy.ProxyOptions {
  /** What the client sends with the connect command. Default: nothing. */
  readonly data?: {} | null
}

/**
 * A connection that the app decides about.
 *
 * @since 0.1.0
 */
export interface ProxiedConnection<E> extends Omit<Connection, "subscribe" | "publish"> {
  /** Subscribes, if the app accepts it. `data` is what the client sends along. */
  readonly subscribe: (
    channel: string,
    options?: { readonly data?: {} | null }
  ) => Effect.Effect<void, E | RefusedError | UnknownChannelError | ConnectionClosedError | UsageError>
  /** Publishes the data, or what the app replaces it by; other fields of its result are not applied. */
  readonly publish: (
    channel: string,
    data: {} | null
  ) => Effect.Effect<
    void,
    E | RefusedError | UnknownChannelError | BadRequestError | ConnectionClosedError | UsageError
  >
  /** Calls a method of the app. */
  readonly rpc: (method: string, data?: {} | null) => Effect.Effect<unknown, E | RefusedError | UsageError>
}

type Result = NonNullable<Proxy.ProxyAnswer["result"]>

/** A field of a result, which may have come as bytes. */
const payloadOf = (result: Result, field: string): unknown => {
  const base64 = result[`b64${field}`]
  return typeof base64 === "string" ? Either.getOrUndefined(Encoding.decodeBase64(base64)) : result[field]
}

const channelsOf = ({ channels, subs }: Result): ReadonlyArray<string> =>
  Array.isArray(channels) ? (channels as ReadonlyArray<string>) : Object.keys(subs ?? {})

export const connectThrough = <E>(
  kit: Kit,
  app: HttpApp.Default<E>,
  { data, ...options }: ConnectThroughOptions = {}
): Effect.Effect<
  ProxiedConnection<E>,
  E | RefusedError | UnknownChannelError | ConnectionClosedError | UsageError
> =>
  Effect.gen(function* () {
    const calls = Proxy.make(app, options)
    const client = kit.nextClient()
    const disconnect = (code: number, reason: string) =>
      Effect.map(Clock.currentTimeMillis, (now) =>
        kit.at(now, ({ hub }) => {
          const open = hub.find(client)
          if (open !== undefined) hub.disconnect(open, { code, reason })
        })
      )
    /** The result; refuses as the server does. */
    const ask = (operation: string, asked: Effect.Effect<Proxy.ProxyAnswer, E | UsageError>) =>
      Effect.flatMap(asked, (answer): Effect.Effect<Result, RefusedError> => {
        const refused = (code: number, reason: string) => new RefusedError({ operation, code, reason })
        const { disconnect: left, error, result = {}, status } = answer
        if (status !== 200) return refused(100, "internal server error")
        if (left !== undefined) {
          return Effect.zipRight(disconnect(left.code, left.reason), refused(left.code, left.reason))
        }
        return error === undefined ? Effect.succeed(result) : refused(error.code, error.message)
      })

    const sent = data === undefined ? {} : { data }
    const result = yield* ask("connect", calls.connect({ client, ...sent }))
    if (typeof result["user"] !== "string" && Object.keys(result).length === 0) {
      return yield* new RefusedError({ operation: "connect", code: 3501, reason: "bad request" })
    }
    const user = typeof result["user"] === "string" ? result["user"] : ""
    const { meta } = result
    const base = yield* connect(kit, {
      client,
      user,
      info: payloadOf(result, "info"),
      channels: channelsOf(result)
    })
    const identity = { client, user, ...(meta === undefined ? {} : { meta: meta as {} | null }) }
    return {
      ...base,
      subscribe: (channel, { data } = {}) =>
        ask(
          "subscribe",
          calls.subscribe({ ...identity, channel, ...(data === undefined ? {} : { data }) })
        ).pipe(Effect.flatMap((result) => base.subscribe(channel, { info: payloadOf(result, "info") }))),
      publish: (channel, data) =>
        ask("publish", calls.publish({ ...identity, channel, data })).pipe(
          Effect.flatMap((result) => {
            const replaced = payloadOf(result, "data")
            return base.publish(channel, replaced === undefined ? data : replaced)
          })
        ),
      rpc: (method, data = null) =>
        Effect.map(ask("rpc", calls.rpc({ ...identity, method, data })), (result) =>
          payloadOf(result, "data")
        )
    }
  })
