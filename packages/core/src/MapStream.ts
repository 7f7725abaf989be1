/**
 * Map channels as streams: the keys of a map with their values, the changes to them, and one after the
 * other without a seam.
 *
 * What `HistoryStream` says of order, gaps, ends, memory and interruption holds for `changes` as well.
 * Maps of the mode `ephemeral` have a state but no stream of changes.
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
 *         return Console.log("that was the state at", event.position)
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
import type { Request } from "./ApiMethod.js"
import { type MapEntry, mapReadState, mapReadStream } from "./internal/api/MapChannels.js"
import type { Backward, Forward } from "./internal/stream/options.js"
import type { Position } from "./internal/stream/PositionError.js"
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
export type ChangesError = read.Failure<Request.Error<ReturnType<typeof mapReadStream>>>

/**
 * What `state` and its entries can fail with.
 *
 * @since 0.1.0
 */
export type StateError = read.Failure<Request.Error<ReturnType<typeof mapReadState>>>

const changesOf = (
  centrifugo: Centrifugo.Service,
  channel: string
): read.Source<Entry, Request.Error<ReturnType<typeof mapReadStream>>, never> => ({
  method: mapReadStream.method,
  channel,
  read: ({ limit, reverse, since }) =>
    Effect.map(
      centrifugo.mapReadStream({
        channel,
        limit,
        reverse,
        ...(since === undefined ? {} : { sinceOffset: since.offset, sinceEpoch: since.epoch })
      }),
      ({ entries, ...top }) => ({ items: entries, ...top })
    )
})

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
 * Fails as `MapChannels.mapReadStream` does, with the `PositionError`s in place of its
 * `UnrecoverablePositionError`, and with an `EncodeError` for a `pageSize` or a `since` that can't be.
 *
 * @since 0.1.0
 */
export const changes: {
  <D, I, R = never>(
    options: Options<R> & OfChannel & WithSchema<D, I>
  ): Stream.Stream<TypedChange<D>, ChangesError, Centrifugo.Centrifugo | R>
  <R = never>(options: Options<R> & OfChannel): Stream.Stream<Change, ChangesError, Centrifugo.Centrifugo | R>
} = (<R>({ channel, schema, ...options }: Options<R> & OfChannel & Partial<WithSchema<unknown, unknown>>) => {
  const all = Stream.unwrap(
    Effect.map(Centrifugo.Centrifugo, (centrifugo) =>
      read.stream(changesOf(centrifugo, channel), options as Options<R>)
    )
  )
  if (schema === undefined) return all
  const readData = dataReader(schema)
  return Stream.map(all, (change) =>
    change.removed ? change : { ...change, data: readData(channel, change) }
  )
}) as typeof changes

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
 * entries are taken. Fails as `MapChannels.mapReadState` does, with an `EpochChangedError` where the map was
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
} = (({ schema, ...options }: StateOptions & Partial<WithSchema<unknown, unknown>>) => {
  const all = readState(options)
  if (schema === undefined) return all
  const readData = dataReader(schema)
  return Effect.map(all, ({ entries, position }) => ({
    position,
    entries: Stream.map(entries, (entry) => ({ ...entry, data: readData(options.channel, entry) }))
  }))
}) as typeof state

const readState = ({
  channel,
  pageSize
}: StateOptions): Effect.Effect<State<Entry>, StateError, Centrifugo.Centrifugo> =>
  Effect.gen(function* () {
    const centrifugo = yield* Centrifugo.Centrifugo
    const limit = yield* read.checkPageSize(mapReadState.method, pageSize)
    const source = { ...changesOf(centrifugo, channel), method: mapReadState.method }
    const page = (cursor?: string, position?: Position) =>
      centrifugo
        .mapReadState({
          channel,
          limit,
          ...(cursor === undefined ? {} : { cursor }),
          // An ephemeral map has no epoch to compare.
          ...(position === undefined || position.epoch === ""
            ? {}
            : { revisionOffset: position.offset, revisionEpoch: position.epoch })
        })
        .pipe(read.explained(source, position))
    const first = yield* page()
    const position = { offset: first.offset, epoch: first.epoch }
    const firstPage: ReturnType<typeof page> = Effect.succeed(first)
    // A page without entries need not be the last: Redis answers such to a cursor.
    const entries = Stream.paginateChunkEffect<typeof firstPage, Entry, StateError, never>(
      firstPage,
      (current) =>
        Effect.map(current, ({ cursor = "", entries }) => [
          Chunk.unsafeFromArray(entries as Array<Entry>),
          cursor === "" ? Option.none() : Option.some(page(cursor, position))
        ])
    )
    return { position, entries }
  })

/**
 * What `stateThenChanges` gives: the entries of the state, then `Complete` with the position that they and
 * all before it make up, then changes.
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
 * An entry that changed while the state was read comes as a change only, since that would put an older
 * value in its place otherwise.
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
} = (<D, I, R>({ follow, ...options }: FollowOptions<R> & WithSchema<D, I>) =>
  Stream.unwrap(
    Effect.map(state(options), ({ entries, position }) =>
      entries.pipe(
        Stream.filter(({ offset }) => offset <= position.offset),
        Stream.map((entry) => ({ _tag: "Entry", entry }) as const),
        Stream.concat(Stream.make({ _tag: "Complete", position } as const)),
        Stream.concat(
          Stream.map(
            changes({ ...options, since: position, ...(follow === undefined ? {} : { follow }) }),
            (change) => ({ _tag: "Change", change }) as const
          )
        )
      )
    )
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
