/** A connection as seen by a test. It records every event that the server sends. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { async } from "@effect-centrifugo/core/CentrifugoTransport"
import { BadRequestError, UnknownChannelError } from "@effect-centrifugo/core/CentrifugoError"
import { ConnectionClosedError, UsageError } from "./errors.js"
import { type Kit } from "./Kit.js"
import * as Server from "./server/Connection.js"
import { disconnects, unsubscribes } from "./server/Hub.js"
import { type Publication, toPublication } from "./server/Message.js"
import * as Payload from "./server/Payload.js"
import { type Publish, type State } from "./server/State.js"

/**
 * Options of a connection.
 *
 * @since 0.1.0
 */
export interface ConnectOptions {
  /** The user ID. Default `""`, an anonymous connection. */
  readonly user?: string
  /** The client ID. Default: a unique one. */
  readonly client?: string
  /** The session ID. Default: the client ID. */
  readonly session?: string
  /** The info that presence shows as `connInfo`. */
  readonly info?: unknown
  /** The channels to subscribe to. */
  readonly channels?: ReadonlyArray<string>
  /** When the connection expires, in Unix seconds. Default: never. */
  readonly expireAt?: number
}

/**
 * Options of a client-side subscription.
 *
 * @since 0.1.0
 */
export interface ClientSubscribeOptions {
  /** The info that presence shows as `chanInfo`. Default: none. */
  readonly info?: unknown
  /** The data that the client gets with the subscribe reply. Default: none. */
  readonly data?: unknown
  /** Whether the subscription appears in presence. Default: the namespace's setting. */
  readonly presence?: boolean
  /** When the subscription expires, in Unix seconds. Default: never. */
  readonly expireAt?: number
}

/**
 * Why a connection ended. Clients reconnect after some codes (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
export interface Disconnected {
  /** The disconnect code. 3503 if the `disconnect` call gave none. */
  readonly code: number
  /** The reason text that clients see with the code. */
  readonly reason: string
  /** Whether clients reconnect automatically after this code. */
  readonly reconnects: boolean
}

/**
 * An event that the server sent to a connection.
 *
 * @since 0.1.0
 */
export type Event =
  | { readonly _tag: "Publication"; readonly publication: Publication }
  /** Subscribed by the client or by the server, with the `data` of the subscription. */
  | { readonly _tag: "Subscribed"; readonly channel: string; readonly data: unknown }
  | {
      readonly _tag: "Unsubscribed"
      readonly channel: string
      readonly code: number
      readonly reason: string
    }
  /** The connection's expiry changed. In milliseconds since the epoch; `undefined` for none. */
  | { readonly _tag: "Refreshed"; readonly expireAt: number | undefined }
  | ({ readonly _tag: "Disconnected" } & Disconnected)

/**
 * An open client connection. It speaks no wire protocol: it receives what the server delivers and makes the
 * requests that a client can make. Client permissions (tokens, `allow_*` options) are not checked.
 *
 * @since 0.1.0
 */
export interface Connection {
  /** The client ID. */
  readonly client: string
  /** The user ID; `""` for an anonymous connection. */
  readonly user: string
  /** The session ID. */
  readonly session: string
  /** All events so far, in order. */
  readonly events: Effect.Effect<ReadonlyArray<Event>>
  /**
   * Takes the next `count` publications, and waits for them if necessary. Publications from before the
   * connection closed can still be taken. Fails if the missing ones can no longer arrive.
   */
  readonly take: (
    count: number
  ) => Effect.Effect<ReadonlyArray<Publication>, ConnectionClosedError | UsageError>
  /** Waits until the connection is disconnected. */
  readonly disconnected: Effect.Effect<Disconnected>
  /** The channels it is subscribed to. */
  readonly channels: Effect.Effect<ReadonlyArray<string>>
  /** Subscribes to a channel. */
  readonly subscribe: (
    channel: string,
    options?: ClientSubscribeOptions
  ) => Effect.Effect<void, UnknownChannelError | ConnectionClosedError>
  /** Unsubscribes from a channel. Does nothing if it is not subscribed. */
  readonly unsubscribe: (channel: string) => Effect.Effect<void, ConnectionClosedError>
  /** Publishes as this client. History and deliveries show its client info. */
  readonly publish: (
    channel: string,
    data: unknown
  ) => Effect.Effect<void, UnknownChannelError | BadRequestError | ConnectionClosedError>
  /** Closes the connection from the client's side. */
  readonly close: Effect.Effect<void>
  /** Ends the connection with this code, as the server would. */
  readonly disconnect: (code: number, reason: string) => Effect.Effect<void>
}

