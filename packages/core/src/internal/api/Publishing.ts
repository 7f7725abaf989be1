/**
 * Publishing to channels (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as CentrifugoError from "../../CentrifugoError.js"
import * as ApiMethod from "../../ApiMethod.js"
import { type Codec, compile } from "../codec/compile.js"
import { Issue } from "../codec/Issue.js"
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
  result: Wire.publicationPosition,
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
export interface PublishResult extends Wire.PublicationPosition {}

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

const response = Schema.Struct({
  error: Wire.absent(Schema.Struct({ code: Wire.Uint32, message: Wire.Text })),
  result: Wire.absent(Schema.Struct(Wire.publicationPosition))
})

const broadcastSpec = {
  payload: {
    /** The channels to publish to: at least one. An empty name fails alone, with a `BadRequestError`. */
    // `Schema.minItems` would bring more of Effect into bundles.
    channels: Schema.Array(Schema.String).pipe(
      Schema.filter((channels) => channels.length > 0, {
        message: () => "the list is empty; expected at least one channel"
      })
    ),
    ...publication
  },
  result: { responses: Wire.List(response) },
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

/** Leaves the responses undecoded, so that a malformed one is an error of its channel only. */
const sent = ApiMethod.make("broadcast", {
  ...broadcastSpec,
  result: { responses: Wire.List(Schema.Unknown) }
})

/** The Schema of the result as the server documents it. */
const { result } = ApiMethod.make("broadcast", broadcastSpec)

let codec: Codec | undefined

const readResponse = (value: unknown): typeof response.Type | Issue =>
  (codec ??= compile(Schema.typeSchema(response).ast)).read(value) as typeof response.Type | Issue

const outcomesOf = (
  { responses }: { readonly responses: ReadonlyArray<unknown> },
  payload: BroadcastPayload,
  { channels = payload.channels, ...effort }: ApiMethod.Effort
): Either.Either<BroadcastResult, CentrifugoError.DecodeError> => {
  const broken = (path: ReadonlyArray<string | number>, detail: string) =>
    Either.left(new CentrifugoError.DecodeError({ ...effort, method: "broadcast", path, detail }))
  // If the numbers differ, a response cannot be assigned to its channel.
  if (responses.length !== channels.length && responses.length > 0) {
    return broken(["responses"], `${responses.length} responses to ${channels.length} channels`)
  }
  const outcomeOf = (channel: string, i: number): BroadcastOutcome["outcome"] => {
    const own = i < responses.length ? readResponse(responses[i]) : undefined
    if (own instanceof Issue) return broken(["responses", i, ...own.path], own.detail)
    if (own?.error !== undefined) {
      const origin = { ...effort, method: "broadcast", channel }
      return Either.left(CentrifugoError.fromServer(channelCodes, own.error, origin))
    }
    return own?.result === undefined
      ? broken(["responses", i], "neither a result nor an error for this channel")
      : Either.right(own.result)
  }
  return Either.right(channels.map((channel, i) => ({ channel, outcome: outcomeOf(channel, i) })))
}

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
> = Object.assign(ApiMethod.mapResult(sent, outcomesOf), { result })
