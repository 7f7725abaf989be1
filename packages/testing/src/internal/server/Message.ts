/** A published message as the server stores and writes it. */
import { object, string, unlessFalse, unlessNone, unlessZero } from "../json/write.js"
import * as Payload from "./Payload.js"
import { type Position } from "./Stream.js"

export interface Message {
  readonly channel: string
  readonly payload: Payload.Payload
  readonly tags: ReadonlyMap<string, string>
  readonly position: Position
  readonly time: number
  /** The publishing client; absent for the server API. */
  readonly publisher?: Identity
  /** The key in a map or shared poll. */
  readonly key?: string
  readonly removed?: true
  readonly version?: bigint
}

export interface Identity {
  readonly user: string
  readonly client: string
  readonly connInfo: Payload.Payload
  readonly chanInfo: Payload.Payload
}

export const writeIdentity = ({ chanInfo, client, connInfo, user }: Identity): string =>
  object({
    user: string(user),
    client: string(client),
    conn_info: Payload.write(connInfo),
    chan_info: Payload.write(chanInfo)
  })

/** Writes a publication of a history. */
export const writePublication = ({ payload, position, publisher, tags }: Message): string =>
  object({
    data: Payload.write(payload),
    info: publisher === undefined ? undefined : writeIdentity(publisher),
    offset: unlessZero(position.offset),
    tags: unlessNone(tags)
  })

/** Writes an entry of a map. */
export const writeEntry = ({ key = "", payload, position, removed, tags, time }: Message): string =>
  object({
    key: string(key),
    data: Payload.write(payload),
    tags: unlessNone(tags),
    offset: unlessZero(position.offset),
    removed: unlessFalse(removed === true),
    time: unlessZero(time)
  })

/**
 * A publication as a subscriber receives it.
 *
 * @since 0.1.0
 */
export interface Publication {
  /** The channel it was published to. */
  readonly channel: string
  /** The JSON value. A `Uint8Array` if it is not JSON; `undefined` if it is empty. */
  readonly data: unknown
  /** The tags of the publication; an empty object if there are none. */
  readonly tags: { readonly [tag: string]: string }
  /** The offset in the channel's stream; absent if the channel keeps no history. */
  readonly offset?: number
  /** The epoch of the stream; absent without an offset. */
  readonly epoch?: string
  /** The key in a map or shared poll. */
  readonly key?: string
  /** `true` if the key was removed from the map. */
  readonly removed?: true
  /** The version in a shared poll. */
  readonly version?: bigint
  /** The publishing client; absent for the server API. */
  readonly info?: ClientInfo
}

/**
 * The identity of a connection. `user` is `""` for an anonymous connection.
 *
 * @since 0.1.0
 */
export interface ClientInfo {
  /** The user ID. */
  readonly user: string
  /** The client ID. */
  readonly client: string
  /** The connection's info. */
  readonly connInfo?: unknown
  /** The subscription's info. */
  readonly chanInfo?: unknown
}

const optional = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value })

const toClientInfo = ({ chanInfo, client, connInfo, user }: Identity): ClientInfo => ({
  user,
  client,
  ...optional("connInfo", Payload.toValue(connInfo)),
  ...optional("chanInfo", Payload.toValue(chanInfo))
})

export const toPublication = (message: Message): Publication => {
  const { channel, key, payload, position, publisher, removed, tags, version } = message
  return {
    channel,
    data: Payload.toValue(payload),
    tags: Object.fromEntries(tags),
    ...(position.offset === 0 ? {} : position),
    ...optional("key", key),
    ...optional("removed", removed),
    ...optional("version", version),
    ...optional("info", publisher === undefined ? undefined : toClientInfo(publisher))
  }
}
