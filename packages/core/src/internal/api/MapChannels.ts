/**
 * Map channels: a map of keys to values, with a stream of changes (`protocol.md` 1.5). Their namespace has the
 * `subscription_type` `map`, `map_clients` or `map_users`; for any other the server answers `BadRequestError`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

const hints = { 107: "The namespace's subscription_type must be map, map_clients or map_users." }

const channel = Wire.ChannelName
const key = Wire.nonEmpty("a key")

const update = {
  ...Wire.place,
  /** Whether the call succeeded without changing anything. */
  suppressed: Wire.Flag,
  /**
   * Why: `"idempotency"` (a repeated key), `"version"` (not newer than the current one), `"key_exists"` (with
   * `keyMode: "if_new"`) or `"key_not_found"` (with `"if_exists"`, or nothing to remove).
   */
  suppressReason: Wire.absent(Schema.String)
} as const

const mapPublishSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** The key. */
    key,
    /** The value: any JSON value, or bytes (an empty `Uint8Array` for an empty value). */
    data: Wire.Data,
    /** The data of the change in the stream, instead of `data`. The open-source server ignores it. */
    streamData: Schema.optional(Wire.Data),
    /** Tags: strings stored and delivered with the data. */
    tags: Schema.optional(Wire.Texts),
    /** A second publish with the same idempotency key within five minutes does nothing. */
    idempotencyKey: Schema.optional(Wire.IdempotencyKey),
    /** Whether subscribers that negotiated deltas receive only the difference. Default: the namespace's setting. */
    delta: Schema.optional(Schema.Boolean),
    /**
     * The version of the value. A publish whose version is not newer than the key's is suppressed. Not for
     * `ephemeral` maps.
     */
    version: Schema.optional(Wire.Uint64),
    /** The scope in which versions are compared. */
    versionEpoch: Schema.optional(Schema.String),
    /** The position of the key in an ordered map. The open-source server ignores it. */
    score: Schema.optional(Wire.Int64),
    /** Publish only if the key does not exist, or only if it does. Default: in both cases. */
    keyMode: Schema.optional(Schema.Literal("if_new", "if_exists"))
  },
  result: update,
  codes: [100, 102, 107],
  repeat: "keyed",
  hints: { ...hints, 100: "A version in a map whose mode is ephemeral does this." },
  operation: "send"
} as const

/**
 * The payload of `mapPublish`.
 *
 * @since 0.1.0
 */
export interface MapPublishPayload extends ApiMethod.PayloadOf<typeof mapPublishSpec> {}

/**
 * The result of `mapPublish`.
 *
 * @since 0.1.0
 */
export interface MapPublishResult extends Wire.Place, ApiMethod.ResultOf<typeof mapPublishSpec> {}

/**
 * Every error of `mapPublish`.
 *
 * @since 0.1.0
 */
export type MapPublishError = ApiMethod.ErrorOf<typeof mapPublishSpec>

/**
 * Sets the value of a key. Check `suppressed`: a publish that `keyMode` or `version` prevented is a success.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError` (among others for
 * a `version` in an `ephemeral` map).
 *
 * Server source: `internal/api/api.go`, `MapPublish`.
 *
 * @since 0.1.0
 */
export const mapPublish: ApiMethod.ApiMethod<
  "map_publish",
  MapPublishPayload,
  MapPublishResult,
  MapPublishError
> = ApiMethod.make("map_publish", mapPublishSpec)

const mapRemoveSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** The key. */
    key,
    /** A second removal with the same idempotency key within five minutes does nothing. */
    idempotencyKey: Schema.optional(Wire.IdempotencyKey)
  },
  result: update,
  codes: [100, 102, 107],
  repeat: "keyed",
  hints,
  operation: "send"
} as const

/**
 * The payload of `mapRemove`.
 *
 * @since 0.1.0
 */
export interface MapRemovePayload extends ApiMethod.PayloadOf<typeof mapRemoveSpec> {}

