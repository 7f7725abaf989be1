/**
 * What was published to a channel (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { decodeError, reader } from "./schemas.js"

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
    /** How many publications at most; 0, the default, asks for the position only, -1 for all. */
    limit: Schema.optional(Wire.Int32),
    /** Only what came after this position (with `reverse`: before). */
    since: Schema.optional(Wire.StreamPosition),
    /** From the newest to the oldest. Default `false`. */
    reverse: Schema.optional(Schema.Boolean)
  },
  result: {
    /** The publications, in the order asked for; none without a `limit`. */
    publications: Wire.List(Wire.Publication),
    ...Wire.top
  },
  codes: [...shared.codes, 112],
  repeat: "read"
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
    // The server answers code 100 to it, which reads as if it were down (`protocol.md` trap 11).
    check: ({ reverse, since }) =>
      reverse === true && since !== undefined && BigInt(since.offset) === 0n
        ? {
            path: ["since", "offset"],
            detail: "nothing lies before offset 0; to start from the newest, leave since out"
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
  /** Reads each publication's `data`. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * A publication whose data was read by a schema.
 *
 * @since 0.1.0
 */
export interface TypedPublication<D> extends Omit<Wire.Publication, "data"> {
  /** As the schema read it. */
  readonly data: D
}

/**
 * A history whose data was read by a schema.
 *
 * @since 0.1.0
 */
export interface TypedHistory<D> extends Omit<HistoryResult, "publications"> {
  /** The publications, in the order asked for. */
  readonly publications: ReadonlyArray<TypedPublication<D>>
}

/**
 * The method, with or without a schema for the data of one call.
 *
 * @since 0.1.0
 */
export interface History extends Untyped {
  /** Reads a channel's history; `schema` decodes each publication's `data`. */
  <D, I>(
    payload: TypedHistoryPayload<D, I>
  ): ApiMethod.Request<"history", HistoryPayload, TypedHistory<D>, HistoryError>
  /** Reads the publications of a channel's history, and the position of its top. */
  (payload: HistoryPayload): ReturnType<Untyped>
}

const typed = <D, I>(schema: Schema.Schema<D, I>) => {
  const read = reader(schema)
  return ApiMethod.mapResult(untyped, ({ publications, ...top }, _, effort) => {
    const out: Array<TypedPublication<D>> = []
    for (const [i, publication] of publications.entries()) {
      const data = read(publication.data)
      if (Either.isLeft(data)) {
        return Either.left(decodeError("history", data.left, ["publications", i, "data"], effort))
      }
      out.push({ ...publication, data: data.right })
    }
    return Either.right({ ...top, publications: out })
  })
}

/**
 * Publications of a channel's stream, and the position of its top (`offset`, `epoch`), which is not
 * that of the last publication returned.
 *
 * Publications that have been dropped (size, ttl) before `since` was asked for leave a gap without
 * an error: compare the first offset with `since.offset + 1`. Fails with `NotAvailableError` where
 * the namespace keeps no history and `UnrecoverablePositionError` where `since.epoch` is another
 * stream's; `UnknownChannelError`, `BadRequestError` and `InternalError` are as for `publish`.
 *
 * With a `schema`, each publication's `data` is read by it, and one that does not fit fails the call
 * with a `DecodeError` that leads to it. The schema is run without waiting for anything.
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
export const history: History = Object.assign(
  (payload: HistoryPayload & { readonly schema?: Schema.Schema<unknown, unknown> }) => {
    if (payload?.schema === undefined) return untyped(payload)
    const { schema, ...given } = payload
    return typed(schema)(given)
  },
  untyped
) as History

const historyRemoveSpec = {
  ...shared,
  payload: {
    /** The channel. */
    channel: Wire.ChannelName
  },
  result: {},
  // A second time would also drop what was published since the first.
  repeat: "unsafe"
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
 * Drops the publications of a channel's stream. Its position stays, so that clients are not
 * disconnected.
 *
 * Fails with `NotAvailableError` where the namespace keeps no history, `UnknownChannelError` and
 * `InternalError`.
 *
 * Server source: `internal/api/api.go`, `HistoryRemove`.
 *
 * @since 0.1.0
 */
export const historyRemove: ApiMethod.ApiMethod<
  "history_remove",
  HistoryRemovePayload,
  HistoryRemoveResult,
  HistoryRemoveError
> = ApiMethod.make("history_remove", historyRemoveSpec)
