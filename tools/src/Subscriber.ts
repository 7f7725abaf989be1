/**
 * A real client of a server under test: it connects by WebSocket, subscribes, and keeps what it receives.
 */
import {
  Centrifuge,
  type PublicationContext,
  type ServerPublicationContext,
  type ServerUnsubscribedContext,
  type UnsubscribedContext
} from "centrifuge"
import { Clock, Data, Effect, Queue, type Scope } from "effect"
import { createHmac } from "node:crypto"
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

/** Code and reason are there when the client had asked for the subscription, not the server. */
export type Unsubscribe = UnsubscribedContext | ServerUnsubscribedContext

export interface Disconnect {
  readonly code: number
  readonly reason: string
  /** Whether the client tries to connect again. */
  readonly reconnects: boolean
}

export interface Subscriber {
  /** The ID that the server gave to the connection. */
  readonly client: string
  /** Publications of the channel, and of channels to which the server subscribed this client. */
  readonly publications: Queue.Dequeue<Publication>
  /** The next `count` publications; fails when they have not come within `millis`, 5000 by default. */
  readonly take: (count: number, millis?: number) => Effect.Effect<Array<Publication>, SubscriberError>
  readonly disconnects: Queue.Dequeue<Disconnect>
  readonly unsubscribes: Queue.Dequeue<Unsubscribe>
}

export interface Options {
  readonly channel?: string
  /** Connects with a token for this user; without one, anonymously. */
  readonly user?: string
}

const connectTimeout = 5000

/** A JSON Web Token, signed by HS256: `token(server.tokenSecret, { sub: "42" })`. */
export const token = (secret: string, claims: Readonly<Record<string, unknown>>): string => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`
}

/** Connects, and returns when the channel, if one is given, is subscribed to. Closing the scope disconnects. */
export const connect = (
  server: Pick<Service, "wsUrl" | "tokenSecret">,
  options: Options = {}
): Effect.Effect<Subscriber, SubscriberError, Scope.Scope> =>
  Effect.gen(function* () {
    const publications = yield* Queue.unbounded<Publication>()
    const disconnects = yield* Queue.unbounded<Disconnect>()
    const unsubscribes = yield* Queue.unbounded<Unsubscribe>()

    const centrifuge = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Centrifuge(server.wsUrl, {
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
    centrifuge.on("disconnected", ({ code, reason }) => {
      trouble = `${code} ${reason}`
      disconnects.unsafeOffer({ code, reason, reconnects: false })
    })
    centrifuge.on("connecting", ({ code, reason }) => {
      // Code 0 is our own call of connect().
      if (code !== 0) disconnects.unsafeOffer({ code, reason, reconnects: true })
    })

    const ready = [() => centrifuge.ready(connectTimeout)]
    if (options.channel !== undefined) {
      const subscription = centrifuge.newSubscription(options.channel)
      subscription.on("publication", (publication) => publications.unsafeOffer(publication))
      subscription.on("unsubscribed", (context) => {
        trouble = `${context.code} ${context.reason}`
        unsubscribes.unsafeOffer(context)
      })
      subscription.subscribe()
      ready.push(() => subscription.ready(connectTimeout))
    }
    centrifuge.connect()
    yield* Effect.forEach(ready, (wait) =>
      Effect.tryPromise({
        try: wait,
        catch: () => new SubscriberError({ problem: `cannot subscribe: ${trouble}` })
      })
    )

    const take: Subscriber["take"] = (count, millis = 5000) =>
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

    return { client, publications, take, disconnects, unsubscribes }
  })
