/** What every reading of a stream takes. */
import type * as Schedule from "effect/Schedule"
import type { Position } from "./PositionError.js"

interface Paging {
  /** How many items a request asks for: what is held in memory at a time. Default 100. */
  readonly pageSize?: number
  /**
   * A saved position: only what came after it (with `reverse`: before it). Without it, from the oldest
   * that is stored (with `reverse`: from the newest).
   */
  readonly since?: Position
}

/**
 * From the oldest to the newest.
 *
 * @since 0.1.0
 */
export interface Forward<R> extends Paging {
  /** From the newest to the oldest: see `Backward`. Default `false`. */
  readonly reverse?: false
  /**
   * When to ask for more, once all was read; the stream ends when the schedule does. It begins anew
   * whenever something came, so that an exponential one is quick while there is traffic. Default: the
   * stream ends at what was the top when it began.
   */
  readonly follow?: Schedule.Schedule<unknown, unknown, R>
}

/**
 * From the newest to the oldest that is stored.
 *
 * @since 0.1.0
 */
export interface Backward extends Paging {
  /** From the newest to the oldest; `false` is allowed, so that it may be a variable. */
  readonly reverse: boolean
  /** What is read backwards has an end. */
  readonly follow?: never
}
