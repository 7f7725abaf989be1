/**
 * Requests as events for Centrifugo's asynchronous consumers: plain values that any driver can write to
 * a table or a queue, from which the server takes them and carries them out.
 *
 * A consumer answers nobody. What it can't carry out (a method it doesn't act on, an unknown namespace,
 * data that the namespace refuses) it drops, with no more than a line in the server's log. What can be
 * told from the request alone is refused here instead, by type or with an `EncodeError`.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { part } from "./internal/channel/broadcast.js"
import { Issue } from "./internal/codec/Issue.js"
import { writeJson } from "./internal/codec/json.js"
import type { EncodeError } from "./CentrifugoError.js"
import * as accept from "./internal/outbox/accept.js"
import { findNul } from "./internal/outbox/nul.js"
import { expectedPartitions, fnv1a, isPartitionCount } from "./internal/outbox/partition.js"
import { attributesOf, names, Refused } from "./internal/outbox/publication.js"
import { isBytes } from "./internal/codec/brand.js"

/**
 * The methods that consumers act on. They drop all others.
 *
 * @since 0.1.0
 */
export type Method = accept.Method

/**
 * A request of one of these methods, as `CentrifugoApi.publish(payload)` and the like make it.
 *
 * @since 0.1.0
 */
export type EventRequest = accept.EventRequest

/**
 * A request that publishes data.
 *
 * @since 0.1.0
 */
export type PublicationRequest = accept.PublicationRequest

/**
 * Options of an event.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * Names the event, and becomes the idempotency key of a publication that has none of its own: for
   * five minutes, a second event with the same ID does nothing in a channel that has had the first.
   * Consumers repeat events after a crash, so every publication should have one. It may be the same for
   * several channels, but not for two publications to one channel: the second would be dropped.
   */
  readonly eventId?: string | undefined
}

/**
 * What the PostgreSQL consumer reads of a row, and any consumer of a message with the method beside
 * its payload.
 *
 * @since 0.1.0
 */
export interface Event {
  /** The method's wire name, of those that consumers know. */
  readonly method: Method
  /** The request as JSON text, all digits of a bigint included. Bytes are in it as base64. */
  readonly payload: string
}

/**
 * A row of the PostgreSQL outbox.
 *
 * @since 0.1.0
 */
export interface Row extends Event {
  /** The partition, from 0. */
  readonly partition: number
}

/**
 * A message for a queue.
 *
 * @since 0.1.0
 */
export interface Message {
  /** Headers of Kafka and NATS, attributes of Google Pub/Sub and SQS, properties of Azure Service Bus. */
  readonly attributes: { readonly [name: string]: string }
  /** The payload: JSON text, or the bytes of a binary publication. */
  readonly body: string | Uint8Array
  /**
   * What must be equal for messages to keep their order: the channel, or the user of `disconnect` and
   * `refresh`. For Kafka's key, SQS's `MessageGroupId`, Google's `orderingKey`, Azure's `sessionId`.
   * A broadcast to several channels has none: see `split`.
   */
  readonly orderingKey: string | undefined
}

/**
 * The event of a request, for an outbox table in PostgreSQL that you write to yourself: `OutboxSql` does
 * it over `@effect/sql`. With more than one partition, see `rows`.
 *
 * NUL characters are refused: `jsonb` has none, and one of them fails a whole statement of many rows.
 *
 * @example
 * ```ts
 * import { CentrifugoApi, Outbox } from "@effect-centrifugo/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const request = CentrifugoApi.publish({ channel: "orders", data: { id: 42 } })
 *   const { method, payload } = yield* Outbox.event(request, { eventId: "order-42-placed" })
 *   // insert into centrifugo_outbox (method, payload) values (method, payload)
 * })
 * ```
 * @since 0.1.0
 */
export const event = (request: EventRequest, options: Options = {}): Either.Either<Event, EncodeError> =>
  Either.map(storable(request, options), ({ request: { method }, text }) => ({ method, payload: text }))

