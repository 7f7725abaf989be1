/** The histories of channels. As in the memory engine, expiry has a resolution of one second. */
import { type Settings } from "./Channels.js"
import { Deadlines } from "./Deadlines.js"
import { type Page, type Position, since as pageSince, Stream } from "./Stream.js"

export interface Since {
  readonly offset: bigint
  readonly epoch: string
}

const seconds = (millis: number) => Math.floor(millis / 1000) * 1000

export class Histories<A> {
  readonly #streams = new Map<string, Stream<A>>()
  /** When publications expire, and when positions expire. */
  readonly #expirations = new Deadlines<string>()
  readonly #removals = new Deadlines<string>()
  constructor(readonly nextEpoch: () => string) {}

  /** Adds to a channel's history, unless the version is outdated. */
  add(
    channel: string,
    make: (position: Position) => A,
    version: { readonly version: bigint; readonly versionEpoch: string },
    { history }: Settings,
    now: number
  ): { readonly position: Position; readonly isOutdated: boolean } {
    // An outdated publication also extends the expiry.
    this.#expirations.set(channel, seconds(now) + history.ttl)
    this.#removals.set(channel, seconds(now) + history.metaTtl)
    const existing = this.#streams.get(channel)
    if (version.version > 0n && existing?.isOutdated(version.version, version.versionEpoch)) {
      return { position: existing.position, isOutdated: true }
    }
    const stream = existing ?? this.#create(channel)
    stream.add(
      (offset) => make({ offset, epoch: stream.epoch }),
      history.size,
      version.version,
      version.versionEpoch
    )
    return { position: stream.position, isOutdated: false }
  }

  get(
    channel: string,
    since: Since | undefined,
    page: Page,
    { history }: Settings,
    now: number
  ): { readonly items: ReadonlyArray<A>; readonly position: Position } {
    this.#removals.set(channel, seconds(now) + history.metaTtl)
    // Reading an unknown channel creates its stream, and so its epoch.
    const stream = this.#streams.get(channel) ?? this.#create(channel)
    const items = stream.get(since === undefined ? page : pageSince(since.offset, page))
    return { items, position: stream.position }
  }

  /** Removes the publications and keeps the position. */
  clear(channel: string): void {
    this.#streams.get(channel)?.clear()
  }

  advance(now: number): void {
    for (const channel of this.#expirations.takeDue(now)) this.clear(channel)
    for (const channel of this.#removals.takeDue(now)) this.#streams.delete(channel)
  }

  #create(channel: string): Stream<A> {
    const stream = new Stream<A>(this.nextEpoch())
    this.#streams.set(channel, stream)
    return stream
  }
}
