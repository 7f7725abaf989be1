/**
 * Shared polls: the server polls a backend for the state of keys on behalf of all clients that watch them. The
 * backend can also publish a change before the next poll (`protocol.md` 1.5).
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

/**
 * Publishes the current value of a key to the clients that watch it. The server drops a version that is not
 * newer than the known one, without an error.
 *
 * Fails with `NotAvailableError` if publishing is not enabled in the namespace, `UnknownChannelError`,
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
