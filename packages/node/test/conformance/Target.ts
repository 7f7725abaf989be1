/** What the suite is run against: a client over some transport, a server, and a way to see deliveries. */
import type * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import type { Disconnect } from "@effect-centrifugo/tools/Subscriber"
import { Context, type Effect, type Scope } from "effect"

export interface Listener {
  readonly client: string
  /** The next publications' data; fails when they do not come. */
  readonly take: (count: number) => Effect.Effect<ReadonlyArray<unknown>, Error>
  readonly disconnected: Effect.Effect<Disconnect>
}

/** What a test changes about how the client reaches the server. */
export interface Overrides {
  readonly apiKey?: string
  readonly path?: string
}

export interface Service {
  readonly centrifugo: Centrifugo.Service
  /** Another client of the same server. */
  readonly connect: (overrides: Overrides) => Effect.Effect<Centrifugo.Service, Error, Scope.Scope>
  /** Subscribes a user to a channel; `undefined` for an anonymous connection. */
  readonly listen: (channel: string, user?: string) => Effect.Effect<Listener, Error, Scope.Scope>
}

export class Target extends Context.Tag("@effect-centrifugo/node/test/Target")<Target, Service>() {}
