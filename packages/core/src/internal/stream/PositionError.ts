/**
 * Why a stream can't be read on from a position. The server tells some of it with code 112 and the
 * rest not at all (`protocol.md` trap 10); `HistoryStream` and `MapStream` find it out, and fail with
 * one of these.
 *
 * Each holds what is needed to recover: where the reader had got to (`position`), where the stream
 * stands now (`top`), and what is still stored (`first`). Going on is always one of two things:
 *
 * - read what is still stored, by the same call without `since`;
 * - load the state from elsewhere, and go on with `since: error.top`.
 *
 * They are no `CentrifugoError`s, which are failures of calls: here the calls went well.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Wire from "../../Wire.js"
import { TaggedError } from "../codec/TaggedError.js"

/**
 * A place in a channel's stream, to be saved and read on from. With an empty `epoch` it is not known
 * which stream it belongs to, and a stream made anew may go unnoticed.
 *
 * @since 0.1.0
 */
export const Position = Schema.Struct({
  /** Of a publication, within its stream: the first has 1. */
  offset: Wire.SafeNatural,
  /** Of the stream, which changes where it is made anew. */
  epoch: Schema.String
})

/**
 * A place in a channel's stream.
 *
 * @since 0.1.0
 */
export type Position = typeof Position.Type

const fields = {
  /** The method that was reading, by its name on the wire. */
  method: Schema.String,
  /** The channel that was being read. */
  channel: Schema.String,
  /** Of the last publication that was handed on; before the first, the given one. */
  position: Position,
  /** The newest publication's, when the failure was found. */
  top: Position
}

/** The offset of the next publication that there is; absent where nothing is stored. */
const first = Schema.optionalWith(Wire.SafeNatural, { exact: true })

const on = ({ channel, method }: { readonly channel: string; readonly method: string }): string =>
  `${method} (channel ${JSON.stringify(channel)})`

/**
 * Publications after `position` are gone: dropped by the history's size or time, or removed. The next
 * one that is stored has the offset `first`; without it, nothing is stored any more.
 *
 * @since 0.1.0
 */
export class GapError extends TaggedError<GapError>()("CentrifugoGapError", { ...fields, first }) {
  override get message(): string {
    const rest =
      this.first === undefined ? "nothing is stored any more" : `the next one stored is ${this.first}`
    return `${on(this)}: what came after offset ${this.position.offset} is gone, ${rest} (top ${this.top.offset}). Load the present state and go on from the top, or read what is stored by leaving since out.`
  }
}

/**
 * The stream was made anew since: the epoch of `position` is another one than that of `top`, and
 * offsets began from 1 again. The oldest publication of the new stream that is stored has the offset
 * `first`.
 *
 * @since 0.1.0
 */
export class EpochChangedError extends TaggedError<EpochChangedError>()("CentrifugoEpochChangedError", {
  ...fields,
  first
}) {
  override get message(): string {
    return `${on(this)}: the stream was made anew since offset ${this.position.offset}, its epoch is now ${JSON.stringify(this.top.epoch)} and was ${JSON.stringify(this.position.epoch)}. Load the present state and go on from the top, or read what is stored by leaving since out.`
  }
}

/**
 * The position lies behind the newest publication of its own epoch: it is another channel's, or the
 * server has lost what it had acknowledged (a replica that took over, a backup).
 *
 * @since 0.1.0
 */
export class PositionAheadError extends TaggedError<PositionAheadError>()(
  "CentrifugoPositionAheadError",
  fields
) {
  override get message(): string {
    return `${on(this)}: offset ${this.position.offset} lies behind the top of the stream, ${this.top.offset}. It may be another channel's, or the server has lost publications: load the present state and go on from the top.`
  }
}

/**
 * The server can't read this channel so: backwards from an engine that has no order but one, or changes of
 * a map that keeps none. `option` is the server's option that decides about it. No repetition helps, and
 * nothing is missing: it is no `PositionError`.
 *
 * @since 0.1.0
 */
export class ReadNotSupportedError extends TaggedError<ReadNotSupportedError>()(
  "CentrifugoReadNotSupportedError",
  {
    /** The method that was reading, by its name on the wire. */
    method: Schema.String,
    /** The channel that was being read. */
    channel: Schema.String,
    /** The server's option. */
    option: Schema.String,
    /** What was seen, and what to do. */
    detail: Schema.String
  }
) {
  override get message(): string {
    return `${on(this)}: ${this.detail} (the server's option ${this.option}).`
  }
}

/**
 * All reasons why a stream can't be read on from a position, as a Schema: errors may cross process
 * boundaries.
 *
 * @since 0.1.0
 */
export const PositionError = Schema.Union(GapError, EpochChangedError, PositionAheadError)

/**
 * Any of them.
 *
 * @since 0.1.0
 */
export type PositionError = typeof PositionError.Type
