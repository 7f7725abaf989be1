/**
 * Automatic batching: calls that are made at the same time travel together, and no call site shows it.
 *
 * - Each caller gets its own reply or error, and has its own timeout, deadline and interruption. Equal
 *   calls are never merged.
 * - A batch leaves when all who call at that moment have called, or when it is full. A call that is alone is
 *   sent at once, as itself, and by its caller's own fiber.
 * - Calls that touch the same channel are carried out in the order in which they were made, also where
 *   they have to be sent again. Between channels there is no order. A call that names several channels,
 *   such as a broadcast, waits until none of them is in use, and what comes after it waits with it.
 * - A call that the server answers with its code 100 is repeated by its caller, and loses its place.
 * - A batch that got lost is sent again for those of its calls whose retry policy allows it. A batch that
 *   is refused unread, for its size (413) or for a call in it that the server can't read (400), is sent in
 *   halves.
 * - What a batch can't carry passes by: an explicit `batch`, and calls with headers of their own. There is
 *   no order between these and the others.
 * - The server answers a batch as a whole: one `history` of publications that are not JSON makes it a 500
 *   for all that travel with it. Read such channels through a client without batching.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigError } from "./CentrifugoError.js"
import type { Limits } from "./internal/batcher/pack.js"
import { checked } from "./internal/http/duration.js"

/**
 * How calls are joined.
 *
 * @since 0.1.0
 */
export interface Options {
  /** How many calls go into a batch at most. Default 1,000. */
  readonly maxSize?: number
  /** How many bytes the body of a batch may have; a call that is larger goes alone. Default 1,000,000. */
  readonly maxBytes?: number
  /** How many batches are in flight at the same time; other calls wait. Default 4. */
  readonly concurrency?: number
  /** How many calls may wait; further ones fail at once with an `OverloadedError`. Default: no limit. */
  readonly maxWaiting?: number | undefined
  /**
   * How long calls that were accepted may wait and travel after the scope has been closed; what is not
   * done then fails. What was sent alone by then is the transport's to end, by its own rules. By the
   * system's clock. Default 500 milliseconds.
   */
  readonly shutdownTimeout?: Duration.DurationInput
}

/**
 * Options that have been checked; the time in milliseconds.
 *
 * @since 0.1.0
 */
export interface Checked extends Limits {}

/**
 * Checks options.
 *
 * @since 0.1.0
 */
export const check = (options: Options): Effect.Effect<Checked, ConfigError> =>
  Effect.gen(function* () {
    return {
      maxSize: yield* count("maxSize", options.maxSize ?? 1000),
      maxBytes: yield* count("maxBytes", options.maxBytes ?? 1_000_000),
      concurrency: yield* count("concurrency", options.concurrency ?? 4),
      maxWaiting:
        options.maxWaiting === undefined || options.maxWaiting === Infinity
          ? Infinity
          : yield* count("maxWaiting", options.maxWaiting),
      shutdownTimeout: yield* checked("batching.shutdownTimeout", options.shutdownTimeout ?? 500)
    }
  })

const count = (option: keyof Options, value: number): Effect.Effect<number, ConfigError> =>
  Number.isSafeInteger(value) && value > 0
    ? Effect.succeed(value)
    : new ConfigError({ option: `batching.${option}`, detail: "expected a whole number above zero" })

/**
 * The batching of the clients that are built with it in their context; `undefined` for none.
 *
 * @since 0.1.0
 */
export class Default extends Context.Reference<Default>()("@effect-centrifugo/core/Batcher/Default", {
  defaultValue: (): Checked | undefined => undefined
}) {}

/**
 * Switches automatic batching on for every client that is built above it. Each client has its own queue over the
 * transport that they share. Closing a client gives its accepted calls `shutdownTimeout`. Fails with a `ConfigError` for
 * limits that cannot work, and on Cloudflare Workers, where a request must not wait for the I/O of another: use `sendAll`
 * or `batch` there.
 *
 * @example
 * ```ts
 * import { Batcher, Centrifugo } from "@effect-centrifugo/core"
 * import { Layer } from "effect"
 *
 * const batched = Centrifugo.layerTransport().pipe(Layer.provide(Batcher.layer({ maxSize: 500 })))
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<Default, ConfigError> =>
  Layer.effect(
    Default,
    Effect.suspend(() => (isWorkers() ? notOnWorkers : check(options)))
  )

const isWorkers = (): boolean =>
  (globalThis as { readonly navigator?: { readonly userAgent?: unknown } }).navigator?.userAgent ===
  "Cloudflare-Workers"

const notOnWorkers = new ConfigError({
  option: "batching",
  detail:
    "Cloudflare Workers cancel a request that waits for the I/O of another, so calls of different requests must not " +
    "share a batch; leave it out, and use sendAll or batch within a request"
})
