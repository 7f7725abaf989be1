/**
 * Encodes requests as events for Centrifugo's asynchronous consumers. Events are plain values: write them to a
 * table or a queue with any driver, and the server reads and carries them out.
 *
 * A consumer returns no result. It drops events that it cannot carry out (an unsupported method, an unknown
 * namespace, data that the namespace rejects) and only writes a line to the server's log. If the request alone
 * shows the problem, this module rejects it at compile time or with an `EncodeError`.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import { isRequest } from "./ApiMethod.js"
import { part } from "./internal/channel/broadcast.js"
import { Issue } from "./internal/codec/Issue.js"
import { writeJson } from "./internal/codec/json.js"
import { ConfigError, type EncodeError } from "./CentrifugoError.js"
import * as accept from "./internal/outbox/accept.js"
import { findNul } from "./internal/outbox/nul.js"
import { expectedPartitions, isPartitionCount, partitionOf } from "./internal/outbox/partition.js"
import { attributesOf, names, Refused } from "./internal/outbox/publication.js"
import { isBytes } from "./internal/codec/brand.js"

/**
 * The methods that consumers carry out. Consumers drop events of any other method.
 *
 * @since 0.1.0
 */
export type Method = accept.Method

/**
 * A request whose method consumers carry out, such as `CentrifugoApi.publish(payload)`.
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
   * The event's ID. It becomes the idempotency key of a publication that has none. For five minutes, the server
   * ignores a second publication with the same key in the same channel. Consumers repeat events after a crash, so
   * give every publication an ID. You can use the same ID for several channels, but not for two publications to
   * one channel: the second would be dropped.
   */
  readonly eventId?: string | undefined
  /**
   * The names of the server's namespaces. An event for a channel of another namespace fails with an
   * `EncodeError`: a consumer would drop it. Channels without a namespace are always accepted. Default: any.
   */
  readonly namespaces?: ReadonlyArray<string> | undefined
}

/**
 * An event: a row for the PostgreSQL consumer, or a message body with method and payload for any consumer.
 *
 * @since 0.1.0
 */
export interface Event {
  /** The wire name of a method that consumers carry out. */
  readonly method: Method
  /** The request as JSON text, with all digits of a bigint. Bytes are base64. */
  readonly payload: string
}

/**
 * A row of the PostgreSQL outbox.
 *
 * @since 0.1.0
 */
export interface Row extends Event {
  /** The partition, counted from 0. */
  readonly partition: number
}

/**
 * A message for a queue.
 *
 * @since 0.1.0
 */
export interface Message {
  /** Headers for Kafka and NATS, attributes for Google Pub/Sub and SQS, properties for Azure Service Bus. */
  readonly attributes: { readonly [name: string]: string }
  /** The payload: JSON text, or the bytes of a binary publication. */
  readonly body: string | Uint8Array
  /**
   * The ordering key: messages with the same key keep their order. It is the channel, or the user of
   * `disconnect` and `refresh`. Use it as Kafka's key, SQS's `MessageGroupId`, Google's `orderingKey` or
   * Azure's `sessionId`. A broadcast to several channels has none: see `split`.
   */
  readonly orderingKey: string | undefined
}

const optionNames = new Set(["eventId", "namespaces", "partitions", "partitionKey"])

/** Whether the first argument is the request, or an untyped caller's mistake for one, and not the options. */
const isFirst = (args: IArguments): boolean => args.length > 1 || isRequest(args[0]) || !isOptions(args[0])

const isOptions = (value: unknown): boolean => {
  if (value === undefined) return true
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const names = Object.keys(value)
  return names.length === 0 || names.some((name) => optionNames.has(name))
}

/**
 * Encodes a request as an event for a PostgreSQL outbox table that you write to yourself. `OutboxSql` writes it
 * with `@effect/sql`. With more than one partition, use `rows`.
 *
 * Fails with an `EncodeError` for NUL characters: PostgreSQL's `jsonb` rejects them, and a single one would fail
 * all rows of its statement.
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
export const event: {
  /** Returns a function that encodes requests as events for a PostgreSQL outbox table. */
  (options?: Options): (request: EventRequest) => Either.Either<Event, EncodeError>
  /** Encodes a request as an event for a PostgreSQL outbox table. */
  (request: EventRequest, options?: Options): Either.Either<Event, EncodeError>
} = dual(isFirst, (request: EventRequest, options: Options = {}): Either.Either<Event, EncodeError> =>
  Either.map(storable(request, options), ({ request: { method }, text }) => ({ method, payload: text }))
)

