/** Maps of keys as the server's memory engine keeps them (`protocol.md` 1.5). */
import { type Lookup, type MapSettings } from "./Channels.js"
import { Deadlines } from "./Deadlines.js"
import { type Since } from "./Histories.js"
import { type Message } from "./Message.js"
import * as Payload from "./Payload.js"
import { ResultCache } from "./ResultCache.js"
import { SortedMap } from "./SortedMap.js"
import { following, nowhere, type Page, type Position, since as pageSince, Stream } from "./Stream.js"

/** The result of a change. `suppressed` says why nothing changed. */
export interface Update {
  readonly position: Position
  readonly suppressed?: "idempotency" | "version" | "key_exists" | "key_not_found"
}

export interface MapPublish {
  readonly channel: string
  readonly key: string
  readonly payload: Payload.Payload
  readonly tags: ReadonlyMap<string, string>
  readonly idempotencyKey: string
  readonly version: bigint
  readonly versionEpoch: string
  readonly keyMode: "" | "if_new" | "if_exists"
}

export interface StateQuery {
  readonly limit: number
  readonly key: string
  readonly cursor: string
}

interface Entry {
  readonly channel: string
  readonly message: Message
  readonly version: bigint
  readonly versionEpoch: string
}

interface KeyedMap {
  readonly stream: Stream<Message>
  readonly entries: SortedMap<Entry>
}

export class Maps {
  readonly #maps = new Map<string, KeyedMap>()
  readonly #entryEnds = new Deadlines<Entry>()
  readonly #streamEnds = new Deadlines<string>()
  readonly #removals = new Deadlines<string>()
  readonly #results = new Map<string, ResultCache>()
  constructor(
    readonly nextEpoch: () => string,
    readonly lookup: Lookup,
    readonly onChange: (message: Message) => void
  ) {}

