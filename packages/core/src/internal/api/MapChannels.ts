/**
 * Map channels: a value per key, with the stream of changes to them (`protocol.md` 1.5). Their
 * namespace has the `subscription_type` `map`, `map_clients` or `map_users`; the server answers
 * `BadRequestError` for any other.
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
  /** Whether the call changed nothing, though it succeeded. */
  suppressed: Wire.Flag,
  /**
   * Why: `"idempotency"` (a repeated key), `"version"` (not above the present one), `"key_exists"`
   * (with `keyMode: "if_new"`) or `"key_not_found"` (with `"if_exists"`, or nothing to remove).
   */
  suppressReason: Wire.absent(Schema.String)
} as const

const mapPublishSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** Which value. */
    key,
    /** The value: any JSON value, or bytes (an empty `Uint8Array` for an empty value). */
    data: Wire.Data,
    /** What the stream of changes has instead of `data`. The open-source server leaves it out of account. */
    streamData: Schema.optional(Wire.Data),
    /** Texts stored and delivered beside the data. */
    tags: Schema.optional(Wire.Texts),
    /** A second publish with the same idempotency key within five minutes does nothing. */
    idempotencyKey: Schema.optional(Wire.IdempotencyKey),
    /** Let subscribers that agreed to it receive the difference only. Default: the namespace's. */
    delta: Schema.optional(Schema.Boolean),
    /** A publish whose version is not above the key's is suppressed. Not for `ephemeral` maps. */
    version: Schema.optional(Wire.Uint64),
    /** The scope in which versions are compared. */
    versionEpoch: Schema.optional(Schema.String),
    /** The place of the key in an ordered map. The open-source server leaves it out of account. */
    score: Schema.optional(Wire.Int64),
    /** Only where the key is not there yet, or only where it is. Default: either way. */
    keyMode: Schema.optional(Schema.Literal("if_new", "if_exists"))
  },
  result: update,
  codes: [100, 102, 107],
  repeat: "keyed",
  hints: { ...hints, 100: "A version in a map whose mode is ephemeral does this." }
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
 * Sets the value of a key. Look at `suppressed`: a publish that was refused by its `keyMode` or its
 * `version` is a success.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (no map channel) and `InternalError` (a
 * `version` in an `ephemeral` map, among others).
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
    /** Which value. */
    key,
    /** A second removal with the same idempotency key within five minutes does nothing. */
    idempotencyKey: Schema.optional(Wire.IdempotencyKey)
  },
  result: update,
  codes: [100, 102, 107],
  repeat: "keyed",
  hints
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
 * Removes a key; where it is not there, that is a success with `suppressed`.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (no map channel) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapRemove`.
 *
 * @since 0.1.0
 */
export const mapRemove: ApiMethod.ApiMethod<"map_remove", MapRemovePayload, MapRemoveResult, MapRemoveError> =
  ApiMethod.make("map_remove", mapRemoveSpec)

const mapEntryFields = {
  /** Which value. */
  key: Wire.Text,
  /** Absent when the value is empty. */
  data: Wire.absent(Wire.JsonReply),
  /** Texts published beside the data; empty where there were none. */
  tags: Wire.Dictionary(Schema.String),
  /** Place in the map's stream of changes. */
  offset: Wire.withDefault(Wire.SafeNatural, () => 0),
  /** The place in an ordered map; 0 where there is none. */
  score: Wire.withDefault(Wire.SafeInteger, () => 0),
  /** In a stream: whether the change was a removal. */
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
  /** The page's entries. */
  entries: Wire.List(MapEntry),
  ...Wire.top
} as const

const limit = {
  /** How many entries at most; 0, the default, asks for the position only, -1 for all. */
  limit: Schema.optional(Wire.Int32)
} as const

const mapReadStateSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** Where the page begins: the `cursor` of the one before. */
    cursor: Schema.optional(Schema.String),
    ...limit,
    /** Only this key, whatever `limit` says. */
    key: Schema.optional(key),
    /** Ordered maps from the lowest score to the highest. Default `false`. */
    asc: Schema.optional(Schema.Boolean),
    /** The position of the first page, so that all pages are of one map; only the epoch is compared. */
    revisionOffset: Schema.optional(Wire.Uint64),
    /** Of the stream that `revisionOffset` belongs to. */
    revisionEpoch: Schema.optional(Schema.String)
  },
  result: {
    ...page,
    /** Where the next page begins; absent after the last. */
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
 * The keys of a map with their values, page by page, or a single one.
 *
 * Fails with `UnrecoverablePositionError` where the map was made anew since `revisionEpoch`,
 * `UnknownChannelError`, `BadRequestError` (no map channel) and `InternalError`.
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
  // The epoch is compared even if it is empty, and never equal then (`protocol.md` trap 36).
  check: ({ revisionEpoch = "", revisionOffset = 0 }) =>
    revisionOffset > 0 && revisionEpoch === ""
      ? { path: ["revisionEpoch"], detail: "missing; revisionOffset alone matches no map" }
      : undefined
})

const mapReadStreamSpec = {
  payload: {
    /** A map channel. */
    channel,
    /** Only what came after this offset (with `reverse`: before). */
    sinceOffset: Schema.optional(Wire.Uint64),
    /** Of the stream the offset belongs to. An empty or absent one is not compared. */
    sinceEpoch: Schema.optional(Schema.String),
    ...limit,
    /** From the newest to the oldest. Default `false`. */
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
 * The stream of changes to a map.
 *
 * Fails with `UnrecoverablePositionError` where `sinceEpoch` is another stream's, or where changes
 * after `sinceOffset` have been dropped already; with `UnknownChannelError`, `BadRequestError` (no map
 * channel) and `InternalError`.
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
    /** How many keys it has. */
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
 * How many keys a map has.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (no map channel) and `InternalError`.
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
  // A second time would also remove what was set since the first.
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
 * Fails with `UnknownChannelError`, `BadRequestError` (no map channel) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `MapClear`.
 *
 * @since 0.1.0
 */
export const mapClear: ApiMethod.ApiMethod<"map_clear", MapClearPayload, MapClearResult, MapClearError> =
  ApiMethod.make("map_clear", mapClearSpec)
