/**
 * Map channels: a map of keys to values, with a stream of changes (`protocol.md` 1.5). Their namespace has the
 * `subscription_type` `map`, `map_clients` or `map_users`; for any other the server answers `BadRequestError`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { channel, hints, key } from "./mapFields.js"
import { type AsRequest, type Form, type Returns, withSchemas } from "./typed.js"

const update = {
  ...Wire.publicationPosition,
  /** Whether the call succeeded without changing anything. */
  suppressed: Wire.Flag,
  /**
   * Why nothing changed: `"idempotency"` (a repeated key), `"version"` (not newer than the current one),
   * `"key_exists"` (with `keyMode: "if_new"`) or `"key_not_found"` (with `"if_exists"`, or nothing to remove).
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
  hints: { ...hints, 100: "A version in a map whose mode is ephemeral causes this." },
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
export interface MapPublishResult
  extends Wire.PublicationPosition, ApiMethod.ResultOf<typeof mapPublishSpec> {}

/**
 * Every error of `mapPublish`.
 *
 * @since 0.1.0
 */
export type MapPublishError = ApiMethod.ErrorOf<typeof mapPublishSpec>

const untypedPublish: ApiMethod.ApiMethod<
  "map_publish",
  MapPublishPayload,
  MapPublishResult,
  MapPublishError
> = ApiMethod.make("map_publish", mapPublishSpec)

/**
 * The payload of `mapPublish` with a schema for the value.
 *
 * @since 0.1.0
 */
export interface TypedMapPublishPayload<D, I> extends Omit<MapPublishPayload, "data"> {
  /** The value. */
  readonly data: D
  /** Encodes the value. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * The signatures of `mapPublish`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface MapPublishCalls<F extends Form> {
  /**
   * Sets the value of a key. `schema` encodes `data`.
   *
   * Fails like the call without a schema, and with an `EncodeError` for data that the schema refuses.
   */
  <D, I>(
    payload: TypedMapPublishPayload<D, I>,
    ...rest: F["rest"]
  ): Returns<F, "map_publish", MapPublishPayload, MapPublishResult, MapPublishError>
  /**
   * Sets the value of a key. Check `suppressed`: a publish that `keyMode` or `version` prevented is a success.
   *
   * Fails with `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError` (among others
   * for a `version` in an `ephemeral` map).
   */
  (
    payload: MapPublishPayload,
    ...rest: F["rest"]
  ): Returns<F, "map_publish", MapPublishPayload, MapPublishResult, MapPublishError>
}

type UntypedPublish = typeof untypedPublish

/**
 * The method `mapPublish`, with or without a schema for one call.
 *
 * @since 0.1.0
 */
export interface MapPublish extends MapPublishCalls<AsRequest>, UntypedPublish {}

/**
 * Sets the value of a key. Check `suppressed`: a publish that `keyMode` or `version` prevented is a success.
 *
 * Fails with `UnknownChannelError`, `BadRequestError` (not a map channel) and `InternalError` (among others for
 * a `version` in an `ephemeral` map).
 *
 * A `schema` encodes `data`; a value that it refuses fails the call with an `EncodeError`. The schema must be
 * synchronous.
 *
 * Server source: `internal/api/api.go`, `MapPublish`.
 *
 * @since 0.1.0
 */
export const mapPublish = withSchemas(untypedPublish, { encode: { schema: "data" } }) as MapPublish

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
export interface MapRemoveResult extends Wire.PublicationPosition, ApiMethod.ResultOf<typeof mapRemoveSpec> {}

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