  publish(request: MapPublish, settings: MapSettings, now: number): Update {
    const { channel, idempotencyKey, key, keyMode, version, versionEpoch } = request
    const repeated = this.#repeated(channel, idempotencyKey, now)
    if (repeated !== undefined) return repeated
    const map = this.#open(channel)
    const existing = map.entries.get(key)
    const suppressed = (reason: Update["suppressed"] & string): Update => ({
      position: map.stream.position,
      suppressed: reason
    })
    if (settings.hasStream && version > 0n && existing !== undefined) {
      const isSameScope = versionEpoch === "" || versionEpoch === existing.versionEpoch
      if (isSameScope && version <= existing.version) return suppressed("version")
    }
    if (keyMode === "if_new" && existing !== undefined) return suppressed("key_exists")
    if (keyMode === "if_exists" && existing === undefined) return suppressed("key_not_found")
    const message = this.#append(map, settings, now, (position) => ({
      channel,
      key,
      payload: request.payload,
      tags: request.tags,
      position,
      time: now
    }))
    if (existing !== undefined) this.#entryEnds.delete(existing)
    // An unversioned change keeps the stored version.
    const kept = version === 0n && existing !== undefined ? existing : { version, versionEpoch }
    const entry = { channel, message, version: kept.version, versionEpoch: kept.versionEpoch }
    map.entries.set(key, entry)
    if (settings.keyTtl > 0) this.#entryEnds.set(entry, now + settings.keyTtl)
    return this.#done(channel, idempotencyKey, message, map, now)
  }

  remove(channel: string, key: string, idempotencyKey: string, settings: MapSettings, now: number): Update {
    const repeated = this.#repeated(channel, idempotencyKey, now)
    if (repeated !== undefined) return repeated
    const map = this.#maps.get(channel)
    const existing = map?.entries.get(key)
    if (map === undefined || existing === undefined) {
      return { position: map?.stream.position ?? nowhere, suppressed: "key_not_found" }
    }
    map.entries.delete(key)
    this.#entryEnds.delete(existing)
    const message = this.#append(map, settings, now, removalOf(existing, now))
    return this.#done(channel, idempotencyKey, message, map, now)
  }

  /** Reads the entries; `undefined` if the revision belongs to another map. */
  readState(
    channel: string,
    revision: string | undefined,
    query: StateQuery,
    settings: MapSettings,
    now: number
  ):
    | { readonly entries: ReadonlyArray<Message>; readonly position: Position; readonly cursor: string }
    | undefined {
    this.#keep(channel, settings, now)
    const isNew = !this.#maps.has(channel)
    const map = this.#open(channel)
    const { position } = map.stream
    // Only this method also compares an empty epoch, unless the map is new.
    if (revision !== undefined && revision !== (isNew ? "" : position.epoch)) return undefined
    if (query.key !== "") {
      const entry = map.entries.get(query.key)
      return { entries: entry === undefined ? [] : [entry.message], position, cursor: "" }
    }
    if (query.limit === 0) return { entries: [], position, cursor: "" }
    const { hasMore, keys } = map.entries.keysAfter(query.cursor, query.limit)
    return {
      entries: keys.map((key) => map.entries.get(key)!.message),
      position,
      cursor: hasMore ? keys.at(-1)! : ""
    }
  }

  /** Reads the changes; `undefined` if the position belongs to another stream or later changes are gone. */
  readStream(
    channel: string,
    since: Since | undefined,
    page: Page,
    settings: MapSettings | undefined,
    now: number
  ): { readonly entries: ReadonlyArray<Message>; readonly position: Position } | undefined {
    if (settings !== undefined) this.#keep(channel, settings, now)
    const isNew = !this.#maps.has(channel)
    const { stream } = this.#open(channel)
    const { position } = stream
    if (isNew) return { entries: [], position }
    if (since === undefined) return { entries: stream.get(page), position }
    if (since.epoch !== "" && since.epoch !== position.epoch) return undefined
    const entries = stream.get(pageSince(since.offset, page))
    const first = entries[0]?.position.offset
    const hasGap =
      !page.reverse && since.offset > 0n && first !== undefined && BigInt(first) > following(since.offset)
    return hasGap ? undefined : { entries, position }
  }

  size(channel: string): number {
    return this.#maps.get(channel)?.entries.size ?? 0
  }

  clear(channel: string): void {
    for (const entry of this.#maps.get(channel)?.entries.values() ?? []) this.#entryEnds.delete(entry)
    this.#maps.delete(channel)
    this.#results.delete(channel)
    this.#streamEnds.delete(channel)
    this.#removals.delete(channel)
  }

  /** Expires keys in order of time: each expiry is itself a change. */
  advance(now: number): void {
    for (let at = this.next(); at <= now; at = this.next()) {
      for (const channel of this.#streamEnds.takeDue(at)) this.#maps.get(channel)?.stream.clear()
      for (const channel of this.#removals.takeDue(at)) this.#maps.delete(channel)
      for (const entry of this.#entryEnds.takeDue(at)) this.#expire(entry, at)
    }
  }

  next(): number {
    return Math.min(this.#entryEnds.next(), this.#streamEnds.next(), this.#removals.next())
  }

  #expire(entry: Entry, now: number): void {
    const map = this.#maps.get(entry.channel)
    if (map?.entries.get(entry.message.key!) !== entry) return
    map.entries.delete(entry.message.key!)
    const settings = this.lookup(entry.channel)?.map
    const make = removalOf(entry, now)
    // Unlike a removal by call, an expiry extends no lifetime.
    this.onChange(
      settings?.hasStream === true
        ? map.stream.add((offset) => make({ offset, epoch: map.stream.epoch }), settings.streamSize)
        : make(map.stream.position)
    )
  }

  #repeated(channel: string, key: string, now: number): Update | undefined {
    const results = key === "" ? undefined : this.#results.get(channel)
    results?.advance(now)
    const position = results?.find(key)
    return position === undefined ? undefined : { position, suppressed: "idempotency" }
  }

  #open(channel: string): KeyedMap {
    const existing = this.#maps.get(channel)
    if (existing !== undefined) return existing
    const map = { stream: new Stream<Message>(this.nextEpoch()), entries: new SortedMap<Entry>() }
    this.#maps.set(channel, map)
    return map
  }

  #append(map: KeyedMap, settings: MapSettings, now: number, make: (position: Position) => Message): Message {
    if (!settings.hasStream) return make(map.stream.position)
    const message = map.stream.add((offset) => make({ offset, epoch: map.stream.epoch }), settings.streamSize)
    this.#streamEnds.set(message.channel, now + settings.streamTtl)
    this.#keep(message.channel, settings, now)
    return message
  }

  /** Restarts the lifetime of the position. */
  #keep(channel: string, { metaTtl }: MapSettings, now: number): void {
    if (metaTtl > 0) this.#removals.set(channel, now + metaTtl)
  }

  #done(channel: string, idempotencyKey: string, message: Message, map: KeyedMap, now: number): Update {
    const { position } = map.stream
    if (idempotencyKey !== "") {
      const results = this.#results.get(channel) ?? new ResultCache()
      results.save(idempotencyKey, position, now)
      this.#results.set(channel, results)
    }
    this.onChange(message)
    return { position }
  }
}

const removalOf =
  ({ channel, message }: Entry, now: number) =>
  (position: Position): Message => ({
    channel,
    key: message.key!,
    removed: true,
    payload: Payload.empty,
    tags: message.tags,
    position,
    time: now
  })
