/**
 * Who is in which channel. It is kept beside the subscriptions, as the server keeps it, and does not
 * always follow them: a subscription renewed without presence, or in vain, leaves its entry behind.
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

  /** Shows what a connection's info has become. */
  renew(connection: Connection): void {
    for (const [channel, { hasPresence }] of connection.subscriptions) {
      if (hasPresence) this.add(channel, connection.identity(channel))
    }
  }

  in(channel: string): ReadonlyArray<Identity> {
    return [...(this.#channels.get(channel)?.values() ?? [])]
  }
}