/**
 * The result of `mapRemove`.
 *
 * @since 0.1.0
 */
export interface MapRemoveResult extends Wire.Place, ApiMethod.ResultOf<typeof mapRemoveSpec> {}

/**
 * Every error of `mapRemove`.
 *
 * @since 0.1.0
 */
export type MapRemoveError = ApiMethod.ErrorOf<typeof mapRemoveSpec>

/**
 * Removes a key. If it does not exist, the call succeeds with `suppressed`.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapRemove`.
 *
 * @since 0.1.0
 */
export const mapRemove: ApiMethod.ApiMethod<"map_remove", MapRemovePayload, MapRemoveResult, MapRemoveError> =
  ApiMethod.make("map_remove", mapRemoveSpec)

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
  /** When it was set, in Unix milliseconds. */
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
  /** The most entries to return. 0, the default, returns only the position; -1 returns all. */
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

/**
 * Reads the keys of a map with their values, page by page, or a single key.
 *
 * Fails with `UnrecoverablePositionError` if the map was recreated since `revisionEpoch`,
 * `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapReadState`.
 *
 * @since 0.1.0
 */
export const mapReadState: ApiMethod.ApiMethod<
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

/**
 * Reads the stream of changes to a map.
 *
 * Fails with `UnrecoverablePositionError` if `sinceEpoch` belongs to another stream, or if changes after
 * `sinceOffset` have been dropped; with `UnknownChannelError`, `BadRequestError` (not a map channel) and
 * `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapReadStream`.
 *
 * @since 0.1.0
 */
export const mapReadStream: ApiMethod.ApiMethod<
  "map_read_stream",
  MapReadStreamPayload,
  MapReadStreamResult,
  MapReadStreamError
> = ApiMethod.make("map_read_stream", mapReadStreamSpec)

const mapStatsSpec = {
  payload: {
    /** A map channel. */
    channel
  },
  result: {
    /** The number of keys. */
    numKeys: Wire.withDefault(Wire.Int32, () => 0)
  },
  codes: [100, 102, 107],
  repeat: "read",
  hints
} as const

/**
 * The payload of `mapStats`.
 *
 * @since 0.1.0
 */
export interface MapStatsPayload extends ApiMethod.PayloadOf<typeof mapStatsSpec> {}

/**
 * The result of `mapStats`.
 *
 * @since 0.1.0
 */
export interface MapStatsResult extends ApiMethod.ResultOf<typeof mapStatsSpec> {}

/**
 * Every error of `mapStats`.
 *
 * @since 0.1.0
 */
export type MapStatsError = ApiMethod.ErrorOf<typeof mapStatsSpec>

/**
 * Counts the keys of a map.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapStats`.
 *
 * @since 0.1.0
 */
export const mapStats: ApiMethod.ApiMethod<"map_stats", MapStatsPayload, MapStatsResult, MapStatsError> =
  ApiMethod.make("map_stats", mapStatsSpec)

const mapClearSpec = {
  payload: {
    /** A map channel. */
    channel
  },
  result: {},
  codes: [100, 102, 107],
  // A repeat would also remove keys set after the first call.
  repeat: "unsafe",
  hints
} as const

/**
 * The payload of `mapClear`.
 *
 * @since 0.1.0
 */
export interface MapClearPayload extends ApiMethod.PayloadOf<typeof mapClearSpec> {}

/**
 * The result of `mapClear`.
 *
 * @since 0.1.0
 */
export interface MapClearResult extends ApiMethod.ResultOf<typeof mapClearSpec> {}

/**
 * Every error of `mapClear`.
 *
 * @since 0.1.0
 */
export type MapClearError = ApiMethod.ErrorOf<typeof mapClearSpec>

/**
 * Removes all keys of a map.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapClear`.
 *
 * @since 0.1.0
 */
export const mapClear: ApiMethod.ApiMethod<"map_clear", MapClearPayload, MapClearResult, MapClearError> =
  ApiMethod.make("map_clear", mapClearSpec)
