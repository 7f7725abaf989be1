/** A real client of a server under test. It connects by WebSocket, subscribes, and records what it receives. */
import {
  type BaseSubscription,
  Centrifuge,
  type MapSubscription,
  type PublicationContext,
  type ServerPublicationContext,
  type ServerSubscribedContext,
  type ServerUnsubscribedContext,
  type SharedPollSubscription,
  type SharedPollSubscriptionOptions,
  type UnsubscribedContext
} from "centrifuge"
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf"
import { Clock, Data, Effect, Queue, type Scope } from "effect"
import { createHash, createHmac } from "node:crypto"
import { WebSocket } from "ws"
import type { Service } from "./CentrifugoServer.js"

export class SubscriberError extends Data.TaggedError("SubscriberError")<{
  readonly problem: string
}> {
  override get message() {
    return this.problem
  }
}

export type Publication = PublicationContext | ServerPublicationContext

/** `code` and `reason` are present if the client made the subscription, not the server. */
export type Unsubscribe = UnsubscribedContext | ServerUnsubscribedContext

/** A changed key of a map or a shared poll. */
export interface Update {
  readonly key: string
  readonly data: unknown
  readonly removed: boolean
}

export interface Disconnect {
  readonly code: number
  readonly reason: string
  /** Whether the client reconnects. */
  readonly reconnects: boolean
}

export interface Subscriber {
  /** The client ID that the server assigned. */
  readonly client: string
  /** Publications of the channel, and of channels to which the server subscribed this client. */
  readonly publications: Queue.Dequeue<Publication>
  /** The next `count` publications. Fails if they do not arrive within `millis`, default 20,000. */
  readonly take: (count: number, millis?: number) => Effect.Effect<Array<Publication>, SubscriberError>
  readonly disconnects: Queue.Dequeue<Disconnect>
  readonly unsubscribes: Queue.Dequeue<Unsubscribe>
  /** Subscriptions that the server made. */
  readonly subscribes: Queue.Dequeue<ServerSubscribedContext>
  /** Changes of a map or of a shared poll. */
  readonly updates: Queue.Dequeue<Update>
}

export interface Options {
  readonly channel?: string
  /** The type of the subscription to `channel`: a map, or a shared poll with some of its keys tracked. */
  readonly as?:
    | "map"
    | { readonly keys: ReadonlyArray<string>; readonly secret: string }
    | {
        readonly keys: ReadonlyArray<string>
        /** Signs the keys, instead of the built-in signature. */
        readonly sign: (keys: ReadonlyArray<string>) => Promise<string>
      }
  /** Connects with a token for this user. Default: anonymously. */
  readonly user?: string
  /** Whether to use Protobuf. Publications are bytes then: `data` is a `Uint8Array`. */
  readonly protobuf?: boolean
}

/** Long, because other tests may load the machine. */
const defaultWait = 20_000

