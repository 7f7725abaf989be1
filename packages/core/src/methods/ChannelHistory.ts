/**
 * What was published to a channel (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../method/ApiMethod.js"
import * as Wire from "../wire/Wire.js"

/**
 * Publications of a channel's stream, and the position of its top (`offset`, `epoch`), which is not
 * that of the last publication returned.
 *
 * Publications that have been dropped (size, ttl) before `since` was asked for leave a gap without
 * an error: compare the first offset with `since.offset + 1`. Fails with `NotAvailableError` where
 * the namespace keeps no history and `UnrecoverablePositionError` where `since.epoch` is another
 * stream's.
 *
 * @since 0.1.0
 */
export const history = ApiMethod.make("history", {
  payload: {
    channel: Wire.ChannelName,
    /** How many publications at most; 0, the default, asks for the position only, -1 for all. */
    limit: Schema.optional(Wire.Int32),
    /** Only what came after this position (with `reverse`: before). */
    since: Schema.optional(Wire.StreamPosition),
    /** From the newest to the oldest. Default `false`. */
    reverse: Schema.optional(Schema.Boolean)
  },
  result: {
    publications: Wire.List(Wire.Publication),
    offset: Wire.withDefault(Wire.SafeNatural, () => 0),
    epoch: Wire.Text
  },
  codes: [100, 102, 107, 108, 112],
  repeat: "read",
  hints: { 108: "History is off for the channel's namespace: set its history_size and history_ttl." }
})
