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
  /** The data to publish: any JSON value, or bytes. */
  data: Wire.Data,
  /** Whether to deliver without adding to the channel's history. Default `false`. */
  skipHistory: Schema.optional(Schema.Boolean),
  /** Tags: strings stored and delivered with the data. */
  tags: Schema.optional(Wire.Texts),
  /** A second publish with the same key to the same channel within five minutes does nothing. */
  idempotencyKey: Schema.optional(Wire.IdempotencyKey),
  /** Whether subscribers that negotiated deltas receive only the difference. Default: the namespace's setting. */
  delta: Schema.optional(Schema.Boolean),
  /**
   * The version of the data. If the channel has history, a publication whose version is not newer than the
   * stream's is dropped.
   */
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
  repeat: "keyed",
  operation: "send",
  consumers: true
} as const

/**
 * The payload of `publish`.
 *
 * @since 0.1.0
 */
export interface PublishPayload extends ApiMethod.PayloadOf<typeof publishSpec> {}

/**
 * The result of `publish`: `offset` and `epoch` are absent if the channel keeps no history.
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
 * Publishes `data` to one channel. Fails with `UnknownChannelError` (the namespace is not configured),
 * `BadRequestError` (the namespace does not accept the data) or `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Publish`.
 *
 * @since 0.1.0
 */
export const publish: ApiMethod.ForConsumers<"publish", PublishPayload, PublishResult, PublishError> =
  ApiMethod.make("publish", publishSpec)

/**
 * The errors of a single channel of a broadcast.
 *
 * @since 0.1.0
 */
export type BroadcastChannelError =
  | CentrifugoError.ByCode<(typeof channelCodes)[number]>
  | CentrifugoError.UnexpectedServerError
  | CentrifugoError.DecodeError

/**
 * The outcome for one channel of a broadcast.
 *
 * @since 0.1.0
 */
export interface BroadcastOutcome {
  /** The channel, as passed. */
  readonly channel: string
  /** The position of the publication, or why it failed. */
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
    /** The channels to publish to: at least one. An empty name fails alone, with a `BadRequestError`. */
    channels: Schema.Array(Schema.String).pipe(
      Schema.minItems(1, { message: () => "no channel in it; expected at least one channel" })
    ),
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
  repeat: "keyed",
  operation: "send",
  consumers: true
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

const sent: ApiMethod.ForConsumers<"broadcast", BroadcastPayload, BroadcastResponses, BroadcastError> =
  ApiMethod.make("broadcast", broadcastSpec)

/**
 * Publishes the same data to many channels. Succeeds with one outcome per channel, in the given order, even if
 * all of them failed. `Batch.requireAll` turns any failure into a failure of the call. The call itself fails
 * with `EncodeError` (no channels) and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Broadcast`.
 *
 * @since 0.1.0
 */
export const broadcast: ApiMethod.ForConsumers<
  "broadcast",
  BroadcastPayload,
  BroadcastResult,
  BroadcastError
> = ApiMethod.mapResult(sent, ({ responses }, payload, { channels = payload.channels, ...effort }) => {
  const broken = (path: ReadonlyArray<string | number>, detail: string) =>
    new CentrifugoError.DecodeError({ ...effort, method: "broadcast", path, detail })
  // One too few could be that of any channel.
  if (responses.length !== channels.length && responses.length > 0) {
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
