/**
 * Publishing to channels (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as CentrifugoError from "../../CentrifugoError.js"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

const publication = {
  /** What is published: any JSON value, or bytes. */
  data: Wire.Data,
  /** Deliver without adding to the channel's history. Default `false`. */
  skipHistory: Schema.optional(Schema.Boolean),
  /** Texts stored and delivered beside the data. */
  tags: Schema.optional(Wire.Texts),
  /** A second publish with the same key to the same channel within five minutes does nothing. */
  idempotencyKey: Schema.optional(Wire.IdempotencyKey),
  /** Let subscribers that agreed to it receive the difference only. Default: the namespace's. */
  delta: Schema.optional(Schema.Boolean),
  /** With history on: a publication whose version is not above the stream's is dropped. */
  version: Schema.optional(Wire.Uint64),
  /** The scope in which versions are compared. */
  versionEpoch: Schema.optional(Schema.String)
} as const

const publishSpec = {
  payload: {
    /** The channel to publish to. */
    channel: Wire.ChannelName,
    ...publication
  },
  result: Wire.place,
  codes: [100, 102, 107],
  repeat: "keyed"
} as const

/**
 * The payload of `publish`.
 *
 * @since 0.1.0
 */
export interface PublishPayload extends ApiMethod.PayloadOf<typeof publishSpec> {}

/**
 * The result of `publish`: `offset` and `epoch` are absent where the channel keeps no history.
 *
 * @since 0.1.0
 */
export interface PublishResult extends Wire.Place {}

/**
 * Every error of `publish`.
 *
 * @since 0.1.0
 */
export type PublishError = ApiMethod.ErrorOf<typeof publishSpec>

/**
 * Publishes data to one channel. Fails with `UnknownChannelError` (the namespace is not configured),
 * `BadRequestError` (the namespace refuses such data) or `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Publish`.
 *
 * @since 0.1.0
 */
export const publish: ApiMethod.ApiMethod<"publish", PublishPayload, PublishResult, PublishError> =
  ApiMethod.make("publish", publishSpec)

/**
 * What a single channel of a broadcast can fail with.
 *
 * @since 0.1.0
 */
export type BroadcastChannelError =
  | CentrifugoError.ByCode<(typeof channelCodes)[number]>
  | CentrifugoError.UnexpectedServerError
  | CentrifugoError.DecodeError

/**
 * What became of one channel of a broadcast.
 *
 * @since 0.1.0
 */
export interface BroadcastOutcome {
  /** The channel, as it was given. */
  readonly channel: string
  /** Where the publication went, or why it did not. */
  readonly outcome: Either.Either<PublishResult, BroadcastChannelError>
}

/**
 * The result of `broadcast`: one outcome per channel, in the given order.
 *
 * @since 0.1.0
 */
export type BroadcastResult = Array<BroadcastOutcome>

const channelCodes = [100, 102, 107] as const

const broadcastSpec = {
  payload: {
    /** Where to publish: at least one channel, each of them not empty. */
    channels: Schema.Array(Wire.ChannelName),
    ...publication
  },
  result: {
    responses: Wire.List(
      Schema.Struct({
        error: Wire.absent(Schema.Struct({ code: Wire.Uint32, message: Wire.Text })),
        result: Wire.absent(Schema.Struct(Wire.place))
      })
    )
  },
  codes: [100, 107],
  repeat: "keyed"
} as const

/**
 * The payload of `broadcast`.
 *
 * @since 0.1.0
 */
export interface BroadcastPayload extends ApiMethod.PayloadOf<typeof broadcastSpec> {}

/**
 * Every error of `broadcast`.
 *
 * @since 0.1.0
 */
export type BroadcastError = ApiMethod.ErrorOf<typeof broadcastSpec>

interface BroadcastResponses extends ApiMethod.ResultOf<typeof broadcastSpec> {}

const sent: ApiMethod.ApiMethod<"broadcast", BroadcastPayload, BroadcastResponses, BroadcastError> =
  ApiMethod.make("broadcast", broadcastSpec)

/**
 * Publishes the same data to many channels at once. Succeeds with one outcome per channel, in the
 * given order, even if every one of them failed; `Batch.requireAll` turns any failure into the
 * call's own. The call itself fails with `BadRequestError` (no channels) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Broadcast`.
 *
 * @since 0.1.0
 */
export const broadcast: ApiMethod.ApiMethod<"broadcast", BroadcastPayload, BroadcastResult, BroadcastError> =
  ApiMethod.mapResult(sent, ({ responses }, { channels }, effort) => {
    const broken = (path: ReadonlyArray<string | number>, detail: string) =>
      new CentrifugoError.DecodeError({ ...effort, method: "broadcast", path, detail })
    if (responses.length > channels.length) {
      const detail = `${responses.length} responses to ${channels.length} channels`
      return Either.left(broken(["responses"], detail))
    }
    return Either.right(
      channels.map((channel, i): BroadcastOutcome => {
        const response = responses[i]
        if (response?.error !== undefined) {
          const origin = { ...effort, method: "broadcast", channel }
          return {
            channel,
            outcome: Either.left(CentrifugoError.fromServer(channelCodes, response.error, origin))
          }
        }
        return {
          channel,
          outcome:
            response?.result === undefined
              ? Either.left(broken(["responses", i], "neither a result nor an error for this channel"))
              : Either.right(response.result)
        }
      })
    )
  })
