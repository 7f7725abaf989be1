/** The server's memory at one point of its clock. */
import { type Lookup, type Settings } from "./Channels.js"
import { Histories } from "./Histories.js"
import { Hub } from "./Hub.js"
import { type Identity, type Message } from "./Message.js"
import { Maps } from "./Maps.js"
import { type Payload } from "./Payload.js"
import { ResultCache } from "./ResultCache.js"
import { nowhere, type Position } from "./Stream.js"

/** What the state needs from its owner. */
export interface Environment {
  readonly lookup: Lookup
  readonly nextEpoch: () => string
  /** Called for every delivered message. */
  readonly onMessage: (message: Message) => void
}

export interface Publish {
  readonly channel: string
  readonly payload: Payload
  readonly tags: ReadonlyMap<string, string>
  readonly skipHistory: boolean
  readonly idempotencyKey: string
  readonly version: bigint
  readonly versionEpoch: string
  readonly publisher?: Identity
}

interface Polled {
  readonly version: bigint
  readonly epoch: string
}

export class State {
  /** The current time, in milliseconds since the epoch. */
  now: number
  readonly hub = new Hub()
  readonly histories: Histories<Message>
  readonly maps: Maps
  readonly #results = new ResultCache()
  readonly #polls = new Map<string, Map<string, Polled>>()
  constructor(
    readonly environment: Environment,
    readonly startedAt: number
  ) {
    this.now = startedAt
    this.histories = new Histories(environment.nextEpoch)
    this.maps = new Maps(environment.nextEpoch, environment.lookup, (message) => this.deliver(message))
  }

  /** A channel's options; `undefined` where its namespace is not configured. */
  lookup(channel: string): Settings | undefined {
    return this.environment.lookup(channel)
  }

  /** Moves the clock forward and expires everything due until then. */
  advance(now: number): void {
    this.now = now
    this.#results.advance(now)
    this.histories.advance(now)
    this.maps.advance(now)
    this.hub.advance(now)
  }

  /** The next time at which an expiry can affect connections; `Infinity` for none. */
  next(): number {
    return Math.min(this.maps.next(), this.hub.next())
  }

  /** Publishes to a channel's stream, as the memory engine does (`protocol.md` 1.5). */
  publish(request: Publish, settings: Settings): Position {
    const { channel, idempotencyKey, payload, publisher, tags } = request
    // The memory engine builds the same key, so "a" + "b_c" collides with "a_b" + "c" there too.
    const resultKey = `${channel}_${idempotencyKey}`
    const repeated = idempotencyKey === "" ? undefined : this.#results.find(resultKey)
    if (repeated !== undefined) return repeated
    const make = (position: Position): Message => ({
      channel,
      payload,
      tags,
      position,
      time: this.now,
      ...(publisher === undefined ? {} : { publisher })
    })
    let message = make(nowhere)
    if (settings.history.size > 0 && !request.skipHistory) {
      const add = (position: Position) => (message = make(position))
      const { isOutdated, position } = this.histories.add(channel, add, request, settings, this.now)
      if (isOutdated) return position
    }
    if (idempotencyKey !== "") this.#results.save(resultKey, message.position, this.now)
    this.deliver(message)
    return message.position
  }

  /** Publishes a key of a shared poll, unless its version is not newer than the last version of the same epoch. */
  publishPoll(message: Message & { readonly key: string; readonly version: bigint }, epoch: string): void {
    const { channel, key, version } = message
    const versions = this.#polls.get(channel) ?? new Map<string, Polled>()
    this.#polls.set(channel, versions)
    const last = versions.get(key)
    if (last !== undefined && last.epoch === epoch && version <= last.version) return
    versions.set(key, { version, epoch })
    this.deliver(message)
  }

  deliver(message: Message): void {
    this.hub.deliver(message)
    this.environment.onMessage(message)
  }
}
