/**
 * Automatic batching: calls made at the same time share a request. No call site changes.
 *
 * - Every caller gets its own result or error, and has its own timeout, deadline and interruption. Equal calls
 *   are not merged.
 * - A batch is sent when all fibers that are running at that moment have made their calls, or when it is full. A
 *   single call is sent at once by its caller's fiber, and not as a batch.
 * - The server carries out calls on the same channel in the order in which you made them, even if they are
 *   repeated. There is no order between channels. A call with several channels waits until no batch in flight
 *   uses any of them, and later calls on these channels wait for it.
 * - A call that the server answers with code 100 is repeated before newer calls on its channel.
 * - If a batch is lost, the calls whose retry policies allow it are sent again. A batch that is refused unread (413,
 *   or 400 for a call that the server can't read) is sent again in halves.
 * - An explicit `batch` and calls with their own headers are not batched, and not ordered with other calls.
 * - If a `history` returns publications that are not JSON, the server answers its whole batch with status 500.
 *   Read such channels through a client without batching.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigError } from "./CentrifugoError.js"
import { checked } from "./internal/http/duration.js"

/**
 * Limits of automatic batching.
 *
 * @since 0.1.0
 */
export interface Options {
  /** The maximum number of calls in a batch. Default 1,000. */
  readonly maxSize?: number
  /** The maximum size of a batch's body, in bytes. A larger call is sent alone. Default 1,000,000. */
  readonly maxBytes?: number
  /** The maximum number of batches in flight. Other calls are queued. Default 4. */
  readonly concurrency?: number
  /** The maximum number of queued calls. Further calls fail at once with an `OverloadedError`. Default: no limit. */
  readonly maxWaiting?: number | undefined
  /**
   * How long accepted calls may take to finish after the scope closes. The rest then fail with a `NetworkError`
   * (`ERR_CLOSED`). A call that was sent alone is left to the transport, which ends it when it closes. Measured by the
   * system's clock. Default 500 milliseconds.
   */
  readonly shutdownTimeout?: Duration.DurationInput
}

/**
 * Checked options, with defaults. The time is in milliseconds.
 *
 * @since 0.1.0
 */
export interface Checked {
  /** The maximum number of calls in a batch. */
  readonly maxSize: number
  /** The maximum size of a batch's body, in bytes. */
  readonly maxBytes: number
  /** The maximum number of batches in flight. */
  readonly concurrency: number
  /** The maximum number of queued calls; `Infinity` for no limit. */
  readonly maxWaiting: number
  /** How long accepted calls may take to finish after the scope closes, in milliseconds. */
  readonly shutdownTimeout: number
}

/**
 * Checks options and fills in defaults. Fails with a `ConfigError` that names the first invalid option.
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
 * The batching limits of clients that are built in this context, as a context reference. Default `undefined`: no
 * batching.
 *
 * @since 0.1.0
 */
export class Default extends Context.Reference<Default>()("@effect-centrifugo/core/Batcher/Default", {
  defaultValue: (): Checked | undefined => undefined
}) {}

/**
 * Enables automatic batching for every client that is built on this layer. Each client has its own queue, even over a
 * shared transport. When a client closes, its accepted calls have `shutdownTimeout` to finish.
 *
 * Fails with a `ConfigError` for invalid limits, and on Cloudflare Workers, where a request must not wait for the I/O of
 * another: use `sendAll` or `batch` there.
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