/** A JSON Web Token, signed by HS256: `token(server.tokenSecret, { sub: "42" })`. */
export const token = (secret: string, claims: Readonly<Record<string, unknown>>): string => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`
}

/** The signature that lets a user track keys of a shared poll for one minute. */
const trackSignature = (
  secret: string,
  user: string,
  channel: string,
  keys: ReadonlyArray<string>
): string => {
  const issued = Math.floor(Date.now() / 1000)
  const expires = issued + 60
  const keysHash = createHash("sha256").update(keys.join("\0")).digest("hex")
  const signed = [issued, expires, user, channel, keysHash].join("\0")
  return `${issued}:${expires}:${createHmac("sha256", secret).update(signed).digest("hex")}`
}

/**
 * Connects, and returns when the client has subscribed to the channel, if one is given. Disconnects when the
 * scope closes.
 */
export const connect = (
  server: Pick<Service, "wsUrl" | "tokenSecret">,
  options: Options = {}
): Effect.Effect<Subscriber, SubscriberError, Scope.Scope> =>
  Effect.gen(function* () {
    const publications = yield* Queue.unbounded<Publication>()
    const disconnects = yield* Queue.unbounded<Disconnect>()
    const unsubscribes = yield* Queue.unbounded<Unsubscribe>()
    const subscribes = yield* Queue.unbounded<ServerSubscribedContext>()
    const updates = yield* Queue.unbounded<Update>()

    const centrifuge = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new (options.protobuf === true ? ProtobufCentrifuge : Centrifuge)(server.wsUrl, {
            websocket: WebSocket,
            minReconnectDelay: 50,
            ...(options.user === undefined ? {} : { token: token(server.tokenSecret, { sub: options.user }) })
          })
      ),
      (centrifuge) => Effect.sync(() => centrifuge.disconnect())
    )

    let client = ""
    let trouble = "no answer in time"
    centrifuge.on("connected", (context) => {
      client = context.client
    })
    centrifuge.on("publication", (publication) => publications.unsafeOffer(publication))
    centrifuge.on("unsubscribed", (context) => unsubscribes.unsafeOffer(context))
    centrifuge.on("subscribed", (context) => subscribes.unsafeOffer(context))
    centrifuge.on("disconnected", ({ code, reason }) => {
      trouble = `${code} ${reason}`
      disconnects.unsafeOffer({ code, reason, reconnects: false })
    })
    centrifuge.on("connecting", ({ code, reason }) => {
      // Code 0 is the client's own call of connect().
      if (code !== 0) disconnects.unsafeOffer({ code, reason, reconnects: true })
    })

    const ready = [() => centrifuge.ready(defaultWait)]
    if (options.channel !== undefined) {
      const subscription = subscriptionAs(centrifuge, options.channel, options, {
        onPublication: (publication) => publications.unsafeOffer(publication),
        onUpdate: (update) => updates.unsafeOffer(update)
      })
      subscription.on("unsubscribed", (context) => {
        trouble = `${context.code} ${context.reason}`
        unsubscribes.unsafeOffer(context)
      })
      subscription.subscribe()
      ready.push(() => subscription.ready(defaultWait))
    }
    centrifuge.connect()
    yield* Effect.forEach(ready, (wait) =>
      Effect.tryPromise({
        try: wait,
        catch: () => new SubscriberError({ problem: `cannot subscribe: ${trouble}` })
      })
    )

    const take: Subscriber["take"] = (count, millis = defaultWait) =>
      Effect.suspend(() => {
        const taken: Array<Publication> = []
        return Queue.take(publications).pipe(
          Effect.map((publication) => taken.push(publication)),
          Effect.replicateEffect(count, { discard: true }),
          Effect.as(taken),
          Effect.timeoutFail({
            duration: millis,
            onTimeout: () =>
              new SubscriberError({
                problem: `${taken.length} of ${count} publications came within ${millis} ms`
              })
          }),
          Effect.withClock(Clock.make())
        )
      })

    return { client, publications, take, disconnects, unsubscribes, subscribes, updates }
  })

/** The interface that both builds of the client share: their classes are not subtypes of each other. */
interface Subscribing {
  newSubscription(channel: string): BaseSubscription
  newMapSubscription(channel: string): MapSubscription
  newSharedPollSubscription(channel: string, options: SharedPollSubscriptionOptions): SharedPollSubscription
}

type Changed = { readonly key: string; readonly data: unknown; readonly removed?: boolean }

const subscriptionAs = (
  centrifuge: Subscribing,
  channel: string,
  { as, user = "" }: Options,
  on: {
    readonly onPublication: (publication: PublicationContext) => void
    readonly onUpdate: (update: Update) => void
  }
): BaseSubscription => {
  const onUpdate = ({ data, key, removed }: Changed) => on.onUpdate({ key, data, removed: removed === true })
  if (as === undefined) {
    const subscription = centrifuge.newSubscription(channel)
    subscription.on("publication", on.onPublication)
    return subscription
  }
  if (as === "map") {
    const subscription = centrifuge.newMapSubscription(channel)
    subscription.on("update", onUpdate)
    return subscription
  }
  const sign =
    "sign" in as
      ? as.sign
      : (keys: ReadonlyArray<string>) => Promise.resolve(trackSignature(as.secret, user, channel, keys))
  const subscription = centrifuge.newSharedPollSubscription(channel, {
    getSignature: async ({ keys }) => ({ signature: await sign(keys), keys })
  })
  subscription.on("update", onUpdate)
  subscription.track([...as.keys])
  return subscription
}