/**
 * The event of a request as one JSON text, `{"method":"publish","payload":{...}}`: for consumers whose
 * messages have a body and nothing beside it.
 *
 * @since 0.1.0
 */
export const envelope = (request: EventRequest, options: Options = {}): Either.Either<string, EncodeError> =>
  Either.map(
    accept.accept(request, options.eventId),
    ({ request: { method }, text }) => `{"method":"${method}","payload":${text}}`
  )

/**
 * The event of a request as a message for Kafka, NATS JetStream, Google Pub/Sub, SQS, Azure Service Bus,
 * and, by `streamEntry`, for Redis Streams. The names of attributes are those that the server has
 * unless it is configured otherwise.
 *
 * @example
 * ```ts
 * import { CentrifugoApi, Outbox } from "@effect-centrifugo/core"
 * import { Effect } from "effect"
 *
 * const forKafka = Effect.gen(function* () {
 *   const request = CentrifugoApi.publish({ channel: "orders", data: { id: 42 } })
 *   const { attributes, body, orderingKey } = yield* Outbox.message(request, { eventId: "order-42-placed" })
 *   return { key: orderingKey, headers: attributes, value: body } // for kafkajs
 * })
 * ```
 * @since 0.1.0
 */
export const message = (request: EventRequest, options: Options = {}): Either.Either<Message, EncodeError> =>
  Either.map(accept.accept(request, options.eventId), ({ request, text }) => ({
    attributes: { [names.method]: request.method },
    body: text,
    orderingKey: orderingKey(request)
  }))

/**
 * A publication as a message whose body is the data itself, bytes as they are, with channels and options
 * in attributes: for consumers in `publication_data_mode`, which all have but PostgreSQL.
 *
 * What attributes can't carry is refused: commas in channels, spaces at either end, control characters,
 * `skipHistory`.
 *
 * @since 0.1.0
 */
export const publication = (
  request: PublicationRequest,
  options: Options = {}
): Either.Either<Message, EncodeError> =>
  Either.flatMap(
    accept.accept(request, options.eventId),
    ({ request }): Either.Either<Message, EncodeError> => {
      if (request.method !== "publish" && request.method !== "broadcast") {
        const { method } = request as EventRequest
        return accept.refuse(
          method,
          [],
          "publication data mode takes publish and broadcast only; use message"
        )
      }
      const { data } = request.payload
      const channels =
        request.method === "publish"
          ? [[request.payload.channel, ["channel"]] as const]
          : request.payload.channels.map((channel, i) => [channel, ["channels", i]] as const)
      const attributes = attributesOf(channels, request.payload)
      if (attributes instanceof Refused) {
        return accept.refuse(request.method, attributes.path, attributes.detail)
      }
      const body = isBytes(data) ? data : writeJson(data)
      return body instanceof Issue
        ? accept.refuse(request.method, ["data", ...body.path], body.detail)
        : Either.right({ attributes, body, orderingKey: orderingKey(request) })
    }
  )

/**
 * A message as the fields of an entry of a Redis stream: `XADD stream * field value ...`.
 *
 * @since 0.1.0
 */
export const streamEntry = ({
  attributes,
  body
}: Message): { readonly [field: string]: string | Uint8Array } => {
  const { [names.method]: method, ...others } = attributes
  return { ...(method === undefined ? {} : { method }), ...others, payload: body }
}

/**
 * The partition of a channel (or of any text): its FNV-1a hash, 32 bits over the UTF-8 bytes, modulo the
 * number of partitions. It is the same in every process and every version, and easily computed in
 * another language. Throws a `RangeError` where the number is none from 1 to 2^31 - 1.
 *
 * @example
 * ```ts
 * import { Outbox } from "@effect-centrifugo/core"
 *
 * Outbox.partition("chat:1", 8) // 6
 * ```
 * @since 0.1.0
 */
export const partition = (channel: string, partitions: number): number => {
  if (!isPartitionCount(partitions)) {
    throw new RangeError(`partitions: ${expectedPartitions}, got ${partitions}`)
  }
  return fnv1a(channel) % partitions
}

