/**
 * Reading map channels: their keys with values, and their stream of changes (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { channel, hints, key } from "./mapFields.js"
import { type AsRequest, each, field, type Form, type Returns, withSchemas } from "./typed.js"

const mapEntryFields = {
  /** The key. */
  key: Wire.Text,
  /** The value; absent if it is empty. */
  data: Wire.absent(Wire.JsonReply),
  /** The tags; empty if there are none. */
  tags: Wire.Dictionary(Schema.String),
  /** The offset in the map's stream of changes. */
  offset: Wire.withDefault(Wire.SafeNatural, () => 0),
  /** The score in an ordered map; 0 if there is none. */
  score: Wire.withDefault(Wire.SafeInteger, () => 0),
  /** Whether this change removed the key. */
  removed: Wire.Flag,
  /** When the entry was set, in Unix milliseconds. */
  time: Wire.absent(Wire.SafeInteger)
}

/**
 * A key of a map, or a change to it.
 *
 * @since 0.1.0
 */
export interface MapEntry extends Wire.Of<typeof mapEntryFields> {}

/**
 * Schema of a `MapEntry`.
 *
 * @since 0.1.0
 */
export const MapEntry: Schema.Schema<MapEntry> = Schema.Struct(mapEntryFields)

const page = {
  /** The entries on this page. */
  entries: Wire.List(MapEntry),
  ...Wire.top
} as const

const limit = {
  /** The maximum number of entries to return. 0, the default, returns only the position; -1 returns all. */
  limit: Schema.optional(Wire.Int32)
} as const

const mapReadStateSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** The start of the page: `cursor` of the previous page. */
    cursor: Schema.optional(Schema.String),
    ...limit,
    /** Only this key, regardless of `limit`. */
    key: Schema.optional(key),
    /** Whether to read ordered maps from the lowest score to the highest. Default `false`. */
    asc: Schema.optional(Schema.Boolean),
    /**
     * The offset of the first page's position, so that all pages belong to the same map. Only the epoch is
     * compared.
     */
    revisionOffset: Schema.optional(Wire.Uint64),
    /** The epoch of the first page's position. */
    revisionEpoch: Schema.optional(Schema.String)
  },
  result: {
    ...page,
    /** The cursor of the next page; absent after the last page. */
    cursor: Wire.absent(Schema.String)
  },
  codes: [100, 102, 107, 112],
  repeat: "read",
  hints
} as const

/**
 * The payload of `mapReadState`.
 *
 * @since 0.1.0
 */
export interface MapReadStatePayload extends ApiMethod.PayloadOf<typeof mapReadStateSpec> {}

/**
 * The result of `mapReadState`.
 *
 * @since 0.1.0
 */
export interface MapReadStateResult extends Wire.Top, ApiMethod.ResultOf<typeof mapReadStateSpec> {}

/**
 * Every error of `mapReadState`.
 *
 * @since 0.1.0
 */
export type MapReadStateError = ApiMethod.ErrorOf<typeof mapReadStateSpec>

const untypedReadState: ApiMethod.ApiMethod<
  "map_read_state",
  MapReadStatePayload,
  MapReadStateResult,
  MapReadStateError
> = ApiMethod.make("map_read_state", {
  ...mapReadStateSpec,
  // The server compares even an empty epoch, and it never matches (`protocol.md` trap 36).
  check: ({ revisionEpoch = "", revisionOffset = 0 }) =>
    revisionOffset > 0 && revisionEpoch === ""
      ? { path: ["revisionEpoch"], detail: "missing; revisionOffset alone matches no map" }
      : undefined
})

/**
 * The payload of `mapReadState` with a schema for the values.
 *
 * @since 0.1.0
 */
export interface TypedMapReadStatePayload<D, I> extends MapReadStatePayload {
  /** Decodes the data of each entry. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * A key of a map with its decoded value.
 *
 * @since 0.1.0
 */
export interface TypedMapEntry<D> extends Omit<MapEntry, "data"> {
  /** The decoded value. */
  readonly data: D
}

/**
 * The result of `mapReadState` with a schema.
 *
 * @since 0.1.0
 */
export interface TypedMapReadStateResult<D> extends Omit<MapReadStateResult, "entries"> {
  /** The entries on this page. */
  readonly entries: ReadonlyArray<TypedMapEntry<D>>
}

/**
 * The signatures of `mapReadState`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface MapReadStateCalls<F extends Form> {
  /**
   * Reads the keys of a map with their values, page by page, or a single key. `schema` decodes each entry's
   * `data`.
   *
   * Fails like the call without a schema, and with a `DecodeError` for data that the schema refuses.
   */
  <D, I>(
    payload: TypedMapReadStatePayload<D, I>,
    ...rest: F["rest"]
  ): Returns<F, "map_read_state", MapReadStatePayload, TypedMapReadStateResult<D>, MapReadStateError>
  /**
   * Reads the keys of a map with their values, page by page, or a single key.
   *
   * Fails with `UnrecoverablePositionError` if the map was recreated since `revisionEpoch`,
   * `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError`.
   */
  (
    payload: MapReadStatePayload,
    ...rest: F["rest"]
  ): Returns<F, "map_read_state", MapReadStatePayload, MapReadStateResult, MapReadStateError>
}

