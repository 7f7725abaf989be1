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

/** A connection of a user, and all that the server does to it; each effect fails when nothing comes. */
export interface Watcher extends Listener {
  /** The next subscription that the server makes. */
  readonly subscribed: Effect.Effect<{ readonly channel: string; readonly data: unknown }, Error>
  /** The next end of a subscription; a code where the client had asked for it. */
  readonly unsubscribed: Effect.Effect<{ readonly channel: string; readonly code: number | undefined }, Error>
  /** The next changes of a map or of a shared poll. */
  readonly updates: (
    count: number
  ) => Effect.Effect<
    ReadonlyArray<{ readonly key: string; readonly data: unknown; readonly removed: boolean }>,
    Error
  >
}

export interface Watch {
  readonly user: string
  readonly channel?: string
  /** What to subscribe to `channel` as; a shared poll by the keys to watch. */
  readonly as?: "map" | { readonly keys: ReadonlyArray<string> }
}

/** Beside a `Target`: connections that are watched more closely. */
export class Watching extends Context.Tag("@effect-centrifugo/node/test/Watching")<
  Watching,
  (options: Watch) => Effect.Effect<Watcher, Error, Scope.Scope>
>() {}

/**
 * Namespaces that `suite-methods.ts` needs beside the default ones: one that recovers, an ephemeral map,
 * a map with a short stream, and shared polls that take publications and don't.
 */
export const namespaces = [
  {
    name: "rec",
    history_size: 10,
    history_ttl: "60s",
    presence: true,
    force_recovery: true,
    allow_subscribe_for_client: true
  },
  { name: "eph", subscription_type: "map", map: { mode: "ephemeral", key_ttl: "60s" } },
  { name: "short", subscription_type: "map", map: { mode: "persistent", stream_size: 2 } },
  {
    name: "poll",
    subscription_type: "shared_poll",
    shared_poll: { mode: "versioned", publish_enabled: true },
    allow_subscribe_for_client: true
  },
  { name: "mute", subscription_type: "shared_poll" }
] as const
