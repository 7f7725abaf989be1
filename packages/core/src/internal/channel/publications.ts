/** Publications that came back, each read by itself. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as ChannelHistory from "../api/ChannelHistory.js"
import { reader } from "../api/schemas.js"
import { TaggedError } from "../codec/TaggedError.js"

type Plain = Extract<ReturnType<typeof ChannelHistory.history>, ApiMethod.Request.Any>
type Payload = ApiMethod.Request.Payload<Plain>

/**
 * A stored publication whose data does not fit the channel's schema: written by an older version of the
 * program, by another one, or by a client. Neither the data nor any part of it is in here.
 *
 * @since 0.1.0
 */
export class PublicationDataError extends TaggedError<PublicationDataError>()(
  "CentrifugoPublicationDataError",
  {
    /** Where it is stored. */
    channel: Schema.String,
    /** Of the publication, by which it can be found. */
    offset: Schema.Number,
    /** Leads to the place; begins with `data`. */
    path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber)),
    /** What is wrong there. */
    detail: Schema.String
  }
) {
  override get message(): string {
    return `The publication at offset ${this.offset} of channel ${JSON.stringify(this.channel)} does not fit the channel's schema at ${this.path?.join(".")}: ${this.detail}.`
  }
}

/**
 * What came of reading one publication.
 *
 * @since 0.1.0
 */
export type PublicationOutcome<D> = Either.Either<ChannelHistory.TypedPublication<D>, PublicationDataError>

/**
 * A page of a channel's history, oldest first unless asked for in `reverse`, and the stream's top.
 *
 * @since 0.1.0
 */
export interface History<D> extends Omit<ApiMethod.Request.Success<Plain>, "publications"> {
  /** Each one, or why it does not fit. */
  readonly publications: ReadonlyArray<PublicationOutcome<D>>
}

/**
 * Asks for a page of the history of a channel with such data.
 *
 * @since 0.1.0
 */
export type HistoryRequest<D> = ApiMethod.Request<
  "history",
  Payload,
  History<D>,
  ApiMethod.Request.Error<Plain>
>

/** Reads the data of items of a channel by a schema, each by itself: what does not fit concerns no other. */
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

/** The method `history`, with publications of such data. */
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