type UntypedReadState = typeof untypedReadState

/**
 * The method `mapReadState`, with or without a schema for one call.
 *
 * @since 0.1.0
 */
export interface MapReadState extends MapReadStateCalls<AsRequest>, UntypedReadState {}

/**
 * Reads the keys of a map with their values, page by page, or a single key.
 *
 * Fails with `UnrecoverablePositionError` if the map was recreated since `revisionEpoch`,
 * `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError`.
 *
 * With a `schema`, each entry's `data` is decoded. Data that does not match fails the call with a `DecodeError`
 * whose path leads to it. The schema must be synchronous.
 *
 * Server source: `internal/api/api.go`, `MapReadState`.
 *
 * @since 0.1.0
 */
export const mapReadState = withSchemas(untypedReadState, {
  decode: { schema: each("entries", field("data")) }
}) as MapReadState

const mapReadStreamSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** Only changes after this offset (with `reverse`: before it). */
    sinceOffset: Schema.optional(Wire.Uint64),
    /** The epoch of the offset. An empty or absent epoch is not compared. */
    sinceEpoch: Schema.optional(Schema.String),
    ...limit,
    /** Whether to read from the newest change to the oldest. Default `false`. */
    reverse: Schema.optional(Schema.Boolean)
  },
  result: page,
  codes: [100, 102, 107, 112],
  repeat: "read",
  hints
} as const

/**
 * The payload of `mapReadStream`.
 *
 * @since 0.1.0
 */
export interface MapReadStreamPayload extends ApiMethod.PayloadOf<typeof mapReadStreamSpec> {}

/**
 * The result of `mapReadStream`.
 *
 * @since 0.1.0
 */
export interface MapReadStreamResult extends Wire.Top, ApiMethod.ResultOf<typeof mapReadStreamSpec> {}

/**
 * Every error of `mapReadStream`.
 *
 * @since 0.1.0
 */
export type MapReadStreamError = ApiMethod.ErrorOf<typeof mapReadStreamSpec>

const untypedReadStream: ApiMethod.ApiMethod<
  "map_read_stream",
  MapReadStreamPayload,
  MapReadStreamResult,
  MapReadStreamError
> = ApiMethod.make("map_read_stream", mapReadStreamSpec)

/**
 * The payload of `mapReadStream` with a schema for the values.
 *
 * @since 0.1.0
 */
export interface TypedMapReadStreamPayload<D, I> extends MapReadStreamPayload {
  /** Decodes the data of each change. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * A change to a map: a key with its decoded value, or a removed key, without data.
 *
 * @since 0.1.0
 */
export type TypedMapChange<D> = Omit<MapEntry, "data" | "removed"> &
  ({ readonly removed: false; readonly data: D } | { readonly removed: true; readonly data?: never })

/**
 * The result of `mapReadStream` with a schema.
 *
 * @since 0.1.0
 */
export interface TypedMapReadStreamResult<D> extends Omit<MapReadStreamResult, "entries"> {
  /** The changes on this page. */
  readonly entries: ReadonlyArray<TypedMapChange<D>>
}

/**
 * The signatures of `mapReadStream`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface MapReadStreamCalls<F extends Form> {
  /**
   * Reads the stream of changes to a map. `schema` decodes the `data` of each change; a removed key has none.
   *
   * Fails like the call without a schema, and with a `DecodeError` for data that the schema refuses.
   */
  <D, I>(
    payload: TypedMapReadStreamPayload<D, I>,
    ...rest: F["rest"]
  ): Returns<F, "map_read_stream", MapReadStreamPayload, TypedMapReadStreamResult<D>, MapReadStreamError>
  /**
   * Reads the stream of changes to a map.
   *
   * Fails with `UnrecoverablePositionError` if `sinceEpoch` belongs to another stream, or if changes after
   * `sinceOffset` have been dropped; with `UnknownChannelError`, `BadRequestError` (not a map channel) and
   * `InternalError`.
   */
  (
    payload: MapReadStreamPayload,
    ...rest: F["rest"]
  ): Returns<F, "map_read_stream", MapReadStreamPayload, MapReadStreamResult, MapReadStreamError>
}

type UntypedReadStream = typeof untypedReadStream

/**
 * The method `mapReadStream`, with or without a schema for one call.
 *
 * @since 0.1.0
 */
export interface MapReadStream extends MapReadStreamCalls<AsRequest>, UntypedReadStream {}

/**
 * Reads the stream of changes to a map.
 *
 * Fails with `UnrecoverablePositionError` if `sinceEpoch` belongs to another stream, or if changes after
 * `sinceOffset` have been dropped; with `UnknownChannelError`, `BadRequestError` (not a map channel) and
 * `InternalError`.
 *
 * With a `schema`, the `data` of each change is decoded; a removed key has none. Data that does not match fails
 * the call with a `DecodeError` whose path leads to it. The schema must be synchronous.
 *
 * Server source: `internal/api/api.go`, `MapReadStream`.
 *
 * @since 0.1.0
 */
export const mapReadStream = withSchemas(untypedReadStream, {
  decode: {
    schema: each(
      "entries",
      field("data", ({ removed }) => removed === true)
    )
  }
}) as MapReadStream
