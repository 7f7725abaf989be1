/**
 * The outbox in PostgreSQL over `@effect/sql`, an optional peer: events are written in the caller's
 * transaction, so that they are sent if, and only if, it is committed. The server reads the table by
 * its `postgresql` consumer.
 *
 * This module is not in the package's index: import it as `@effect-centrifugo/core/OutboxSql`.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import { ConfigError, EncodeError } from "./CentrifugoError.js"
import { encodeError } from "./internal/api/schemas.js"
import { Issue, threw } from "./internal/codec/Issue.js"
import * as Outbox from "./Outbox.js"
import * as statements from "./internal/outbox/statements.js"

/**
 * What must be the same here and in the consumer's configuration: see `consumer`.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * The consumer's `outbox_table_name`, with a schema before it if it has one (`app.events`). Neither
   * side puts quotes around it. Default: `centrifugo_outbox`.
   */
  readonly table?: string | undefined
  /**
   * The consumer's `num_partitions`. Each is read by one worker, in order, so that one slow partition
   * does not hold up the others. Rows beyond the consumer's number are never read. Default: 1.
   */
  readonly partitions?: number | undefined
  /**
   * The consumer's `partition_notification_channel`; `false` for none: rows then wait for the next poll
   * (`partition_poll_interval`, 300 ms). Default: `centrifugo_partition_change`.
   */
  readonly notificationChannel?: string | false | undefined
}

/**
 * Options of one insert.
 *
 * @since 0.1.0
 */
export interface InsertOptions {
  /**
   * Names the event, as in `Outbox.event`. Without one, each publication that has no idempotency key
   * gets one of its own, which covers repeats by the consumer; an ID of yours also covers repeats of
   * what led to the event.
   */
  readonly eventId?: string | ((request: Outbox.EventRequest, index: number) => string) | undefined
  /** Puts the events into this text's partition, instead of those of their channels: see `Outbox.split`. */
  readonly partitionKey?: string | undefined
}

/**
 * What writes events.
 *
 * @since 0.1.0
 */
export interface Service {
  /**
   * Writes the events of one request or of many, in their order. Inside `sql.withTransaction` they
   * belong to that transaction. It is all or nothing: a request that can't be an event fails the call
   * before anything is written; the first part of the error's path is then its place in the list.
   *
   * Write events after the rows that they tell of: who waits for a lock on such a row then also gets
   * the higher event number, and number is the order in which events are sent.
   */
  readonly insert: (
    requests: Outbox.EventRequest | Iterable<Outbox.EventRequest>,
    options?: InsertOptions
  ) => Effect.Effect<void, EncodeError | SqlError>
}

/**
 * The outbox, as programs ask for it.
 *
 * @since 0.1.0
 */
export class OutboxSql extends Context.Tag("@effect-centrifugo/core/OutboxSql")<OutboxSql, Service>() {}

/**
 * An outbox on the client in the context: for more than one in a program, each under a Tag of its own.
 *
 * @since 0.1.0
 */
export const make = (options: Options = {}): Effect.Effect<Service, ConfigError, SqlClient.SqlClient> =>
  Effect.map(Effect.zip(statements.resolve(options), postgres), ([settings, sql]) => ({
    insert: (requests, options = {}) =>
      Effect.flatMap(
        Effect.suspend(() => rowsOf(requests, options, settings)),
        (rows) => {
          const inserts = statements
            .inserts(settings.table, rows)
            .map((insert) => sql.unsafe(insert.sql, insert.params))
          return inserts.length > 1
            ? sql.withTransaction(Effect.all(inserts, { discard: true }))
            : Effect.all(inserts, { discard: true })
        }
      )
  }))

/**
 * The outbox on the client in the context.
 *
 * @example
 * ```ts
 * import { PgClient } from "@effect/sql-pg"
 * import { SqlClient } from "@effect/sql"
 * import { CentrifugoApi } from "@effect-centrifugo/core"
 * import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
 * import { Config, Effect, Layer } from "effect"
 *
 * const placeOrder = (id: number) =>
 *   Effect.gen(function* () {
 *     const sql = yield* SqlClient.SqlClient
 *     const outbox = yield* OutboxSql.OutboxSql
 *     yield* sql`INSERT INTO orders (id) VALUES (${id})`
 *     yield* outbox.insert(CentrifugoApi.publish({ channel: `orders:${id}`, data: { kind: "placed", id } }), {
 *       eventId: `order-${id}-placed`
 *     })
 *   }).pipe((work) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(work)))
 *
 * const OutboxLive = OutboxSql.layer({ partitions: 4 }).pipe(
 *   Layer.provideMerge(PgClient.layerConfig({ url: Config.redacted("DATABASE_URL") }))
 * )
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<OutboxSql, ConfigError, SqlClient.SqlClient> =>
  Layer.effect(OutboxSql, make(options))

/**
 * Makes the table, its index, and the trigger that notifies the consumer, or removes the trigger where
 * `notificationChannel` is `false`: a migration for `@effect/sql`'s `Migrator`, or to be run on its own at
 * every start. Processes that start together wait for each other.
 *
 * What is right already is not touched, so that it takes no lock on the table: neither it nor any writer
 * waits for open transactions. A change of the trigger does wait for them, and writers wait behind it.
 *
 * @since 0.1.0
 */
export const migration = (
  options: Options = {}
): Effect.Effect<void, ConfigError | SqlError, SqlClient.SqlClient> =>
  Effect.flatMap(Effect.zip(statements.resolve(options), postgres), ([settings, sql]) =>
    Effect.forEach(
      [
        // "IF NOT EXISTS" alone fails when two sessions make the same table at the same moment.
        `SELECT pg_advisory_xact_lock(hashtext('effect-centrifugo ${settings.table}'))`,
        ...statements.migration(settings)
      ],
      (statement) => sql.unsafe(statement),
      { discard: true }
    ).pipe(sql.withTransaction)
  )

