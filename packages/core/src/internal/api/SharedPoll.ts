/**
 * Shared polls: the server asks a backend for the state of keys on behalf of all that watch them, and
 * the backend may tell it before it asks (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

const version = Wire.where(Wire.Uint64, (version) => version > 0, "expected a version from 1 to 2^64 - 1")

const sharedPollPublishSpec = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName,
    /** Which value. */
    key: Wire.nonEmpty("a key"),
    /** The value: any JSON value, or bytes. */
    data: Wire.Data,
    /** Of the value, from 1; the server refuses 0. */
    version,
    /** The scope in which versions are compared: another one than before has every client start over. */
    epoch: Schema.optional(Schema.String)
  },
  result: {},
  codes: [100, 102, 107, 108],
  // A second time its version is a known one.
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

/**
 * Tells those that watch a key what its value is now. A version that is not above the known one is
 * dropped without a word.
 *
 * Fails with `NotAvailableError` where the namespace doesn't take publications, `UnknownChannelError`,
 * `BadRequestError` (the namespace's `subscription_type` is not `shared_poll`) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `SharedPollPublish`.
 *
 * @since 0.1.0
 */
export const sharedPollPublish: ApiMethod.ApiMethod<
  "shared_poll_publish",
  SharedPollPublishPayload,
  SharedPollPublishResult,
  SharedPollPublishError
> = ApiMethod.make("shared_poll_publish", sharedPollPublishSpec)