/**
 * Encodes a request as one JSON text, `{"method":"publish","payload":{...}}`, for consumers whose messages only
 * have a body.
 *
 * @since 0.1.0
 */
export const envelope: {
  /** Returns a function that encodes requests as one JSON text each. */
  (options?: Options): (request: EventRequest) => Either.Either<string, EncodeError>
  /** Encodes a request as one JSON text. */
  (request: EventRequest, options?: Options): Either.Either<string, EncodeError>
} = dual(isFirst, (request: EventRequest, options: Options = {}): Either.Either<string, EncodeError> =>
  Either.map(
    accept.accept(request, options),
    ({ request: { method }, text }) => `{"method":"${method}","payload":${text}}`
  )
)

/**
 * Encodes a request as a message for Kafka, NATS JetStream, Google Pub/Sub, SQS or Azure Service Bus, and with
 * `streamEntry` for Redis Streams. The attributes have the server's default names.
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
export const message: {
  /** Returns a function that encodes requests as messages for a queue. */
  (options?: Options): (request: EventRequest) => Either.Either<Message, EncodeError>
  /** Encodes a request as a message for a queue. */
  (request: EventRequest, options?: Options): Either.Either<Message, EncodeError>
} = dual(isFirst, (request: EventRequest, options: Options = {}): Either.Either<Message, EncodeError> =>
  Either.map(accept.accept(request, options), ({ request, text }) => ({
    attributes: { [names.method]: request.method },
    body: text,
    orderingKey: orderingKey(request)
  }))
)

/**
 * Encodes a publication as a message whose body is the data itself, with bytes unchanged, and whose attributes
 * hold channels and options. For consumers with `publication_data_mode` enabled; all but the PostgreSQL
 * consumer have it.
 *
 * Fails with an `EncodeError` for values that attributes cannot carry: commas in channels, leading or trailing
 * spaces, control characters, `skipHistory`.
 *
 * @since 0.1.0
 */