/**
 * The statements of `migration`, for other tools.
 *
 * @since 0.1.0
 */
export const migrationStatements = (
  options: Options = {}
): Either.Either<ReadonlyArray<string>, ConfigError> =>
  Either.map(statements.resolve(options), statements.migration)

/**
 * What the consumer's configuration must say to fit these options: an entry of the server's `consumers`.
 *
 * @since 0.1.0
 */
export interface Consumer {
  /** Of the consumer: two or more letters, digits or underscores. */
  readonly name: string
  /** Without it the server passes the consumer over. */
  readonly enabled: true
  /** Which consumer it is. */
  readonly type: "postgresql"
  /** Its own options. */
  readonly postgresql: {
    /** Where the server finds the database. */
    readonly dsn: string
    /** The table: `table` of the options. */
    readonly outbox_table_name: string
    /** How many partitions the server reads: `partitions` of the options. */
    readonly num_partitions: number
    /** Where the server hears of new rows; absent where nothing is notified. */
    readonly partition_notification_channel?: string
  }
}

/**
 * The server's side of these options: an entry of `consumers` in its configuration.
 *
 * @example
 * ```ts
 * import * as OutboxSql from "@effect-centrifugo/core/OutboxSql"
 * import { Either } from "effect"
 *
 * const consumer = OutboxSql.consumer({ name: "outbox", dsn: "postgres://app@db/app" }, { partitions: 4 })
 * console.log(JSON.stringify({ consumers: [Either.getOrThrow(consumer)] }, null, 2))
 * ```
 * @since 0.1.0
 */
export const consumer = (
  { dsn, name }: { readonly name: string; readonly dsn: string },
  options: Options = {}
): Either.Either<Consumer, ConfigError> =>
  Either.map(statements.resolve(options), ({ notificationChannel, partitions, table }) => ({
    name,
    enabled: true,
    type: "postgresql",
    postgresql: {
      dsn,
      outbox_table_name: table,
      num_partitions: partitions,
      ...(notificationChannel === undefined ? {} : { partition_notification_channel: notificationChannel })
    }
  }))

const postgres: Effect.Effect<SqlClient.SqlClient, ConfigError, SqlClient.SqlClient> = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    sql.onDialectOrElse({
      pg: (): Effect.Effect<SqlClient.SqlClient, ConfigError> => Effect.succeed(sql),
      orElse: () =>
        Effect.fail(
          new ConfigError({
            option: "SqlClient",
            detail: "the server's outbox consumer reads PostgreSQL, and this client is for another database"
          })
        )
    })
)

type RequestsOrOne = Outbox.EventRequest | Iterable<Outbox.EventRequest>

const rowsOf = (
  requests: RequestsOrOne,
  { eventId, partitionKey }: InsertOptions,
  { partitions }: statements.Settings
): Either.Either<ReadonlyArray<Outbox.Row>, EncodeError> => {
  const list = listOf(requests)
  if (list instanceof EncodeError) return Either.left(list)
  const taken = new Set<string>()
  const rows: Array<Outbox.Row> = []
  for (const [i, request] of list.entries()) {
    const within = ({ detail, method, path }: Pick<EncodeError, "detail" | "method" | "path">) =>
      Either.left(
        new EncodeError({ method, detail, path: Predicate.isIterable(requests) ? [i, ...path] : path })
      )
    const id = eventId === undefined ? crypto.randomUUID() : idOf(request, i, eventId)
    if (id instanceof Issue) return within(encodeError(request.method, id, ["eventId"]))
    const made = Outbox.rows(request, { eventId: id, partitions, partitionKey })
    if (Either.isLeft(made)) return within(made.left)
    const repeated = repeatedKey(request, id, taken)
    if (repeated !== undefined) return within(encodeError(request.method, repeated, ["idempotencyKey"]))
    rows.push(...made.right)
  }
  return Either.right(rows)
}

/** An iterable may be code of the caller's, and throw. */
const listOf = (requests: RequestsOrOne): ReadonlyArray<Outbox.EventRequest> | EncodeError => {
  try {
    return Predicate.isIterable(requests) ? Array.from(requests) : [requests]
  } catch (error) {
    return encodeError("event", threw(error), [])
  }
}

/** Whatever the function gives: `Outbox` refuses what is no ID. */
const idOf = (
  request: Outbox.EventRequest,
  index: number,
  eventId: NonNullable<InsertOptions["eventId"]>
): string | Issue => {
  if (typeof eventId !== "function") return eventId
  try {
    // A value that Outbox refuses, where undefined would mean that no ID is meant.
    return eventId(request, index) ?? ""
  } catch (error) {
    return threw(error)
  }
}

/** Why the server would drop an event: a publication with the same key has already gone to one of its channels. */
const repeatedKey = (request: Outbox.EventRequest, id: string, taken: Set<string>): Issue | undefined => {
  if (request.method !== "publish" && request.method !== "broadcast") return undefined
  const own = request.payload.idempotencyKey
  for (const channel of new Set(request.channels)) {
    const place = JSON.stringify([channel, own ?? id])
    if (taken.has(place)) {
      const advice =
        own === undefined ? "let eventId be a function that gives each an ID of its own" : "give each its own"
      return new Issue(
        `an event before it has the same idempotency key and channel (${JSON.stringify(channel)}), so the server would drop this one; ${advice}`
      )
    }
    taken.add(place)
  }
  return undefined
}
