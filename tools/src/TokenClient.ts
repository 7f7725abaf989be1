/**
 * A real client that connects and subscribes with tokens and records all responses, for tests of which tokens
 * the server accepts.
 */
import { Centrifuge } from "centrifuge"
import { Clock, Data, Effect, Schedule, type Scope } from "effect"
import { WebSocket } from "ws"
import type { Service } from "./CentrifugoServer.js"

/** `"connected"`, `"error 109"`, `"disconnected 3500"`, `"subscribed"`, `"unsubscribed 103"`, ... */
export type Event = string

export interface Options {
  readonly token?: string
  /** Returns a new connection token. Calls are counted. */
  readonly getToken?: () => Promise<string>
  /** Subscribes after connecting. */
  readonly subscribe?: {
    readonly channel: string
    readonly token?: string
    readonly getToken?: () => Promise<string>
  }
}

export class WaitError extends Data.TaggedError("WaitError")<{
  readonly expected: string
  readonly events: ReadonlyArray<Event>
}> {
  override get message() {
    return `no ${this.expected} in time; seen: ${this.events.join(", ")}`
  }
}

export interface Client {
  /** The events so far, in order. Events of the subscription contain "subscribe" or "subscription". */
  readonly events: ReadonlyArray<Event>
  /** The client ID; empty before the first `connected`. */
  readonly id: () => string
  /** Waits for an event. */
  readonly await: (event: Event) => Effect.Effect<void, WaitError>
  /** The server-side subscriptions, with their data. */
  readonly serverSubs: ReadonlyMap<string, unknown>
  /** The data of the subscribe reply. */
  readonly subscribeData: () => unknown
}

/** Starts connecting and returns at once. Disconnects when the scope closes. */
export const connect = (
  { wsUrl }: Pick<Service, "wsUrl">,
  { getToken, subscribe, token }: Options
): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => open(wsUrl, { getToken, subscribe, token })),
    ({ centrifuge }) => Effect.sync(() => centrifuge.disconnect())
  ).pipe(Effect.map(({ client }) => client))

type Given = { readonly [K in keyof Options]: Options[K] | undefined }

const open = (wsUrl: string, { getToken, subscribe, token }: Given) => {
  const centrifuge = new Centrifuge(wsUrl, {
    websocket: WebSocket,
    minReconnectDelay: 20,
    maxReconnectDelay: 100,
    ...(token === undefined ? {} : { token }),
    ...(getToken === undefined ? {} : { getToken })
  })
  const events: Array<Event> = []
  const serverSubs = new Map<string, unknown>()
  let id = ""
  let data: unknown
  centrifuge.on("connected", (context) => {
    id = context.client
    events.push("connected")
  })
  centrifuge.on("subscribed", (context) => serverSubs.set(context.channel, context.data))
  centrifuge.on("error", ({ error }) => events.push(`error ${error.code}`))
  centrifuge.on("connecting", ({ code }) => {
    if (code !== 0) events.push(`reconnecting ${code}`)
  })
  centrifuge.on("disconnected", ({ code }) => events.push(`disconnected ${code}`))
  if (subscribe !== undefined) {
    const subscription = centrifuge.newSubscription(subscribe.channel, {
      ...(subscribe.token === undefined ? {} : { token: subscribe.token }),
      ...(subscribe.getToken === undefined ? {} : { getToken: subscribe.getToken })
    })
    subscription.on("subscribed", (context) => {
      data = context.data
      events.push("subscribed", ...(context.recoverable ? ["recoverable"] : []))
    })
    subscription.on("error", ({ error }) => events.push(`subscription error ${error.code}`))
    subscription.on("unsubscribed", ({ code }) => events.push(`unsubscribed ${code}`))
    subscription.subscribe()
  }
  centrifuge.connect()

  const wait = (event: Event): Effect.Effect<void, WaitError> =>
    Effect.sync(() => events.includes(event)).pipe(
      Effect.repeat({ schedule: Schedule.spaced("10 millis"), until: (seen) => seen }),
      Effect.asVoid,
      Effect.timeoutFail({
        duration: "15 seconds",
        onTimeout: () => new WaitError({ expected: event, events: [...events] })
      }),
      Effect.withClock(Clock.make())
    )

  const client: Client = {
    events,
    id: () => id,
    await: wait,
    serverSubs,
    subscribeData: () => data
  }
  return { centrifuge, client }
}
