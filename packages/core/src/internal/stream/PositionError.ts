/**
 * Reasons why a stream cannot continue from a position. The server reports some with code 112 and others not at
 * all (`protocol.md` trap 10). `HistoryStream` and `MapStream` detect them and fail with one of these errors.
 *
 * Each error holds what you need to recover: the reader's `position`, the stream's current `top`, and, except in
 * `PositionAheadError`, the `first` offset still stored. You have two ways to continue:
 *
 * - read what is still stored: make the same call without `since`;
 * - load the state from elsewhere, and continue with `since: error.top`.
 *
 * They are not `CentrifugoError`s, which report failed calls: here the calls succeeded.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Wire from "../../Wire.js"
import { isTagged, TaggedError } from "../codec/TaggedError.js"

/**
 * A position in a channel's stream. Save it to continue reading later. An empty `epoch` does not identify the
 * stream, so a recreated stream can go unnoticed.
 *
 * @since 0.1.0
 */
export const Position = Schema.Struct({
  /** The publication's offset in its stream; the first is 1. */
  offset: Wire.SafeNatural,
  /** The stream's epoch, which changes when the stream is recreated. */
  epoch: Schema.String
})

/**
 * A position in a channel's stream.
 *
 * @since 0.1.0
 */
export type Position = typeof Position.Type

const fields = {
  /** The wire name of the reading method. */
  method: Schema.String,
  /** The channel that was being read. */
  channel: Schema.String,
  /** The position of the last emitted publication; before the first one, the `since` position. */
  position: Position,
  /** The position of the newest publication when the error was detected. */
  top: Position
}

/** The offset of the next stored publication; absent if nothing is stored. */
const first = Schema.optionalWith(Wire.SafeNatural, { exact: true })

const on = ({ channel, method }: { readonly channel: string; readonly method: string }): string =>
  `${method} (channel ${JSON.stringify(channel)})`

/**
 * Publications after `position` are gone: the history's size or TTL dropped them, or they were removed. `first`
 * is the offset of the next stored publication; it is absent if nothing is stored.
 *
 * @since 0.1.0
 */
export class GapError extends TaggedError<GapError>()("CentrifugoGapError", { ...fields, first }) {
  override get message(): string {
    const rest = this.first === undefined ? "nothing is stored" : `the next stored one is ${this.first}`
    return `${on(this)}: publications after offset ${this.position.offset} are missing: ${rest} (top ${this.top.offset}). Load the current state and continue from the top, or leave since out to read what is stored.`
  }
}

/**
 * The stream was recreated: `position` and `top` have different epochs, and offsets started from 1 again.
 * `first` is the offset of the oldest stored publication in the new stream.
 *
 * @since 0.1.0
 */
export class EpochChangedError extends TaggedError<EpochChangedError>()("CentrifugoEpochChangedError", {
  ...fields,
  first
}) {
  override get message(): string {
    return `${on(this)}: the stream was recreated since offset ${this.position.offset}, its epoch is now ${JSON.stringify(this.top.epoch)} and was ${JSON.stringify(this.position.epoch)}. Load the current state and continue from the top, or leave since out to read what is stored.`
  }
}

/**
 * The position is beyond the newest publication of its own epoch. Either it belongs to another channel, or the
 * server lost acknowledged publications (failover to a replica, restore of a backup).
 *
 * @since 0.1.0
 */
export class PositionAheadError extends TaggedError<PositionAheadError>()(
  "CentrifugoPositionAheadError",
  fields
) {
  override get message(): string {
    return `${on(this)}: offset ${this.position.offset} is above the top of the stream, ${this.top.offset}. It may belong to another channel, or the server has lost publications: load the current state and continue from the top.`
  }
}

/**
 * The server cannot read this channel in this way: backwards from an engine that only reads forwards, or
 * changes of a map that keeps none. `option` names the server option to change. Retrying does not help. It is
 * not a `PositionError`, because nothing is missing.
 *
 * @since 0.1.0
 */
export class ReadNotSupportedError extends TaggedError<ReadNotSupportedError>()(
  "CentrifugoReadNotSupportedError",
  {
    /** The wire name of the reading method. */
    method: Schema.String,
    /** The channel that was being read. */
    channel: Schema.String,
    /** The server option to change. */
    option: Schema.String,
    /** What the server returned, and what to do. */
    detail: Schema.String
  }
) {
  override get message(): string {
    return `${on(this)}: ${this.detail} (the server's option ${this.option}).`
  }
}

/**
 * The errors of a stream that cannot continue from a position, as a Schema, so that they can cross process
 * boundaries.
 *
 * @since 0.1.0
 */
export const PositionError = Schema.Union(GapError, EpochChangedError, PositionAheadError)

/**
 * Any of the position errors.
 *
 * @since 0.1.0
 */
export type PositionError = typeof PositionError.Type

const tags: ReadonlySet<unknown> = new Set(PositionError.members.map((member) => member._tag))

/**
 * Whether a value is a `PositionError`. Use it with `Effect.catchIf`; for streams there is `catchPositionError`.
 *
 * @since 0.1.0
 */
export const isPositionError = (u: unknown): u is PositionError => isTagged(u) && tags.has(u._tag)

/**
 * Switches to another stream when a stream fails with a `GapError`, `EpochChangedError` or `PositionAheadError`.
 * Other errors pass through. By then, the stream has emitted every item before the gap.
 *
 * @example
 * ```ts
 * import { HistoryStream } from "@effect-centrifugo/core"
 * import { Effect, Stream } from "effect"
 *
 * declare const reload: Effect.Effect<void>
 *
 * const program = HistoryStream.history({ channel: "orders", since: { offset: 17, epoch: "PBtGgIyp" } }).pipe(
 *   HistoryStream.catchPositionError(({ top }) =>
 *     Stream.concat(
 *       Stream.drain(Stream.fromEffect(reload)),
 *       HistoryStream.history({ channel: "orders", since: top })
 *     )
 *   )
 * )
 * ```
 * @since 0.1.0
 */
export const catchPositionError: {
  /** Returns a function that continues a stream with another one after a `PositionError`. */
  <A2, E2, R2>(
    handler: (error: PositionError) => Stream.Stream<A2, E2, R2>
  ): <A, E, R>(self: Stream.Stream<A, E, R>) => Stream.Stream<A | A2, Exclude<E, PositionError> | E2, R | R2>
  /** Continues with another stream after a `PositionError`. */
  <A, E, R, A2, E2, R2>(
    self: Stream.Stream<A, E, R>,
    handler: (error: PositionError) => Stream.Stream<A2, E2, R2>
  ): Stream.Stream<A | A2, Exclude<E, PositionError> | E2, R | R2>
} = dual(
  2,
  <A, E, R, A2, E2, R2>(
    self: Stream.Stream<A, E, R>,
    handler: (error: PositionError) => Stream.Stream<A2, E2, R2>
  ): Stream.Stream<A | A2, Exclude<E, PositionError> | E2, R | R2> =>
    Stream.catchAll(self, (error): Stream.Stream<A2, Exclude<E, PositionError> | E2, R2> =>
      isPositionError(error) ? handler(error) : Stream.fail(error as Exclude<E, PositionError>)
    )
)
