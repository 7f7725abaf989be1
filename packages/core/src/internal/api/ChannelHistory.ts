/**
 * Methods for the history of channels (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type AsRequest, each, field, type Form, type Returns, withSchemas } from "./typed.js"

const shared = {
  codes: [100, 102, 107, 108],
  hints: {
    108: "History is off for this channel: set history_size and history_ttl of its namespace, or of channel.without_namespace if its name has none."
  }
} as const

const historySpec = {
  ...shared,
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    /** The maximum number of publications to return. 0, the default, returns only the position; -1 returns all. */
    limit: Schema.optional(Wire.Int32),
    /** Return only publications after this position (with `reverse`: before it). */
    since: Schema.optional(Wire.StreamPosition),
    /** Whether to read from the newest publication to the oldest. Default `false`. */
    reverse: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The publications, in the requested order; empty without a `limit`. */
    publications: Wire.List(Wire.Publication),
    ...Wire.top
  },
  codes: [...shared.codes, 112],
  repeat: "read",
  operation: "receive"
} as const

/**
 * The payload of `history`.
 *
 * @since 0.1.0
 */
export interface HistoryPayload extends ApiMethod.PayloadOf<typeof historySpec> {}

/**
 * The result of `history`.
 *
 * @since 0.1.0
 */
export interface HistoryResult extends Wire.Top, ApiMethod.ResultOf<typeof historySpec> {}

/**
 * Every error of `history`.
 *
 * @since 0.1.0
 */
export type HistoryError = ApiMethod.ErrorOf<typeof historySpec>

const untyped: ApiMethod.ApiMethod<"history", HistoryPayload, HistoryResult, HistoryError> = ApiMethod.make(
  "history",
  {
    ...historySpec,
    // The server answers code 100, which looks like an outage (`protocol.md` trap 11).
    check: ({ reverse, since }) =>
      reverse === true && since !== undefined && BigInt(since.offset) === 0n
        ? {
            path: ["since", "offset"],
            detail: "nothing is before offset 0; to start from the newest publication, leave since out"
          }
        : undefined
  }
)

type Untyped = typeof untyped

/**
 * The payload of `history` with a schema for the publications' data.
 *
 * @since 0.1.0
 */
export interface TypedHistoryPayload<D, I> extends HistoryPayload {
  /** Decodes each publication's `data`. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * A publication with decoded data.
 *
 * @since 0.1.0
 */
export interface TypedPublication<D> extends Omit<Wire.Publication, "data"> {
  /** The decoded data. */
  readonly data: D
}

/**
 * A history with decoded data.
 *
 * @since 0.1.0
 */
export interface TypedHistory<D> extends Omit<HistoryResult, "publications"> {
  /** The publications, in the requested order. */
  readonly publications: ReadonlyArray<TypedPublication<D>>
}

/**
 * The signatures of `history`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface HistoryCalls<F extends Form> {
  /**
   * Reads the publications of a channel's history, and the position of its top (`offset`, `epoch`). `schema`
   * decodes each publication's `data`.
   *
   * Fails like the call without a schema, and with a `DecodeError` for data that the schema refuses.
   */
  <D, I>(
    payload: TypedHistoryPayload<D, I>,
    ...rest: F["rest"]
  ): Returns<F, "history", HistoryPayload, TypedHistory<D>, HistoryError>
  /**
   * Reads the publications of a channel's history, and the position of its top (`offset`, `epoch`). Without a
   * `limit`, it reads only the position.
   *
   * Fails with `NotAvailableError` if the namespace keeps no history, with `UnrecoverablePositionError` if
   * `since.epoch` belongs to another stream, with `UnknownChannelError`, `BadRequestError` and `InternalError`.
   */
  (
    payload: HistoryPayload,
    ...rest: F["rest"]
  ): Returns<F, "history", HistoryPayload, HistoryResult, HistoryError>
}

/**
 * The method `history`, with or without a schema for the data of one call.
 *
 * @since 0.1.0
 */
export interface History extends HistoryCalls<AsRequest>, Untyped {}

/**
 * Reads publications of a channel's stream, and the position of its top (`offset`, `epoch`), which is not the
 * position of the last publication returned.
 *
 * If publications after `since` have been dropped (size, TTL), the result has a gap, without an error: compare
 * the first offset with `since.offset + 1`. Fails with `NotAvailableError` if the namespace keeps no history,
 * and with `UnrecoverablePositionError` if `since.epoch` belongs to another stream. `UnknownChannelError`,
 * `BadRequestError` and `InternalError` are as for `publish`.
 *
 * With a `schema`, each publication's `data` is decoded. Data that does not match fails the call with a
 * `DecodeError` whose path leads to it. The schema must be synchronous.
 *
 * Server source: `internal/api/api.go`, `History`.
 *
 * @example
 * ```ts
 * import { Centrifugo } from "@effect-centrifugo/core"
 * import { Effect, Schema } from "effect"
 *
 * const Message = Schema.Struct({ text: Schema.String, at: Schema.Date })
 *
 * const last = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   const { publications } = yield* centrifugo.history({ channel: "news", limit: 10, schema: Message })
 *   return publications.map(({ data }) => `${data.at.toISOString()} ${data.text}`)
 * })
 * ```
 *
 * @since 0.1.0
 */
export const history = withSchemas(untyped, {
  decode: { schema: each("publications", field("data")) }
}) as History

const historyRemoveSpec = {
  ...shared,
  payload: {
    /** The channel. */
    channel: Wire.ChannelName
  },
  result: {},
  // A repeat would also drop publications made after the first call.
  repeat: "unsafe",
  consumers: true
} as const

/**
 * The payload of `historyRemove`.
 *
 * @since 0.1.0
 */
export interface HistoryRemovePayload extends ApiMethod.PayloadOf<typeof historyRemoveSpec> {}

/**
 * The result of `historyRemove`.
 *
 * @since 0.1.0
 */
export interface HistoryRemoveResult extends ApiMethod.ResultOf<typeof historyRemoveSpec> {}

/**
 * Every error of `historyRemove`.
 *
 * @since 0.1.0
 */
export type HistoryRemoveError = ApiMethod.ErrorOf<typeof historyRemoveSpec>

/**
 * Removes the publications of a channel's stream. Its position stays, so that clients are not disconnected.
 *
 * Fails with `NotAvailableError` if the namespace keeps no history, `UnknownChannelError` and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `HistoryRemove`.
 *
 * @since 0.1.0
 */
export const historyRemove: ApiMethod.ForConsumers<
  "history_remove",
  HistoryRemovePayload,
  HistoryRemoveResult,
  HistoryRemoveError
> = ApiMethod.make("history_remove", historyRemoveSpec)
