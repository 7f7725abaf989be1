/**
 * A channel's history as a `Stream`: page by page, each publication exactly once and in order, or an
 * error that says what is missing.
 *
 * - Every publication has its `position`. Save it when you are done with the publication, and give it as
 *   `since` to go on from there, in another process if need be.
 * - What the server leaves out without a word, publications that were dropped before they were read, is a
 *   `GapError`; a stream made anew an `EpochChangedError`. See `PositionError` for how to go on.
 * - Forwards it ends at what was the top when it began, however much is published meanwhile; with `follow`
 *   it goes on. Backwards it ends at the oldest that is stored by then, and never hands on what was
 *   published since it began.
 * - One page is held at a time, and the next is asked for when the first one has been taken. Interrupting
 *   the stream interrupts the request. A request follows the client's policies, `CallOptions` included,
 *   and is repeated by those alone.
 *
 * It is run with the client in the context; for another one, `Stream.provideService(Centrifugo.Centrifugo,
 * client)`.
 *
 * @example
 * ```ts
 * import { HistoryStream } from "@effect-centrifugo/core"
 * import { Console, Schedule, Stream } from "effect"
 *
 * const saved = { offset: 17, epoch: "PBtGgIyp" }
 *
 * const program = HistoryStream.history({
 *   channel: "chat:42",
 *   since: saved,
 *   follow: Schedule.spaced("1 second")
 * }).pipe(Stream.runForEach(({ data, position }) => Console.log(position.offset, data)))
 * ```
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as publications from "./internal/channel/publications.js"
import * as Centrifugo from "./Centrifugo.js"
import type { CallError } from "./CentrifugoError.js"
import type { Request } from "./ApiMethod.js"
import * as ChannelHistory from "./internal/api/ChannelHistory.js"
import { encodeError } from "./internal/api/schemas.js"
import type * as Wire from "./Wire.js"
import { type Backward, type Forward, problemOf } from "./internal/stream/options.js"
import type { Position } from "./internal/stream/PositionError.js"
import * as read from "./internal/stream/read.js"

type PublicationOutcome<D> = publications.PublicationOutcome<D>

export type { Backward, Forward } from "./internal/stream/options.js"

/**
 * How to read. `follow` is for reading forwards.
 *
 * @since 0.1.0
 */
export type Options<R = never> = Forward<R> | Backward

/**
 * What a page may hold: publications, or what came of reading each of them.
 *
 * @since 0.1.0
 */
export type Item = HasOffset | Either.Either<HasOffset, HasOffset>

interface HasOffset {
  readonly offset: number
}

/**
 * An item with where it stands: a publication has its `position` beside its own fields, an `Either` is the
 * `outcome` beside it.
 *
 * @since 0.1.0
 */
export type Positioned<P> = [P] extends [Either.Either<unknown, unknown>]
  ? { readonly position: Position; readonly outcome: P }
  : P & {
      /** To be saved, and given as `since` to go on behind it. */
      readonly position: Position
    }

/**
 * What reading can fail with, where a page can fail with `E`: code 112 becomes a `PositionError`.
 *
 * @since 0.1.0
 */
export type Failure<E> = read.Failure<E>

/**
 * What `history` can fail with.
 *
 * @since 0.1.0
 */
export type HistoryError = Failure<Request.Error<ReturnType<typeof ChannelHistory.history>>>

/**
 * What a page is asked for with.
 *
 * @since 0.1.0
 */
export type Query = read.Query

/**
 * A page of publications, and the top of the stream they are of.
 *
 * @since 0.1.0
 */
export interface Page<P> {
  /** In the order asked for. */
  readonly publications: ReadonlyArray<P>
  /** Of the newest publication in the stream, not of the last one here. */
  readonly offset: number
  /** Of the stream. */
  readonly epoch: string
}

