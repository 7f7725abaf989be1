/** Open connections by user and by channel (`protocol.md` 1.5). */
import { type Connection, type Disconnect, type Subscription } from "./Connection.js"
import { Deadlines } from "./Deadlines.js"
import { type Message } from "./Message.js"
import * as Payload from "./Payload.js"
import { Presence } from "./Presence.js"

/** Selects connections of a user; an empty string matches any. */
export interface Selection {
  readonly user: string
  readonly client: string
  readonly session: string
}

export const disconnects = {
  closed: { code: 3000, reason: "connection closed" },
  shutdown: { code: 3001, reason: "shutdown" },
  expired: { code: 3005, reason: "connection expired" },
  subscriptionExpired: { code: 3006, reason: "subscription expired" },
  forced: { code: 3503, reason: "force disconnect" },
  channelLimit: { code: 3505, reason: "channel limit" }
} as const

export const unsubscribes = {
  byClient: { code: 0, reason: "unsubscribe called" },
  byServer: { code: 2000, reason: "server unsubscribe" },
  expired: { code: 2501, reason: "subscription expired" }
} as const

/** How long an expired connection or subscription can still be refreshed, in milliseconds. */
const grace = 25_000
const longestLife = 365 * 24 * 3_600_000
const channelLimit = 128

/** Options of a server-side subscription. */
export interface SubscribeOptions extends Subscription {
  readonly data: Payload.Payload
  /** Seconds since the epoch; 0 for no expiry. */
  readonly expireAt: bigint
}

interface Ending {
  readonly connection: Connection
  readonly channel: string
  readonly subscription: Subscription
}

export class Hub {
  readonly presence = new Presence()
  readonly #clients = new Map<string, Connection>()
  readonly #users = new Map<string, Set<Connection>>()
  readonly #subscribers = new Map<string, Set<Connection>>()
  readonly #connectionEnds = new Deadlines<Connection>()
  readonly #subscriptionEnds = new Deadlines<Ending>()

  /** The open connection with this client ID. */
  find(client: string): Connection | undefined {
    return this.#clients.get(client)
  }

  /** `expireAt` is in seconds since the epoch; `undefined` for no expiry. */
  connect(connection: Connection, expireAt?: number): void {
    this.#clients.set(connection.client, connection)
    add(this.#users, connection.user, connection)
    if (expireAt !== undefined) this.#endAt(connection, expireAt * 1000)
  }

  #endAt(connection: Connection, end: number): void {
    this.#connectionEnds.set(connection, connection.renewal.connection === undefined ? end + grace : end)
  }

