/** Data that a user's schema reads, one item at a time: an item that does not fit concerns no other. */
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import { PublicationDataError } from "../channel/publications.js"
import { reader } from "../methods/schemas.js"

export const dataReader = <D, I>(channel: string, schema: Schema.Schema<D, I>) => {
  const read = reader(schema)
  return ({
    data,
    offset
  }: {
    readonly data?: unknown
    readonly offset: number
  }): Either.Either<D, PublicationDataError> =>
    Either.mapLeft(
      read(data),
      ({ detail, path }) => new PublicationDataError({ channel, offset, path: ["data", ...path], detail })
    )
}
