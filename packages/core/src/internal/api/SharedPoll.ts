/**
 * Shared polls: the server polls a backend for the state of keys on behalf of all clients that watch them. The
 * backend can also publish a change before the next poll (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import { type AsRequest, type Form, type Returns, withSchemas } from "./typed.js"

const version = Wire.where(Wire.Uint64, (version) => version > 0, "expected a version from 1 to 2^64 - 1")

const sharedPollPublishSpec = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    /** The key. */
    key: Wire.nonEmpty("a key"),
    /** The value: any JSON value, or bytes. */
    data: Wire.Data,
    /** The version of the value, from 1; the server rejects 0. */
    version,
    /** The scope in which versions are compared. A new epoch makes every client start over. */
    epoch: Schema.optional(Schema.String)
  },
  result: {},
  codes: [100, 102, 107, 108],
  // A repeat has a version that the server already knows.
  repeat: "natural",
  hints: {
    107: "The namespace's subscription_type must be shared_poll.",
    108: "Set shared_poll.mode of the channel's namespace to versioned and shared_poll.publish_enabled to true."
  }
} as const

/**
 * The payload of `sharedPollPublish`.
 *
 * @since 0.1.0
 */
export interface SharedPollPublishPayload extends ApiMethod.PayloadOf<typeof sharedPollPublishSpec> {}

/**
 * The result of `sharedPollPublish`.
 *
 * @since 0.1.0
 */
export interface SharedPollPublishResult extends ApiMethod.ResultOf<typeof sharedPollPublishSpec> {}

/**
 * Every error of `sharedPollPublish`.
 *
 * @since 0.1.0
 */
export type SharedPollPublishError = ApiMethod.ErrorOf<typeof sharedPollPublishSpec>

const untyped: ApiMethod.ApiMethod<
  "shared_poll_publish",
  SharedPollPublishPayload,
  SharedPollPublishResult,
  SharedPollPublishError
> = ApiMethod.make("shared_poll_publish", sharedPollPublishSpec)

type Untyped = typeof untyped

/**
 * The payload of `sharedPollPublish` with a schema for the value.
 *
 * @since 0.1.0
 */
export interface TypedSharedPollPublishPayload<D, I> extends Omit<SharedPollPublishPayload, "data"> {
  /** The value. */
  readonly data: D
  /** Encodes the value. */
  readonly schema: Schema.Schema<D, I>
}

/**
 * The signatures of `sharedPollPublish`, for each kind of client.
 *
 * @since 0.1.0
 */
export interface SharedPollPublishCalls<F extends Form> {
  /**
   * Publishes the current value of a key to the clients that watch it. `schema` encodes `data`.
   *
   * Fails like the call without a schema, and with an `EncodeError` for data that the schema refuses.
   */
  <D, I>(
    payload: TypedSharedPollPublishPayload<D, I>,
    ...rest: F["rest"]
  ): Returns<
    F,
    "shared_poll_publish",
    SharedPollPublishPayload,
    SharedPollPublishResult,
    SharedPollPublishError
  >
  /**
   * Publishes the current value of a key to the clients that watch it. The server drops a version that is not
   * newer than the known one, without an error.
   *
   * Fails with `NotAvailableError` if publishing is not enabled in the namespace, `UnknownChannelError`,
   * `BadRequestError` (the namespace's `subscription_type` is not `shared_poll`) and `InternalError`.
   */
  (
    payload: SharedPollPublishPayload,
    ...rest: F["rest"]
  ): Returns<
    F,
    "shared_poll_publish",
    SharedPollPublishPayload,
    SharedPollPublishResult,
    SharedPollPublishError
  >
}

/**
 * The method `sharedPollPublish`, with or without a schema for one call.
 *
 * @since 0.1.0
 */
export interface SharedPollPublish extends SharedPollPublishCalls<AsRequest>, Untyped {}

/**
 * Publishes the current value of a key to the clients that watch it. The server drops a version that is not
 * newer than the known one, without an error.
 *
 * Fails with `NotAvailableError` if publishing is not enabled in the namespace, `UnknownChannelError`,
 * `BadRequestError` (the namespace's `subscription_type` is not `shared_poll`) and `InternalError`.
 *
 * A `schema` encodes `data`; a value that it refuses fails the call with an `EncodeError`. The schema must be
 * synchronous.
 *
 * Server source: `internal/api/api.go`, `SharedPollPublish`.
 *
 * @since 0.1.0
 */
export const sharedPollPublish = withSchemas(untyped, { encode: { schema: "data" } }) as SharedPollPublish
