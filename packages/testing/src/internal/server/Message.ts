/** What was published, as the server keeps it, and as it shows it. */
import { object, string, unlessFalse, unlessNone, unlessZero } from "../json/write.js"
import * as Payload from "./Payload.js"
import { type Position } from "./Stream.js"

export interface Message {
  readonly channel: string
  readonly payload: Payload.Payload
  readonly tags: ReadonlyMap<string, string>
  readonly position: Position
  readonly time: number
  /** Who published, where it was a client. */
  readonly publisher?: Identity
  /** In a map or a shared poll. */
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

/** A publication of a history. */
export const writePublication = ({ payload, position, publisher, tags }: Message): string =>
  object({
    data: Payload.write(payload),
    info: publisher === undefined ? undefined : writeIdentity(publisher),
    offset: unlessZero(position.offset),
    tags: unlessNone(tags)
  })

/** An entry of a map. */
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
 * Something published, as a subscriber receives it.
 *
 * @since 0.1.0
 */
export interface Publication {
  /** The channel it was published to. */
  readonly channel: string
  /** The JSON value; a `Uint8Array` where it is not JSON; `undefined` where it is empty. */
  readonly data: unknown
  /** Texts published beside the data; empty where there were none. */
  readonly tags: { readonly [tag: string]: string }
  /** Place in the channel's stream; absent where it keeps no history. */
  readonly offset?: number
  /** Of the stream the offset belongs to; absent without one. */
  readonly epoch?: string
  /** In a map or a shared poll: the key. */
  readonly key?: string
  /** In a map: the key was removed. */
  readonly removed?: true
  /** In a shared poll. */
  readonly version?: bigint
  /** Who published, where it was a client. */
  readonly info?: ClientInfo
}

/**
 * Who a connection belongs to. `user` is `""` for an anonymous one.
 *
 * @since 0.1.0
 */
export interface ClientInfo {
  /** The user ID. */
  readonly user: string
  /** The client ID. */
  readonly client: string
  /** What the connection brought along. */
  readonly connInfo?: unknown
  /** What the subscription brought along. */
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
