/** Reads publications and decodes the data of each one separately. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as ChannelHistory from "../api/ChannelHistory.js"
import { reader } from "../api/schemas.js"
import { TaggedError } from "../codec/TaggedError.js"

type Plain = Extract<ReturnType<typeof ChannelHistory.history>, ApiMethod.Request.Any>
type Payload = ApiMethod.Request.Payload<Plain>

/**
 * A stored publication whose data does not match the channel's schema. An older version of your program,
 * another program, or a client wrote it. The error contains none of the data.
 *
 * @since 0.1.0
 */
export class PublicationDataError extends TaggedError<PublicationDataError>()(
  "CentrifugoPublicationDataError",
  {
    /** The channel that stores it. */
    channel: Schema.String,
    /** The publication's offset, to find it in the history. */
    offset: Schema.Number,
    /** The path to the problem; begins with `data`. */
    path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber)),
    /** The problem at that path. */
    detail: Schema.String
  }
) {
  override get message(): string {
    return `The publication at offset ${this.offset} of channel ${JSON.stringify(this.channel)} does not match the channel's schema at ${this.path?.join(".")}: ${this.detail}.`
  }
}

/**
 * The outcome of decoding one publication.
 *
 * @since 0.1.0
 */
export type PublicationOutcome<D> = Either.Either<ChannelHistory.TypedPublication<D>, PublicationDataError>

/**
 * A page of a channel's history, with the stream's top. Oldest first, unless requested in `reverse`.
 *
 * @since 0.1.0
 */
export interface History<D> extends Omit<ApiMethod.Request.Success<Plain>, "publications"> {
  /** Each publication, or why its data does not match the schema. */
  readonly publications: ReadonlyArray<PublicationOutcome<D>>
}

/**
 * A request for a page of history whose data is decoded to `D`.
 *
 * @since 0.1.0
 */
export type HistoryRequest<D> = ApiMethod.Request<
  "history",
  Payload,
  History<D>,
  ApiMethod.Request.Error<Plain>
>

/** Decodes the data of each item separately, so that one mismatch does not affect the others. */
export const dataReader = <D, I>(schema: Schema.Schema<D, I>) => {
  const read = reader(schema)
  return (
    channel: string,
    { data, offset }: { readonly data?: unknown; readonly offset: number }
  ): Either.Either<D, PublicationDataError> =>
    Either.mapLeft(
      read(data),
      ({ detail, path }) => new PublicationDataError({ channel, offset, path: ["data", ...path], detail })
    )
}

/** The method `history` with decoded data. */
export const history = <D, I>(schema: Schema.Schema<D, I>): ((payload: Payload) => HistoryRequest<D>) => {
  const read = dataReader(schema)
  return ApiMethod.mapResult(
    ChannelHistory.history,
    ({ publications, ...top }, { channel }): Either.Either<History<D>> =>
      Either.right({
        ...top,
        publications: publications.map((publication): PublicationOutcome<D> =>
          Either.map(read(channel, publication), (data) => ({ ...publication, data }))
        )
      })
  )
}