  disconnect(connection: Connection, disconnect: Disconnect): void {
    if (connection.disconnect !== undefined) return
    for (const [channel, subscription] of connection.subscriptions) {
      this.#leave(connection, channel, subscription)
    }
    this.#clients.delete(connection.client)
    remove(this.#users, connection.user, connection)
    this.#connectionEnds.delete(connection)
    connection.close(disconnect)
  }

  select({ client, session, user }: Selection): ReadonlyArray<Connection> {
    const one = this.#clients.get(client)
    const candidates = client === "" ? [...(this.#users.get(user) ?? [])] : one === undefined ? [] : [one]
    return candidates.filter(
      (connection) => connection.user === user && (session === "" || connection.session === session)
    )
  }

  all(): ReadonlyArray<Connection> {
    return [...this.#clients.values()]
  }

  subscribe(connection: Connection, channel: string, options: SubscribeOptions): void {
    if (connection.subscriptions.size >= channelLimit) {
      return this.disconnect(connection, disconnects.channelLimit)
    }
    add(this.#subscribers, channel, connection)
    this.prolong(connection, channel, options)
    connection.push({ _tag: "Subscribed", channel, data: options.data })
  }

  /** Replaces the info and the expiry of a subscription. */
  prolong(connection: Connection, channel: string, options: Omit<SubscribeOptions, "data">): void {
    connection.subscriptions.set(channel, options)
    if (options.hasPresence) this.presence.add(channel, connection.identity(channel))
    if (options.expireAt > 0n) {
      const ending = { connection, channel, subscription: options }
      this.#subscriptionEnds.set(ending, Number(options.expireAt) * 1000 + grace)
    }
  }

  unsubscribe(connection: Connection, channel: string, why: Disconnect): void {
    const subscription = connection.subscriptions.get(channel)
    if (subscription !== undefined) this.#leave(connection, channel, subscription)
    connection.subscriptions.delete(channel)
    // The server sends this even if there was no subscription.
    connection.push({ _tag: "Unsubscribed", channel, ...why })
  }

  /** Ends an expired subscription. A client can't resubscribe to a server-side subscription. */
  expire(connection: Connection, channel: string): void {
    const subscription = connection.subscriptions.get(channel)
    if (subscription === undefined) return
    if (subscription.isServerSide) this.disconnect(connection, disconnects.subscriptionExpired)
    else this.unsubscribe(connection, channel, unsubscribes.expired)
  }

  /** Ends a subscription that the server failed to refresh. Its presence entry stays. */
  abandon(connection: Connection, channel: string): void {
    if (connection.subscriptions.delete(channel)) remove(this.#subscribers, channel, connection)
  }

  /** `expireAt` is in seconds since the epoch; 0 or less for no expiry. */
  refresh(connection: Connection, expireAt: bigint, info: Payload.Payload, now: number): void {
    if (expireAt <= 0n) {
      this.#connectionEnds.delete(connection)
      return connection.push({ _tag: "Refreshed", expireAt: undefined })
    }
    const end = this.renew(connection, expireAt, info, now)
    if (end !== undefined) connection.push({ _tag: "Refreshed", expireAt: end })
  }

  /** Sets another expiry of a connection, without an event for the client. Returns it in milliseconds. */
  renew(connection: Connection, expireAt: bigint, info: Payload.Payload, now: number): number | undefined {
    const second = now - (now % 1000)
    const end = Math.min(Number(expireAt) * 1000, second + longestLife)
    if (end <= second) {
      this.disconnect(connection, disconnects.expired)
      return undefined
    }
    if (!Payload.isEmpty(info)) {
      connection.info = info
      this.presence.renew(connection)
    }
    this.#endAt(connection, end)
    return end
  }

  deliver(message: Message): void {
    for (const connection of this.subscribers(message.channel)) {
      connection.push({ _tag: "Publication", message })
    }
  }

  subscribers(channel: string): ReadonlyArray<Connection> {
    return [...(this.#subscribers.get(channel) ?? [])]
  }

  /** The channels with subscribers, and how many each has. */
  channels(): ReadonlyArray<readonly [string, number]> {
    return Array.from(this.#subscribers, ([channel, connections]) => [channel, connections.size] as const)
  }

  counts() {
    return {
      clients: this.#clients.size,
      users: this.#users.size,
      channels: this.#subscribers.size,
      subscriptions: sum(this.#subscribers)
    }
  }

  advance(now: number): void {
    for (const connection of this.#connectionEnds.takeDue(now)) {
      const { connection: ask } = connection.renewal
      if (ask === undefined) this.disconnect(connection, disconnects.expired)
      else ask()
    }
    for (const { channel, connection, subscription } of this.#subscriptionEnds.takeDue(now)) {
      if (connection.subscriptions.get(channel) !== subscription) continue
      const { subscription: ask } = connection.renewal
      if (ask === undefined) this.expire(connection, channel)
      else ask(channel)
    }
  }

  next(): number {
    return Math.min(this.#connectionEnds.next(), this.#subscriptionEnds.next())
  }

  #leave(connection: Connection, channel: string, { hasPresence }: Subscription): void {
    remove(this.#subscribers, channel, connection)
    if (hasPresence) this.presence.remove(channel, connection.client)
  }
}

type Sets = Map<string, Set<Connection>>

const add = (sets: Sets, key: string, connection: Connection): void => {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([connection]))
  else set.add(connection)
}

const remove = (sets: Sets, key: string, connection: Connection): void => {
  const set = sets.get(key)
  if (set?.delete(connection) === true && set.size === 0) sets.delete(key)
}

const sum = (sets: Sets): number =>
  [...sets.values()].reduce((total, connections) => total + connections.size, 0)
