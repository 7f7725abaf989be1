/**
 * The clients present in each channel. As in the server, presence is kept apart from subscriptions and can
 * differ from them: a subscription refreshed without presence, or a subscription that failed to refresh, leaves its entry
 * behind.
 */
import { type Connection } from "./Connection.js"
import { type Identity } from "./Message.js"

export class Presence {
  readonly #channels = new Map<string, Map<string, Identity>>()

  add(channel: string, identity: Identity): void {
    const clients = this.#channels.get(channel) ?? new Map<string, Identity>()
    this.#channels.set(channel, clients.set(identity.client, identity))
  }

  remove(channel: string, client: string): void {
    const clients = this.#channels.get(channel)
    if (clients?.delete(client) === true && clients.size === 0) this.#channels.delete(channel)
  }

  /** Updates the connection's info in its entries. */
  renew(connection: Connection): void {
    for (const [channel, { hasPresence }] of connection.subscriptions) {
      if (hasPresence) this.add(channel, connection.identity(channel))
    }
  }

  in(channel: string): ReadonlyArray<Identity> {
    return [...(this.#channels.get(channel)?.values() ?? [])]
  }
}