/**
 * The stream over requests of one's own making, each for a page: of a typed channel, or of a `history` that
 * does more than the built-in one.
 *
 * @example
 * ```ts
 * import { HistoryStream, TypedChannel } from "@effect-centrifugo/core"
 * import { Effect, Either, Schema, Stream } from "effect"
 *
 * const Chat = TypedChannel.make("chat:{room}", { data: Schema.Struct({ text: Schema.String }) })
 *
 * const texts = HistoryStream.fromRequests((page) => Chat.history({ room: "42" }, page)).pipe(
 *   Stream.tap(({ outcome }) => (Either.isLeft(outcome) ? Effect.logWarning(outcome.left.message) : Effect.void)),
 *   Stream.filterMap(({ outcome }) => Either.getRight(outcome)),
 *   Stream.map(({ data }) => data.text)
 * )
 * ```
 * @since 0.1.0
 */
export const fromRequests = <P extends Item, E, R = never>(
  request: (query: Query) => Request<string, unknown, Page<P>, E>,
  options: Options<R> = {}
): Stream.Stream<Positioned<P>, Failure<E | CallError>, Centrifugo.Centrifugo | R> => {
  const items = Stream.unwrap(
    Effect.flatMap(Centrifugo.Centrifugo, (centrifugo) => {
      const { channels, method } = request({ limit: 1, reverse: false })
      const problem = problemOf(options, paging)
      if (problem !== undefined) return encodeError(method, problem, [])
      const source: read.Source<Placed<P>, E | CallError, never> = {
        method,
        channel: channels[0] ?? "",
        read: (query) =>
          Effect.map(centrifugo.send(request(query)), ({ publications, ...top }) => ({
            items: publications.map(place),
            ...top
          }))
      }
      return Effect.succeed(read.stream(source, options))
    })
  )
  return Stream.map(items, ({ item, position }) =>
    Either.isEither(item) ? { position, outcome: item } : { ...item, position }
  ) as Stream.Stream<Positioned<P>, Failure<E | CallError>, Centrifugo.Centrifugo | R>
}

interface Placed<P> extends HasOffset {
  readonly item: P
}

const place = <P extends Item>(item: P): Placed<P> => {
  const given: Item = item
  return { offset: (Either.isEither(given) ? Either.merge(given) : given).offset, item }
}

/**
 * The publications of a channel. With a `schema`, each one's `data` is read by it, and the stream is one of
 * outcomes: data that does not fit is a `PublicationDataError` among the others.
 *
 * Fails as `CentrifugoApi.history` does, with the `PositionError`s in place of its
 * `UnrecoverablePositionError`, with an `EncodeError` for options that can't be meant, and with a
 * `ReadNotSupportedError` where the server can't read the channel so.
 *
 * @example
 * ```ts
 * import { HistoryStream } from "@effect-centrifugo/core"
 * import { Either, Schema, Stream } from "effect"
 *
 * const Message = Schema.Struct({ text: Schema.String })
 *
 * const lastTen = HistoryStream.history({ channel: "chat:42", reverse: true, schema: Message }).pipe(
 *   Stream.filterMap(({ outcome }) => Either.getRight(outcome)),
 *   Stream.take(10),
 *   Stream.runCollect
 * )
 * ```
 * @since 0.1.0
 */
export const history: {
  <D, I, R = never>(
    options: Options<R> & { readonly channel: string; readonly schema: Schema.Schema<D, I> }
  ): Stream.Stream<Positioned<PublicationOutcome<D>>, HistoryError, Centrifugo.Centrifugo | R>
  <R = never>(
    options: Options<R> & { readonly channel: string }
  ): Stream.Stream<Positioned<Wire.Publication>, HistoryError, Centrifugo.Centrifugo | R>
} = (<R>(options: Options<R> & Partial<OfChannel & WithSchema<unknown, unknown>>) =>
  Stream.suspend((): Stream.Stream<unknown, HistoryError, Centrifugo.Centrifugo | R> => {
    const problem = problemOf(options, ["channel", "schema", ...paging])
    if (problem !== undefined) return Stream.fail(encodeError("history", problem, []))
    const { channel = "", schema, ...rest } = options
    if (schema === undefined) {
      return fromRequests((query) => ChannelHistory.history({ channel, ...query }), rest as Options<R>)
    }
    const read = publications.history(schema)
    return fromRequests((query) => read({ channel, ...query }), rest as Options<R>)
  })) as typeof history

interface OfChannel {
  readonly channel: string
}

interface WithSchema<D, I> {
  readonly schema: Schema.Schema<D, I>
}

const paging = ["pageSize", "since", "reverse", "follow"] as const
