/** An open client connection and the events that the server sent to it. */
import { type Identity, type Message } from "./Message.js"
import * as Payload from "./Payload.js"
import { Queue } from "./Queue.js"

/** Why a connection ended. */
export interface Disconnect {
  readonly code: number
  readonly reason: string
}

/** An event that the server sends to a connection. */
export type Push =
  | { readonly _tag: "Publication"; readonly message: Message }
  | { readonly _tag: "Subscribed"; readonly channel: string; readonly data: Payload.Payload }
  | {
      readonly _tag: "Unsubscribed"
      readonly channel: string
      readonly code: number
      readonly reason: string
    }
  /** The new expiry, in milliseconds since the epoch; `undefined` for never. */
  | { readonly _tag: "Refreshed"; readonly expireAt: number | undefined }
  | ({ readonly _tag: "Disconnected" } & Disconnect)

export interface Subscription {
  readonly info: Payload.Payload
  readonly hasPresence: boolean
  /** Whether the server subscribed the client, by its API or when it connected. */
  readonly isServerSide: boolean
}

/** Decides whether an expired connection or subscription continues. */
export interface Renewal {
  /** Called at the connection's expiry. Absent: the client has 25 more seconds to refresh it. */
  readonly connection?: () => void
  /** Called 25 seconds after a subscription's expiry. Absent: the subscription has ended. */
  readonly subscription?: (channel: string) => void
}

export class Connection {
  readonly subscriptions = new Map<string, Subscription>()
  readonly pushes: Array<Push> = []
  /** Publications not taken yet. */
  readonly untaken = new Queue<Message>()
  readonly #listeners = new Set<() => void>()
  #disconnect: Disconnect | undefined
  constructor(
    readonly client: string,
    readonly user: string,
    readonly session: string,
    public info: Payload.Payload,
    readonly renewal: Renewal = {}
  ) {}

  get disconnect(): Disconnect | undefined {
    return this.#disconnect
  }

  push(event: Push): void {
    this.pushes.push(event)
    if (event._tag === "Publication") this.untaken.push(event.message)
    // Copy the list: a listener that keeps waiting adds itself again.
    for (const listener of [...this.#listeners]) listener()
  }

  /** Registers a callback for the next event, and returns a function that removes it. */
  onPush(listener: () => void): () => void {
    const once = () => {
      this.#listeners.delete(once)
      listener()
    }
    this.#listeners.add(once)
    return () => this.#listeners.delete(once)
  }

  close(disconnect: Disconnect): void {
    this.#disconnect = disconnect
    this.subscriptions.clear()
    this.push({ _tag: "Disconnected", ...disconnect })
  }

  identity(channel: string): Identity {
    return {
      user: this.user,
      client: this.client,
      connInfo: this.info,
      chanInfo: this.subscriptions.get(channel)?.info ?? Payload.empty
    }
  }
}