export const publication: {
  /** Returns a function that encodes publications as messages whose body is the data itself. */
  (options?: Options): (request: PublicationRequest) => Either.Either<Message, EncodeError>
  /** Encodes a publication as a message whose body is the data itself. */
  (request: PublicationRequest, options?: Options): Either.Either<Message, EncodeError>
} = dual(isFirst, (request: PublicationRequest, options: Options = {}): Either.Either<Message, EncodeError> =>
  Either.flatMap(accept.accept(request, options), ({ request }): Either.Either<Message, EncodeError> => {
    if (request.method !== "publish" && request.method !== "broadcast") {
      const { method } = request as EventRequest
      return accept.refuse(
        method,
        [],
        "publication data mode accepts only publish and broadcast; use message"
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
  })
)

/**
 * Converts a message to the fields of a Redis stream entry: `XADD stream * field value ...`.
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
 * Returns the partition of a channel (or of any text): its 32-bit FNV-1a hash over the UTF-8 bytes, modulo the
 * number of partitions. The result is the same in every process and version, and easy to compute in another
 * language. Fails with a `ConfigError` if `partitions` is not an integer from 1 to 2^31 - 1.
 *
 * @example
 * ```ts
 * import { Outbox } from "@effect-centrifugo/core"
 *
 * Outbox.partition("chat:1", 8) // Either.right(6)
 * ```
 * @since 0.1.0
 */
export const partition: {
  /** Returns a function that returns the partition of a channel. */
  (partitions: number): (channel: string) => Either.Either<number, ConfigError>
  /** Returns the partition of a channel. */
  (channel: string, partitions: number): Either.Either<number, ConfigError>
} = dual(2, (channel: string, partitions: number): Either.Either<number, ConfigError> =>
  isPartitionCount(partitions)
    ? Either.right(partitionOf(channel, partitions))
    : Either.left(new ConfigError({ option: "partitions", detail: expectedPartitions }))
)

/**
 * A request, or the part of a broadcast, that belongs to one partition.
 *
 * @since 0.1.0
 */
export interface Part<out R extends EventRequest> {
  /** The partition, counted from 0. */
  readonly partition: number
  /** The request. For a broadcast: with the channels of this partition only. */
  readonly request: R
}

/**
 * Assigns a request to partitions, so that events of one channel keep their order.
 *
 * - A request with a channel goes to the channel's partition.
 * - A broadcast is split: each partition gets a broadcast to its own channels.
 * - `disconnect` and `refresh` have no channel and go to the user's partition. Events of one user keep their
 *   order, but not relative to events of channels, unless all have the same `partitionKey`.
 * - With a `partitionKey`, the whole request goes to the partition of that text. Events with the same key keep
 *   their order across channels.
 *
 * Fails with an `EncodeError` if `partitions` is not an integer from 1 to 2^31 - 1, or if `partitionKey` is empty
 * or not a string.
 *
 * @since 0.1.0
 */
export const split: {
  /** Returns a function that assigns requests to partitions. */
  (
    partitions: number,
    partitionKey?: string
  ): <R extends EventRequest>(request: R) => Either.Either<ReadonlyArray<Part<R>>, EncodeError>
  /** Assigns a request to partitions. */
  <R extends EventRequest>(
    request: R,
    partitions: number,
    partitionKey?: string
  ): Either.Either<ReadonlyArray<Part<R>>, EncodeError>
} = dual(
  (args) => typeof args[0] !== "number",
  <R extends EventRequest>(
    request: R,
    partitions: number,
    partitionKey?: string
  ): Either.Either<ReadonlyArray<Part<R>>, EncodeError> => {
    const given: EventRequest = request
    if (!isPartitionCount(partitions)) return accept.refuse(given.method, ["partitions"], expectedPartitions)
    if (partitionKey !== undefined && !accept.isText(partitionKey)) {
      return accept.refuse(given.method, ["partitionKey"], expectedKey)
    }
    if (partitionKey !== undefined || given.method !== "broadcast") {
      return Either.right([
        { partition: partitionOf(partitionKey ?? orderingKey(given) ?? "", partitions), request }
      ])
    }
    const parts = new Map<number, Array<string>>()
    for (const channel of given.payload.channels) {
      const number = partitionOf(channel, partitions)
      const channels = parts.get(number)
      if (channels === undefined) parts.set(number, [channel])
      else channels.push(channel)
    }
    if (parts.size <= 1) return Either.right([{ partition: [...parts.keys()][0] ?? 0, request }])
    return Either.right(
      Array.from(parts, ([number, channels]) => ({
        partition: number,
        request: part(given, channels) as R
      }))
    )
  }
)

const expectedKey = "expected a non-empty string; leave it out to use the channel's partition"

/**
 * Options of `rows`.
 *
 * @since 0.1.0
 */
export interface RowOptions extends Options {
  /**
   * The number of partitions: the consumer's `num_partitions`. Rows of a higher partition are never read.
   * Default 1, as on the server.
   */
  readonly partitions?: number | undefined
  /** Assigns the event to the partition of this text, instead of its channel's partition. See `split`. */
  readonly partitionKey?: string | undefined
}

/**
 * Encodes a request as rows for the PostgreSQL outbox: one row, or for a broadcast one row per partition of its
 * channels. Fails with an `EncodeError` for NUL characters and for invalid options.
 *
 * @since 0.1.0
 */
export const rows: {
  /** Returns a function that encodes requests as rows for the PostgreSQL outbox. */
  (options?: RowOptions): (request: EventRequest) => Either.Either<ReadonlyArray<Row>, EncodeError>
  /** Encodes a request as rows for the PostgreSQL outbox. */
  (request: EventRequest, options?: RowOptions): Either.Either<ReadonlyArray<Row>, EncodeError>
} = dual(
  isFirst,
  (
    request: EventRequest,
    { partitionKey, partitions = 1, ...options }: RowOptions = {}
  ): Either.Either<ReadonlyArray<Row>, EncodeError> =>
    Either.flatMap(storable(request, options), ({ request, text }) => {
      const { method } = request
      return Either.flatMap(split(request, partitions, partitionKey), (parts) =>
        Either.all(
          parts.map(({ partition, request: part }) =>
            Either.map(part === request ? Either.right(text) : part.encode(), (payload = "{}") => ({
              method,
              payload,
              partition
            }))
          )
        )
      )
    })
)

const storable = <R extends EventRequest>(request: R, options: Options) =>
  Either.flatMap(accept.accept(request, options), (accepted) => {
    const nul = findNul(accepted.text)
    return nul === undefined
      ? Either.right(accepted)
      : accept.refuse(
          request.method,
          nul,
          "it contains a NUL character, which PostgreSQL's jsonb can't store"
        )
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
