/**
 * Map channels as streams: the keys of a map with their values, the changes to them, and one after the
 * other without a seam.
 *
 * What `HistoryStream` says of order, gaps, ends, memory and interruption also holds for `changes`. Maps
 * of the mode `ephemeral` have a state but no changes: asked for those, a stream fails with a
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
import { dataReader, type PublicationDataError } from "./internal/channel/publications.js"
import * as Centrifugo from "./Centrifugo.js"
import type { EncodeError } from "./CentrifugoError.js"
import type { Request } from "./ApiMethod.js"
import { type MapEntry, mapReadState, mapReadStream } from "./internal/api/MapChannels.js"
import { encodeError } from "./internal/api/schemas.js"
import { copy, isLast, positionOf } from "./internal/stream/copy.js"
import { type Backward, type Forward, type Name, problemOf } from "./internal/stream/options.js"
import { type Position, ReadNotSupportedError } from "./internal/stream/PositionError.js"
import * as read from "./internal/stream/read.js"

export type { Backward, Forward } from "./internal/stream/options.js"

/**
 * A key with its value; `data` is absent when the value is empty.
 *
 * @since 0.1.0
 */
export type Entry = typeof MapEntry.Type

/**
 * A key whose value was to be read by a schema; what does not fit is told for that key alone.
 *
 * @since 0.1.0
 */
export interface TypedEntry<D> extends Omit<Entry, "data"> {
  /** As the schema read it, or what is wrong with it. */
  readonly data: Either.Either<D, PublicationDataError>
}

/**
 * A key that was set, or removed (`removed`, without data). Save `position` to go on behind it.
 *
 * @since 0.1.0
 */
export type Change = Entry & { readonly position: Position }

/**
 * A change whose data was to be read by a schema. A removal has none.
 *
 * @since 0.1.0
 */
export type TypedChange<D> = Omit<Change, "data" | "removed"> &
  (
    | { readonly removed: false; readonly data: Either.Either<D, PublicationDataError> }
    | { readonly removed: true; readonly data?: never }
  )

/**
 * How to read changes. `follow` is for reading forwards.
 *
 * @since 0.1.0
 */
export type Options<R = never> = Forward<R> | Backward

/**
 * What `changes` can fail with.
 *
 * @since 0.1.0
 */
export type ChangesError = read.Failure<ReadError>

/**
 * What `state` and its entries can fail with.
 *
 * @since 0.1.0
 */
export type StateError = read.Failure<Request.Error<ReturnType<typeof mapReadState>>>

type ReadError = Request.Error<ReturnType<typeof mapReadStream>> | StateError

/** The changes to a map, as a stream that is read page by page. */
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
          // Of a map that keeps no changes the server says no more than that there are none.
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

/** The offset of an entry is that of the change that set it, from 1; where there are no changes, it is 0. */
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
              "a map of the mode ephemeral keeps no changes. Read its state, or let the mode be recoverable or persistent"
          })
        )
      : Effect.void

interface OfChannel {
  /** A map channel. */
  readonly channel: string
}