/**
 * A request, or what of a broadcast belongs to one partition.
 *
 * @since 0.1.0
 */
export interface Part<out R extends EventRequest> {
  /** The partition, from 0. */
  readonly partition: number
  /** The request, with those of its channels that belong there. */
  readonly request: R
}

/**
 * A request with the partition that it belongs to, so that what concerns one channel keeps its order.
 *
 * - With a channel: by the channel.
 * - A broadcast is split: each partition gets a broadcast to those of the channels that belong to it.
 * - `disconnect` and `refresh` have no channel: by the user. They keep their order among themselves, not
 *   with what concerns channels, unless both are given the same `partitionKey`.
 * - With a `partitionKey`: by that text, whole. Events with the same key keep their order across channels.
 *
 * Throws as `partition` does, and a `TypeError` for a `partitionKey` that is empty or no text.
 *
 * @since 0.1.0
 */
export const split = <R extends EventRequest>(
  request: R,
  partitions: number,
  partitionKey?: string
): ReadonlyArray<Part<R>> => {
  const given: EventRequest = request
  if (partitionKey !== undefined && !accept.isText(partitionKey)) {
    throw new TypeError(`partitionKey: ${expectedKey}`)
  }
  if (partitionKey !== undefined || given.method !== "broadcast") {
    return [{ partition: partition(partitionKey ?? orderingKey(given) ?? "", partitions), request }]
  }
  const parts = new Map<number, Array<string>>()
  for (const channel of given.payload.channels) {
    const number = partition(channel, partitions)
    const channels = parts.get(number)
    if (channels === undefined) parts.set(number, [channel])
    else channels.push(channel)
  }
  if (parts.size <= 1) return [{ partition: [...parts.keys()][0] ?? 0, request }]
  return Array.from(parts, ([number, channels]) => ({
    partition: number,
    request: part(given, channels) as R
  }))
}

const expectedKey = "expected a text that is not empty; leave it out for the partition of the channel"

/**
 * Options of an event's rows.
 *
 * @since 0.1.0
 */
export interface RowOptions extends Options {
  /** The consumer's `num_partitions`, which is 1 unless configured. Rows beyond it would never be read. */
  readonly partitions?: number | undefined
  /** Puts the event into this text's partition instead of its channel's: see `split`. */
  readonly partitionKey?: string | undefined
}

/**
 * The rows of a request for the PostgreSQL outbox: one, except for a broadcast whose channels belong to
 * several partitions. Options that can't be meant are an `EncodeError`, too.
 *
 * @since 0.1.0
 */
export const rows = (
  request: EventRequest,
  { partitionKey, partitions = 1, ...options }: RowOptions = {}
): Either.Either<ReadonlyArray<Row>, EncodeError> =>
  Either.flatMap(storable(request, options), ({ request, text }) => {
    if (!isPartitionCount(partitions)) {
      return accept.refuse(request.method, ["partitions"], expectedPartitions)
    }
    if (partitionKey !== undefined && !accept.isText(partitionKey)) {
      return accept.refuse(request.method, ["partitionKey"], expectedKey)
    }
    const parts = split(request, partitions, partitionKey)
    const { method } = request
    return Either.all(
      parts.map(({ partition, request: part }) =>
        Either.map(part === request ? Either.right(text) : part.encode(), (payload = "{}") => ({
          method,
          payload,
          partition
        }))
      )
    )
  })

const storable = <R extends EventRequest>(request: R, options: Options) =>
  Either.flatMap(accept.accept(request, options.eventId), (accepted) => {
    const nul = findNul(accepted.text)
    return nul === undefined
      ? Either.right(accepted)
      : accept.refuse(request.method, nul, "there is a NUL character, which PostgreSQL's jsonb can't hold")
  })

const orderingKey = (request: EventRequest): string | undefined => {
  switch (request.method) {
    case "broadcast":
      return request.payload.channels.length === 1 ? request.payload.channels[0] : undefined
    case "disconnect":
    case "refresh":
      return request.payload.user
    default:
      return request.payload.channel
  }
}
