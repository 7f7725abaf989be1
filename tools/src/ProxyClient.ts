/** A real client that makes the requests which proxies decide, and records the responses. */
import { Centrifuge, type MapSubscription, type Subscription } from "centrifuge"
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf"
import { Clock, Data, Effect, Schedule, type Scope } from "effect"
import { WebSocket } from "ws"
import type { Service } from "./CentrifugoServer.js"

/** `"connected"`, `"disconnected 4501 banned"`, `"chat:1 subscribed"`, `"chat:2 unsubscribed 403 no"`, ... */
export type Event = string

export interface Options {
  /** Whether to use Protobuf. Payloads are the bytes of JSON then. */
  readonly protobuf?: boolean
  /** Sent with the connect command. */
  readonly data?: unknown
  /** Headers of the WebSocket's opening request. */
  readonly headers?: Readonly<Record<string, string>>
}

export class CallError extends Data.TaggedError("CallError")<{
  readonly code: number
  readonly message: string
}> {}

export class WaitError extends Data.TaggedError("WaitError")<{
  readonly expected: string
  readonly events: ReadonlyArray<Event>
}> {
  override get message() {
    return `no ${this.expected} in time; seen: ${this.events.join(", ")}`
  }
}

export interface Client {
  readonly events: ReadonlyArray<Event>
  readonly await: (event: Event) => Effect.Effect<void, WaitError>
  /** Waits until the client is subscribed or unsubscribed. */
  readonly subscribe: (channel: string, data?: unknown) => Effect.Effect<void, WaitError>
  readonly publish: (channel: string, data: unknown) => Effect.Effect<void, CallError>
  readonly rpc: (method: string, data?: unknown) => Effect.Effect<unknown, CallError>
  readonly map: (channel: string) => Effect.Effect<
    {
      readonly publish: (key: string, data: unknown) => Effect.Effect<void, CallError>
      readonly remove: (key: string) => Effect.Effect<void, CallError>
    },
    WaitError
  >
  readonly sharedPoll: (
    channel: string,
    keys: ReadonlyArray<string>,
    signature: string
  ) => Effect.Effect<void>
}

const called = <A>(call: () => Promise<A>) =>
  Effect.tryPromise({
    try: call,
    catch: (error) => {
      const { code = 0, message = String(error) } = error as { code?: number; message?: string }
      return new CallError({ code, message })
    }
  })

/** Starts connecting and returns at once. Disconnects when the scope closes. */
export const connect = (
  { wsUrl }: Pick<Service, "wsUrl">,
  options: Options = {}
): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => open(wsUrl, options)),
    ({ centrifuge }) => Effect.sync(() => centrifuge.disconnect())
  ).pipe(Effect.map(({ client }) => client))

const open = (wsUrl: string, { data, headers = {}, protobuf = false }: Options) => {
  const write = (value: unknown): unknown =>
    protobuf && value !== undefined ? new TextEncoder().encode(JSON.stringify(value)) : value
  const read = (value: unknown): unknown =>
    value instanceof Uint8Array
      ? value.length === 0
        ? undefined
        : JSON.parse(new TextDecoder().decode(value))
      : value
  class WithHeaders extends WebSocket {
    constructor(url: string, protocols?: string | Array<string>) {
      super(url, protocols, { headers })
    }
  }
  // The two builds have the same types, declared in separate files.
  const Build = (protobuf ? ProtobufCentrifuge : Centrifuge) as typeof Centrifuge
  const centrifuge = new Build(wsUrl, {
    websocket: WithHeaders,
    minReconnectDelay: 20,
    maxReconnectDelay: 100,
    ...(data === undefined ? {} : { data: write(data) })
  })
  const events: Array<Event> = []
  const tell = (event: Event, value?: unknown) => {
    const shown = read(value)
    events.push(shown === undefined || shown === null ? event : `${event} ${JSON.stringify(shown)}`)
  }
  centrifuge.on("connected", ({ data }) => tell("connected", data))
  centrifuge.on("error", ({ error }) => tell(`error ${error.code}`))
  centrifuge.on("connecting", ({ code }) => (code === 0 ? undefined : tell(`reconnecting ${code}`)))
  centrifuge.on("disconnected", ({ code, reason }) => tell(`disconnected ${code} ${reason}`))
  centrifuge.on("subscribed", ({ channel, data }) => tell(`${channel} subscribed by the server`, data))

  const wait = (expected: string, isIt: (event: Event) => boolean): Effect.Effect<void, WaitError> =>
    Effect.sync(() => events.some(isIt)).pipe(
      Effect.repeat({ schedule: Schedule.spaced("10 millis"), until: (seen) => seen }),
      Effect.asVoid,
      Effect.timeoutFail({
        duration: "20 seconds",
        onTimeout: () => new WaitError({ expected, events: [...events] })
      }),
      Effect.withClock(Clock.make())
    )

  const listen = (channel: string, subscription: Subscription | MapSubscription) => {
    const typed = subscription as Subscription
    typed.on("subscribed", ({ data }) => tell(`${channel} subscribed`, data))
    typed.on("subscribing", ({ code }) => (code === 0 ? undefined : tell(`${channel} subscribing ${code}`)))
    typed.on("error", ({ error }) => tell(`${channel} error ${error.code}`))
    typed.on("unsubscribed", ({ code, reason }) => tell(`${channel} unsubscribed ${code} ${reason}`))
    subscription.subscribe()
    return wait(`answer to subscribing to ${channel}`, (event) =>
      [`${channel} subscribed`, `${channel} unsubscribed`, "disconnected"].some((start) =>
        event.startsWith(start)
      )
    )
  }

  const client: Client = {
    events,
    await: (event) => wait(event, (seen) => seen === event),
    subscribe: (channel, data) => {
      const subscription = centrifuge.newSubscription(
        channel,
        data === undefined ? {} : { data: write(data) }
      )
      subscription.on("publication", ({ data }) => tell(`${channel} published`, data))
      return listen(channel, subscription)
    },
    publish: (channel, data) => Effect.asVoid(called(() => centrifuge.publish(channel, write(data)))),
    rpc: (method, data) =>
      Effect.map(
        called(() => centrifuge.rpc(method, write(data ?? null))),
        ({ data }) => read(data)
      ),
    map: (channel) => {
      const subscription = centrifuge.newMapSubscription(channel)
      subscription.on("update", ({ data, key, removed }) =>
        tell(`${channel} ${key} ${removed ? "removed" : "is"}`, removed ? undefined : data)
      )
      return Effect.as(listen(channel, subscription), {
        publish: (key, data) => Effect.asVoid(called(() => subscription.publish(key, write(data)))),
        remove: (key) => Effect.asVoid(called(() => subscription.remove(key)))
      })
    },
    sharedPoll: (channel, keys, signature) =>
      Effect.sync(() => {
        const subscription = centrifuge.newSharedPollSubscription(channel, {
          getSignature: () => Promise.resolve({ signature, keys: [...keys] })
        })
        subscription.on("update", ({ data, key }) => tell(`${channel} ${key} is`, data))
        subscription.subscribe()
        subscription.track([...keys])
      })
  }
  centrifuge.connect()
  return { centrifuge, client }
}