interface WithSchema<D, I> {
  /** Reads the data. It is run without waiting for anything. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * The changes to a map, from a position or from the oldest that is stored. With a `schema`, the data of each
 * is read by it, and is an `Either`.
 *
 * Fails as `CentrifugoApi.mapReadStream` does, with the `PositionError`s in place of its
 * `UnrecoverablePositionError`, with an `EncodeError` for options that can't be meant, and with a
 * `ReadNotSupportedError` where the server can't read the channel so.
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
      (centrifugo) =>
        Stream.map(
          read.stream(changesOf(centrifugo, options.channel), options as Options<R>),
          readingChanges(options)
        )
    )
  )) as typeof changes

/** The client, where the options are some. */
const checked = (
  method: string,
  options: unknown,
  names: ReadonlyArray<Name>
): Effect.Effect<Centrifugo.Service, EncodeError, Centrifugo.Centrifugo> => {
  const problem = problemOf(options, ["channel", "schema", ...names])
  return problem === undefined ? Centrifugo.Centrifugo : encodeError(method, problem, [])
}

type MaybeTyped = OfChannel & Partial<WithSchema<unknown, unknown>>

/** Reads the data of each change, where there is a schema. */
const readingChanges = ({ channel, schema }: MaybeTyped) => {
  const readData = schema === undefined ? undefined : dataReader(schema)
  return (change: Change) =>
    readData === undefined || change.removed ? change : { ...change, data: readData(channel, change) }
}

/** Reads the data of each entry, where there is a schema. */
const readingEntries = ({ channel, schema }: MaybeTyped) => {
  const readData = schema === undefined ? undefined : dataReader(schema)
  return (entry: Entry) => (readData === undefined ? entry : { ...entry, data: readData(channel, entry) })
}

/**
 * Which map, and how to read it.
 *
 * @since 0.1.0
 */
export interface StateOptions extends OfChannel {
  /** How many keys a request asks for: what is held in memory at a time. Default 100. */
  readonly pageSize?: number
}

/**
 * The keys of a map, and from where on its changes are to be read to keep up.
 *
 * @since 0.1.0
 */
export interface State<E> {
  /** The top of the map's stream when the first page was read. */
  readonly position: Position
  /**
   * The keys in no particular order. One that is set or removed while they are read may be there with the
   * old value, with the new one, or not at all; the changes since `position` tell in any case. A large map
   * on Redis may give a key more than once.
   */
  readonly entries: Stream.Stream<E, StateError>
}

/**
 * The keys of a map with their values, page by page; the first page is read at once, and the others as the
 * entries are taken. Fails as `CentrifugoApi.mapReadState` does, with an `EpochChangedError` where the map was
 * made anew between two pages.
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
    const centrifugo = yield* checked(mapReadState.method, options, ["pageSize"])
    const readPage = statePages(centrifugo, options)
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
    return { position, entries: Stream.map(entries, readingEntries(options)) }
  })) as typeof state

/** Reads pages of one state: all but the first are told the position of the first, whose epoch they must have. */
const statePages = (
  centrifugo: Centrifugo.Service,
  { channel, pageSize = read.defaultPageSize }: StateOptions
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
 * What `stateThenChanges` gives: first the map as it stands, then changes. All events up to `Complete`,
 * applied in their order, make up the map at its position.
 *
 * @since 0.1.0
 */
export type Event<E, C> =
  | { readonly _tag: "Entry"; readonly entry: E }
  | { readonly _tag: "Complete"; readonly position: Position }
  | { readonly _tag: "Change"; readonly change: C }

/**
 * The state of a map, and then the changes to it since, none twice: what is needed to keep a copy. Without
 * `follow` it ends where the map stood once the state had been read. To go on later, give `changes` the
 * position of `Complete`, or of the last change that came.
 *
 * What changes while the state is read comes as a `Change` between the entries, before each page; so at
 * `Complete` the copy is the map at that position. The server's `map.stream_size` (100 by default) must hold
 * the changes that are made while one page is taken and the next one read, and no more, however large the
 * map is. Where it does not, that is a `GapError`: raise it, or take the events faster, in a buffer if need be.
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
      const centrifugo = yield* checked(mapReadState.method, options, ["pageSize", "follow"])
      const { channel, follow, pageSize = read.defaultPageSize } = options
      const source = changesOf(centrifugo, channel)
      const readPage = statePages(centrifugo, options)
      const first = yield* readPage()
      yield* refuseWithoutStream(channel)(first)
      const nextPage = ({ cursor }: typeof first) => readPage(cursor, positionOf(first))
      const events = copy(source, first, nextPage, pageSize, (since) =>
        read.stream(source, { since, pageSize, ...(follow === undefined ? {} : { follow }) })
      )
      const [entryOf, changeOf] = [readingEntries(options), readingChanges(options)]
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
 * Which map, how to read it, and whether to go on.
 *
 * @since 0.1.0
 */
export interface FollowOptions<R = never> extends StateOptions {
  /** As for `changes`. */
  readonly follow?: Schedule.Schedule<unknown, unknown, R>
}
