/**
 * Reads map channels as streams: the keys with their values (`state`), the changes (`changes`), or the keys and
 * then the changes without a gap (`stateThenChanges`).
 *
 * `changes` has the same guarantees as `HistoryStream`: order, gap detection, end, memory and interruption.
 * Maps with the mode `ephemeral` have a state but no changes: reading their changes fails with a
 * `ReadNotSupportedError` once the map has a key.
 *
 * @example
 * ```ts
 * import { MapStream } from "@effect-centrifugo/core"
 * import { Console, Schedule, Stream } from "effect"
 *
 * const program = MapStream.stateThenChanges({
 *   channel: "prices:eu",
 *   follow: Schedule.spaced("1 second")
 * }).pipe(
 *   Stream.runForEach((event) => {
 *     switch (event._tag) {
 *       case "Entry":
 *         return Console.log(event.entry.key, event.entry.data)
 *       case "Complete":
 *         return Console.log("all events up to here make up the map at", event.position)
 *       case "Change":
 *         return Console.log(event.change.key, event.change.removed ? "removed" : event.change.data)
 *     }
 *   })
 * )
 * ```
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { changeReader, type EntryChange, entryReader, type TypedEntry } from "./internal/channel/maps.js"
import * as Centrifugo from "./Centrifugo.js"
import type { EncodeError } from "./CentrifugoError.js"
import type { Request } from "./ApiMethod.js"
import { type MapEntry, mapReadState, mapReadStream } from "./internal/api/MapReads.js"
import { encodeError } from "./internal/api/schemas.js"
import { copy, isLast, positionOf } from "./internal/stream/copy.js"
import { type Backward, channelOf, type Forward, type Name, problemOf } from "./internal/stream/options.js"
import { type Position, ReadNotSupportedError } from "./internal/stream/PositionError.js"
import * as read from "./internal/stream/read.js"

export type { TypedEntry } from "./internal/channel/maps.js"
export type { Backward, Forward } from "./internal/stream/options.js"
export {
  catchPositionError,
  EpochChangedError,
  GapError,
  isPositionError,
  Position,
  PositionAheadError,
  PositionError,
  ReadNotSupportedError
} from "./internal/stream/PositionError.js"

/**
 * A key with its value. `data` is absent if the value is empty.
 *
 * @since 0.1.0
 */
export type Entry = typeof MapEntry.Type

/**
 * A change of a map: a key was set, or removed (`removed: true`, without data). Save `position` to continue
 * after it.
 *
 * @since 0.1.0
 */
export type Change = Entry & { readonly position: Position }

/**
 * A change with decoded data. A removal has none.
 *
 * @since 0.1.0
 */
export type TypedChange<D> = EntryChange<D> & { readonly position: Position }

/**
 * Options for reading changes. `follow` only applies to reading forwards.
 *
 * @since 0.1.0
 */
export type Options<R = never> = Forward<R> | Backward

/**
 * The errors of `changes`.
 *
 * @since 0.1.0
 */
export type ChangesError = read.Failure<ReadError>

/**
 * The errors of `state` and of its `entries` stream.
 *
 * @since 0.1.0
 */
export type StateError = read.Failure<Request.Error<ReturnType<typeof mapReadState>>>

type ReadError = Request.Error<ReturnType<typeof mapReadStream>> | StateError

/** The changes of a map as a source of pages. */
const changesOf = (centrifugo: Centrifugo.Service, channel: string): read.Source<Entry, ReadError, never> => {
  const source: read.Source<Entry, ReadError, never> = {
    method: mapReadStream.method,
    channel,
    read: ({ limit, reverse, since }) =>
      centrifugo
        .mapReadStream({
          channel,
          limit,
          reverse,
          ...(since === undefined ? {} : { sinceOffset: since.offset, sinceEpoch: since.epoch })
        })
        .pipe(
          Effect.map(({ entries, ...top }) => ({ items: entries, ...top })),
          // For a map that keeps no changes, the server returns an empty page without an error.
          Effect.tap(({ offset }) => (offset === 0 ? refuseEphemeral : Effect.void))
        )
  }
  const refuseEphemeral: Effect.Effect<void, ReadError> = Effect.suspend(() =>
    centrifugo
      .mapReadState({ channel, limit: 1 })
      .pipe(read.explained(source, undefined), Effect.flatMap(refuseWithoutStream(channel)))
  )
  return source
}

/**
 * Fails with a `ReadNotSupportedError` if the map keeps no changes: its entries then have the offset 0. Otherwise
 * an entry has the offset of the change that set it, from 1.
 */
