/** Reads presence and decodes the info of each client separately. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import { type Presence, presence as plain, type TypedClientInfo } from "../api/Presence.js"
import { reader } from "../api/schemas.js"
import { each, optional, replace } from "../api/typed.js"
import { TaggedError } from "../codec/TaggedError.js"

/**
 * Info of a client that does not match the channel's schema, for example from a token that an older version of
 * your program minted. The error contains none of the info.
 *
 * @since 0.1.0
 */
export class ClientInfoError extends TaggedError<ClientInfoError>()("CentrifugoClientInfoError", {
  /** The channel that the client is subscribed to. */
  channel: Schema.String,
  /** The client ID. */
  client: Schema.String,
  /** The path to the problem; begins with `connInfo` or `chanInfo`. */
  path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber)),
  /** The problem at that path. */
  detail: Schema.String
}) {
  override get message(): string {
    return `The info of client ${JSON.stringify(this.client)} in channel ${JSON.stringify(this.channel)} does not match the channel's schema at ${this.path?.join(".")}: ${this.detail}.`
  }
}

/**
 * Info in the presence of a typed channel: the outcome of decoding it, or `unknown` if the channel has no schema
 * for it.
 *
 * @since 0.1.0
 */
export type InfoOutcome<A> = unknown extends A ? unknown : Either.Either<A, ClientInfoError>

/**
 * The presence of a typed channel.
 *
 * @since 0.1.0
 */
export interface ChannelPresence<C, H> {
  /** The clients by client ID; empty if no client is subscribed. Info that a client does not have is absent. */
  readonly presence: { readonly [client: string]: TypedClientInfo<InfoOutcome<C>, InfoOutcome<H>> }
}

type Plain = Extract<ReturnType<Presence>, ApiMethod.Request.Any>
type Payload = ApiMethod.Request.Payload<Plain>

/**
 * A request for the presence of a typed channel.
 *
 * @since 0.1.0
 */
export type PresenceRequest<C, H> = ApiMethod.Request<
  "presence",
  Payload,
  ChannelPresence<C, H>,
  ApiMethod.Request.Error<Plain>
>

/** The schemas of clients' info, by field. */
export interface InfoSchemas {
  readonly connInfo?: Schema.Schema.AnyNoContext | undefined
  readonly chanInfo?: Schema.Schema.AnyNoContext | undefined
}

/**
 * The method `presence` with decoded info. Its return type has `unknown` info; `TypedChannel` declares the
 * decoded types.
 */
export const presence = ({ chanInfo, connInfo }: InfoSchemas) => {
  const readers = Object.entries({ connInfo, chanInfo }).flatMap(([name, schema]) =>
    schema === undefined
      ? []
      : [{ name, focus: each("presence", optional(name)), read: reader<unknown, unknown>(schema) }]
  )
  return (payload: Payload): Plain => {
    if (readers.length === 0) return plain(payload)
    const typed = ApiMethod.mapResult(plain, (result, { channel }) =>
      Either.right(
        readers.reduce(
          (decoded, { focus, name, read }) =>
            replace(decoded, focus, (value, { client }) =>
              Either.mapLeft(
                read(value),
                ({ detail, path }) =>
                  new ClientInfoError({ channel, client: String(client), path: [name, ...path], detail })
              )
            ),
          result
        )
      )
    )
    return typed(payload)
  }
}