const timed = <A>(f: (now: number) => A): Effect.Effect<A> => Effect.map(Clock.currentTimeMillis, f)
const timedFlat = <A, E>(f: (now: number) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.flatMap(Clock.currentTimeMillis, f)

export const connect = (
  kit: Kit,
  options: ConnectOptions = {}
): Effect.Effect<Connection, UnknownChannelError | ConnectionClosedError | UsageError> =>
  Effect.gen(function* () {
    const open = yield* opened(kit, options)
    const connection = handleOf(kit, open)
    yield* Effect.forEach(options.channels ?? [], (channel) => connection.subscribe(channel))
    return connection
  })

/** Opens a connection without subscriptions. */
export const opened = (
  kit: Kit,
  options: Omit<ConnectOptions, "channels">,
  renewal?: Server.Renewal
): Effect.Effect<Server.Connection, UsageError> =>
  Effect.gen(function* () {
    const client = options.client ?? kit.nextClient()
    const open = new Server.Connection(
      client,
      options.user ?? "",
      options.session ?? client,
      Payload.fromValue(options.info),
      renewal
    )
    const isNew = yield* timed((now) =>
      kit.at(now, ({ hub }) => {
        const isNew = hub.find(client) === undefined
        if (isNew) hub.connect(open, options.expireAt)
        return isNew
      })
    )
    if (!isNew) {
      const detail = `an open connection already has the client ID ${client}`
      return yield* new UsageError({ operation: "connect", detail })
    }
    return open
  })

/** Runs an operation of the client. Fails once the connection is closed. */
const whileOpen = <A, E>(
  kit: Kit,
  open: Server.Connection,
  operation: string,
  run: (state: State) => Effect.Effect<A, E>
): Effect.Effect<A, E | ConnectionClosedError> =>
  timedFlat((now) =>
    kit.at(now, (state): Effect.Effect<A, E | ConnectionClosedError> => {
      const { disconnect } = open
      return disconnect === undefined ? run(state) : closedError(open, disconnect, operation)
    })
  )

/** Subscribes the client. The server makes a server-side subscription while the client connects. */
export const subscribe = (
  kit: Kit,
  open: Server.Connection,
  channel: string,
  options: ClientSubscribeOptions,
  isServerSide: boolean
): Effect.Effect<void, UnknownChannelError | ConnectionClosedError> =>
  whileOpen<void, UnknownChannelError>(kit, open, "subscribe", (state) => {
    const settings = state.lookup(channel)
    if (settings === undefined) return unknownChannel("subscribe", channel)
    state.hub.subscribe(open, channel, {
      data: Payload.fromValue(options.data),
      info: Payload.fromValue(options.info),
      hasPresence: options.presence ?? settings.presence,
      isServerSide,
      expireAt: BigInt(options.expireAt ?? 0)
    })
    return Effect.void
  })

export type PublishOptions = Omit<Publish, "channel" | "payload" | "publisher">

/** Publishes as the client. */
export const publish = (
  kit: Kit,
  open: Server.Connection,
  channel: string,
  data: unknown,
  options: PublishOptions
): Effect.Effect<void, UnknownChannelError | BadRequestError | ConnectionClosedError> =>
  whileOpen<void, UnknownChannelError | BadRequestError>(kit, open, "publish", (state) => {
    const settings = state.lookup(channel)
    if (settings === undefined) return unknownChannel("publish", channel)
    const payload = Payload.fromValue(data)
    if (settings.kind !== "stream" || !Payload.isAccepted(payload, settings.format)) {
      return new BadRequestError({ method: "publish", channel, serverMessage: "bad request" })
    }
    const publisher = open.identity(channel)
    state.publish({ ...options, channel, payload, publisher }, settings)
    return Effect.void
  })

/** Ends the connection with a code. */
export const disconnect = (kit: Kit, open: Server.Connection, why: Server.Disconnect): Effect.Effect<void> =>
  timed((now) => kit.at(now, ({ hub }) => hub.disconnect(open, why)))

/** The connection as a test sees it. */
export const handleOf = (kit: Kit, open: Server.Connection): Connection => {
  const { client, session, user } = open
  return {
    client,
    user,
    session,
    events: timed((now) => kit.look(now, () => open.pushes.map(toEvent))),
    take: (count) =>
      Number.isSafeInteger(count) && count >= 0
        ? until<ReadonlyArray<Publication>, ConnectionClosedError>(kit, open, () => {
            const { disconnect, untaken } = open
            if (untaken.length >= count) {
              return Effect.succeed(Array.from({ length: count }, () => toPublication(untaken.shift()!)))
            }
            const detail = `It waited for ${count} publications, but ${untaken.length} arrived`
            return disconnect && closedError(open, disconnect, "take", detail)
          })
        : new UsageError({ operation: "take", detail: `expected a whole number, not ${String(count)}` }),
    disconnected: until(kit, open, () => open.disconnect && Effect.succeed(withReconnects(open.disconnect))),
    channels: timed((now) => kit.look(now, () => [...open.subscriptions.keys()])),
    subscribe: (channel, options = {}) => subscribe(kit, open, channel, options, false),
    unsubscribe: (channel) =>
      whileOpen(kit, open, "unsubscribe", ({ hub }) =>
        Effect.sync(() => hub.unsubscribe(open, channel, unsubscribes.byClient))
      ),
    publish: (channel, data) => publish(kit, open, channel, data, plainPublish),
    close: disconnect(kit, open, disconnects.closed),
    disconnect: (code, reason) => disconnect(kit, open, { code, reason })
  }
}

const closedError = (
  { client, user }: Server.Connection,
  { code, reason }: Server.Disconnect,
  operation: string,
  detail?: string
) =>
  new ConnectionClosedError({
    operation,
    client,
    user,
    code,
    reason,
    ...(detail === undefined ? {} : { detail })
  })

const plainPublish: PublishOptions = {
  tags: new Map(),
  skipHistory: false,
  idempotencyKey: "",
  version: 0n,
  versionEpoch: ""
}

const unknownChannel = (method: string, channel: string) =>
  new UnknownChannelError({ method, channel, serverMessage: "unknown channel" })

/** Waits until `find` returns an outcome for the recorded events. */
const until = <A, E>(
  kit: Kit,
  open: Server.Connection,
  find: () => Effect.Effect<A, E> | undefined
): Effect.Effect<A, E> =>
  Effect.withFiberRuntime((fiber) => {
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    // Check and register in one step, so that no event is missed in between.
    const found = kit.look(clock.unsafeCurrentTimeMillis(), find)
    if (found !== undefined) return found
    return async((resume) => {
      const endWaiting = kit.time.wait(fiber)
      const attempt = () => {
        const found = find()
        if (found === undefined) {
          ignore = open.onPush(attempt)
          return
        }
        endWaiting()
        resume(found)
      }
      let ignore = open.onPush(attempt)
      return Effect.sync(() => {
        ignore()
        endWaiting()
      })
    })
  })

const withReconnects = ({ code, reason }: Server.Disconnect): Disconnected => ({
  code,
  reason,
  reconnects: code < 3500 || code >= 5000 || (code >= 4000 && code < 4500)
})

const toEvent = (push: Server.Push): Event => {
  switch (push._tag) {
    case "Publication":
      return { _tag: "Publication", publication: toPublication(push.message) }
    case "Subscribed":
      return { ...push, data: Payload.toValue(push.data) }
    case "Disconnected":
      return { _tag: "Disconnected", ...withReconnects(push) }
    default:
      return push
  }
}
