/**
 * Reads a channel's history as a `Stream`, page by page. Emits each publication exactly once and in order. If
 * publications are missing, the stream fails with an error that holds the last emitted position and the stream's
 * current top.
 *
 * - Every publication has a `position`. Save it after you process the publication, and pass it as `since` to
 *   continue from there, even in another process.
 * - The server can drop publications before they are read. Its answer then skips them without an error. The
 *   stream detects this and fails with a `GapError`, or with an `EpochChangedError` if the channel's stream was
 *   recreated. See `PositionError` for how to continue.
 * - Reading forwards, the stream ends at the publication that was the newest when it began, even if more are
 *   published meanwhile. With `follow`, it continues. Reading backwards, it ends at the oldest stored
 *   publication, and never emits publications made after it began.
 * - The stream holds one page at a time and requests the next one when that page has been consumed. Interrupting
 *   the stream interrupts the request. Requests use the client's policies and `CallOptions`. The stream itself
 *   does not retry.
 *
 * The stream uses the client in the context. For another client, use
 * `Stream.provideService(Centrifugo.Centrifugo, client)`.
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
import type { CallError, EncodeError } from "./CentrifugoError.js"
import type { Request } from "./ApiMethod.js"
import * as ChannelHistory from "./internal/api/ChannelHistory.js"
import { encodeError } from "./internal/api/schemas.js"
import type * as Wire from "./Wire.js"
import { type Backward, channelOf, type Forward, problemOf } from "./internal/stream/options.js"
import type { Position } from "./internal/stream/PositionError.js"
import * as read from "./internal/stream/read.js"

type PublicationOutcome<D> = publications.PublicationOutcome<D>

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
 * Options for reading. `follow` only applies to reading forwards.
 *
 * @since 0.1.0
 */
export type Options<R = never> = Forward<R> | Backward

/**
 * An item of a page: a publication, or the outcome of decoding one.
 *
 * @since 0.1.0
 */
export type Item = HasOffset | Either.Either<HasOffset, HasOffset>

interface HasOffset {
  readonly offset: number
}

/**
 * An item with its position. A publication gets the additional field `position`. An `Either` becomes the field
 * `outcome` of an object with a `position`.
 *
 * @since 0.1.0
 */
export type Positioned<P> = [P] extends [Either.Either<unknown, unknown>]
  ? { readonly position: Position; readonly outcome: P }
  : P & {
      /** The position to save. Pass it as `since` to continue after this item. */
      readonly position: Position
    }

/**
 * The errors of a stream whose page requests fail with `E`. The server's code 112 becomes a `PositionError`.
 *
 * @since 0.1.0
 */
export type Failure<E> = read.Failure<E>

/**
 * The errors of `history`.
 *
 * @since 0.1.0
 */
export type HistoryError = Failure<Request.Error<ReturnType<typeof ChannelHistory.history>>>

/**
 * The parameters of a page request.
 *
 * @since 0.1.0
 */
export type Query = read.Query

/**
 * A page of publications, with the position of the newest publication in their stream.
 *
 * @since 0.1.0
 */
export interface Page<P> {
  /** The publications, in the requested order. */
  readonly publications: ReadonlyArray<P>
  /** The offset of the newest publication in the stream, not of the last one on this page. */
  readonly offset: number
  /** The epoch of the stream. */
  readonly epoch: string
}

/**
 * Makes a stream from page requests that you supply, such as the `history` of a typed channel or of a custom
 * method.
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
            items: publications.map(positioned),
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

const positioned = <P extends Item>(item: P): Placed<P> => {
  const given: Item = item
  return { offset: (Either.isEither(given) ? Either.merge(given) : given).offset, item }
}

/**
 * Reads the publications of a channel. With a `schema`, each publication's `data` is decoded, and the stream
 * emits outcomes: data that does not match becomes a `PublicationDataError` and the stream continues.
 *
 * Fails with the errors of `CentrifugoApi.history`, but with `PositionError`s instead of
 * `UnrecoverablePositionError`; with an `EncodeError` for invalid options; and with a `ReadNotSupportedError` if
 * the server's engine cannot read backwards.
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
  /** Streams the publications of a channel as outcomes: `schema` decodes each publication's `data`. */
  <D, I, R = never>(
    options: Options<R> & OfChannel & WithSchema<D, I>
  ): Stream.Stream<Positioned<PublicationOutcome<D>>, HistoryError, Centrifugo.Centrifugo | R>
  /** Streams the publications of a channel, each with its position. */
  <R = never>(
    options: Options<R> & OfChannel
  ): Stream.Stream<Positioned<Wire.Publication>, HistoryError, Centrifugo.Centrifugo | R>
} = (<R>(options: Options<R> & Partial<OfChannel & WithSchema<unknown, unknown>>) =>
  Stream.suspend((): Stream.Stream<unknown, HistoryError, Centrifugo.Centrifugo | R> => {
    const problem = problemOf(options, ["channel", "schema", ...paging])
    if (problem !== undefined) return Stream.fail(encodeError("history", problem, []))
    const { channel: given = "", schema, ...rest } = options
    const name = channelOf("history", given)
    if (Either.isLeft(name)) return Stream.fail(name.left)
    const channel = name.right
    if (schema === undefined) {
      return fromRequests((query) => ChannelHistory.history({ channel, ...query }), rest as Options<R>)
    }
    const read = publications.history(schema)
    return fromRequests((query) => read({ channel, ...query }), rest as Options<R>)
  })) as typeof history

interface OfChannel {
  /** The channel to read: its name, or what `name` of a typed channel returns. */
  readonly channel: string | Either.Either<string, EncodeError>
}

interface WithSchema<D, I> {
  /** Decodes each publication's `data`. */
  readonly schema: Schema.Schema<D, I>
}

const paging = ["pageSize", "since", "reverse", "follow"] as const
