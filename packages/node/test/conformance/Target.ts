/** The subject of the suite: a client over a transport, a server, and a subscriber that sees deliveries. */
import type * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import type { Disconnect } from "@effect-centrifugo/tools/Subscriber"
import { Context, type Effect, type Scope } from "effect"

export interface Listener {
  readonly client: string
  /** The data of the next publications. Fails if they do not arrive. */
  readonly take: (count: number) => Effect.Effect<ReadonlyArray<unknown>, Error>
  readonly disconnected: Effect.Effect<Disconnect>
}

/** The settings with which a test makes another client. */
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

/** A user's connection, and the server's events for it. Each effect fails if no event arrives. */
export interface Watcher extends Listener {
  /** The next server-side subscription. */
  readonly subscribed: Effect.Effect<{ readonly channel: string; readonly data: unknown }, Error>
  /** The next end of a subscription; with a code if the client had subscribed itself. */
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
  /** The subscription type of `channel`; a shared poll also needs the keys to watch. */
  readonly as?: "map" | { readonly keys: ReadonlyArray<string> }
}

/** A `Target` whose connections report more events. */
export class Watching extends Context.Tag("@effect-centrifugo/node/test/Watching")<
  Watching,
  (options: Watch) => Effect.Effect<Watcher, Error, Scope.Scope>
>() {}

/**
 * Additional namespaces for `suite-methods.ts`: one with recovery, an ephemeral map, a map with a short stream,
 * and shared polls with and without publishing.
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