const refuseWithoutStream =
  (channel: string) =>
  ({ entries }: { readonly entries: ReadonlyArray<Entry> }): Effect.Effect<void, ReadNotSupportedError> =>
    entries.some(({ offset }) => offset === 0)
      ? Effect.fail(
          new ReadNotSupportedError({
            method: mapReadStream.method,
            channel,
            option: "map.mode",
            detail:
              "an ephemeral map keeps no changes. Read its state, or set its mode to recoverable or persistent"
          })
        )
      : Effect.void

interface OfChannel {
  /** The map channel: its name, or what `name` of a typed channel returns. */
  readonly channel: string | Either.Either<string, EncodeError>
}

/** Options with the channel's name. */
interface Named {
  readonly channel: string
}

interface WithSchema<D, I> {
  /** The schema of the data. It must decode synchronously. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * Reads the changes of a map, from a position or from the oldest stored change. With a `schema`, the data of
 * each change is decoded into an `Either`.
 *
 * Fails with the errors of `CentrifugoApi.mapReadStream`, but with `PositionError`s instead of
 * `UnrecoverablePositionError`; with an `EncodeError` for invalid options; and with a `ReadNotSupportedError` if
 * the map keeps no changes or the server's engine cannot read backwards.
 *
 * @since 0.1.0
 */
export const changes: {
  <D, I, R = never>(
    options: Options<R> & OfChannel & WithSchema<D, I>
  ): Stream.Stream<TypedChange<D>, ChangesError, Centrifugo.Centrifugo | R>
  <R = never>(options: Options<R> & OfChannel): Stream.Stream<Change, ChangesError, Centrifugo.Centrifugo | R>
} = (<R>(options: Options<R> & OfChannel & Partial<WithSchema<unknown, unknown>>) =>
  Stream.unwrap(
    Effect.map(
      checked(mapReadStream.method, options, ["pageSize", "since", "reverse", "follow"]),
      ({ centrifugo, named }) =>
        Stream.map(
          read.stream(changesOf(centrifugo, named.channel), options as Options<R>),
          readingChanges(named)
        )
    )
  )) as typeof changes

/** Returns the client, and the options with the channel's name, if they are valid. */
const checked = <O extends OfChannel>(
  method: string,
  options: O,
  names: ReadonlyArray<Name>
): Effect.Effect<
  { readonly centrifugo: Centrifugo.Service; readonly named: O & Named },
  EncodeError,
  Centrifugo.Centrifugo
> => {
  const problem = problemOf(options, ["channel", "schema", ...names])
  return problem === undefined
    ? Effect.zipWith(Centrifugo.Centrifugo, channelOf(method, options.channel), (centrifugo, channel) => ({
        centrifugo,
        named: { ...options, channel }
      }))
    : encodeError(method, problem, [])
}

type MaybeTyped = Partial<WithSchema<unknown, unknown>>

/** Decodes the data of each change, if there is a schema. */
const readingChanges = ({ channel, schema }: Named & MaybeTyped) => {
  const read = schema === undefined ? undefined : changeReader(schema)
  return (change: Change) => (read === undefined ? change : read(channel, change))
}

/** Decodes the data of each entry, if there is a schema. */
const readingEntries = ({ channel, schema }: Named & MaybeTyped) => {
  const read = schema === undefined ? undefined : entryReader(schema)
  return (entry: Entry) => (read === undefined ? entry : read(channel, entry))
}

/**
 * Options of `state`: the channel and the page size.
 *
 * @since 0.1.0
 */
export interface StateOptions extends OfChannel {
  /** The page size: how many keys one request reads, and memory holds at a time. Default 100. */
  readonly pageSize?: number | undefined
}

/**
 * The keys of a map, and the position from which to read its changes.
 *
 * @since 0.1.0
 */
export interface State<E> {
  /** The position of the map's newest change when the first page was read. */
  readonly position: Position
  /**
   * The keys, in no particular order. A key that changes during the reading can appear with its old value, with
   * its new value, or not at all; the changes since `position` include it in any case. A large map on Redis can
   * return a key more than once.
   */
  readonly entries: Stream.Stream<E, StateError>
}

/**
 * Reads the keys of a map with their values, page by page. The first page is read at once, the others as the
 * entries are consumed. Fails with the errors of `CentrifugoApi.mapReadState`, and with an `EpochChangedError`
 * if the map was recreated between two pages.
 *
 * @example
 * ```ts
 * import { MapStream } from "@effect-centrifugo/core"
 * import { Effect, Stream } from "effect"
 *
 * const load = Effect.gen(function* () {
 *   const { entries, position } = yield* MapStream.state({ channel: "prices:eu" })
 *   const prices = new Map<string, unknown>()
 *   yield* Stream.runForEach(entries, ({ data, key }) => Effect.sync(() => prices.set(key, data)))
 *   return { prices, position } // MapStream.changes({ channel: "prices:eu", since: position })
 * })
 * ```
 * @since 0.1.0
 */
export const state: {
  <D, I>(
    options: StateOptions & WithSchema<D, I>
  ): Effect.Effect<State<TypedEntry<D>>, StateError, Centrifugo.Centrifugo>
  (options: StateOptions): Effect.Effect<State<Entry>, StateError, Centrifugo.Centrifugo>
} = ((options: StateOptions & MaybeTyped) =>
  Effect.gen(function* () {
    const { centrifugo, named } = yield* checked(mapReadState.method, options, ["pageSize"])
    const readPage = statePages(centrifugo, named)
    const first = yield* readPage()
    const position = positionOf(first)
    const firstPage: ReturnType<typeof readPage> = Effect.succeed(first)
    const entries = Stream.paginateChunkEffect(firstPage, (page) =>
      Effect.map(
        page,
        (page) =>
          [
            Chunk.unsafeFromArray(page.entries as Array<Entry>),
            isLast(page) ? Option.none() : Option.some(readPage(page.cursor, position))
          ] as const
      )
    )
    return { position, entries: Stream.map(entries, readingEntries(named)) }
  })) as typeof state

/**
 * Reads the pages of one state. All pages after the first are requested with the first page's position, and
 * must have its epoch.
 */
const statePages = (
  centrifugo: Centrifugo.Service,
  { channel, pageSize = read.defaultPageSize }: StateOptions & Named
) => {
  const source = { ...changesOf(centrifugo, channel), method: mapReadState.method }
  return (cursor?: string, first?: Position) =>
    centrifugo
      .mapReadState({
        channel,
        limit: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
        // An ephemeral map has no epoch to compare.
        ...(first === undefined || first.epoch === ""
          ? {}
          : { revisionOffset: first.offset, revisionEpoch: first.epoch })
      })
      .pipe(read.explained(source, first))
}

/**
 * An event of `stateThenChanges`: the map's state, then changes. All events up to `Complete`, applied in order,
 * give the map at its position.
 *
 * @since 0.1.0
 */
export type Event<E, C> =
  | { readonly _tag: "Entry"; readonly entry: E }
  | { readonly _tag: "Complete"; readonly position: Position }
  | { readonly _tag: "Change"; readonly change: C }

/**
 * Reads the state of a map, then each later change once: all you need to keep a copy. Without `follow`, the
 * stream ends at the change that was the newest when the state was complete. To continue later, pass `changes`
 * the position of `Complete`, or of the last change.
 *
 * Changes made during the reading arrive as `Change` events before each page, so at `Complete` your copy equals
 * the map at that position. The server's `map.stream_size` (default 100) must hold the changes made while you
 * process one page and the next one is read, regardless of the size of the map. If it does not, the stream fails
 * with a `GapError`: raise the option, or consume the events faster, for example with a buffer.
 *
 * @since 0.1.0
 */
export const stateThenChanges: {
  <D, I, R = never>(
    options: FollowOptions<R> & WithSchema<D, I>
  ): Stream.Stream<Event<TypedEntry<D>, TypedChange<D>>, StateError | ChangesError, Centrifugo.Centrifugo | R>
  <R = never>(
    options: FollowOptions<R>
  ): Stream.Stream<Event<Entry, Change>, StateError | ChangesError, Centrifugo.Centrifugo | R>
} = (<R>(options: FollowOptions<R> & MaybeTyped) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { centrifugo, named } = yield* checked(mapReadState.method, options, ["pageSize", "follow"])
      const { channel, follow, pageSize = read.defaultPageSize } = named
      const source = changesOf(centrifugo, channel)
      const readPage = statePages(centrifugo, named)
      const first = yield* readPage()
      yield* refuseWithoutStream(channel)(first)
      const nextPage = ({ cursor }: typeof first) => readPage(cursor, positionOf(first))
      const events = copy(source, first, nextPage, pageSize, (since) =>
        read.stream(source, { since, pageSize, ...(follow === undefined ? {} : { follow }) })
      )
      const [entryOf, changeOf] = [readingEntries(named), readingChanges(named)]
      return Stream.map(events, (event) => {
        switch (event._tag) {
          case "Entry":
            return { ...event, entry: entryOf(event.entry) }
          case "Change":
            return { ...event, change: changeOf(event.change) }
          case "Complete":
            return event
        }
      })
    })
  )) as typeof stateThenChanges

/**
 * Options of `stateThenChanges`: the channel, the page size, and when to poll for changes.
 *
 * @since 0.1.0
 */
export interface FollowOptions<R = never> extends StateOptions {
  /** When to poll for more changes after the stream has caught up, as for `changes`. Default: the stream ends. */
  readonly follow?: Schedule.Schedule<unknown, unknown, R> | undefined
}
