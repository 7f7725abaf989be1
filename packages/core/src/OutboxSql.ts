/**
 * Writes events to a PostgreSQL outbox with `@effect/sql`, an optional peer dependency. Events belong to the
 * caller's transaction, so they are sent if and only if it commits. The server reads the table with its
 * `postgresql` consumer.
 *
 * The package's index does not export this module: import `@effect-centrifugo/core/OutboxSql`.
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
 * Options that must match the consumer's configuration: see `consumer`.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * The consumer's `outbox_table_name`, optionally with a schema (`app.events`). Neither this module nor the
   * server quotes the name. Default: `centrifugo_outbox`.
   */
  readonly table?: string | undefined
  /**
   * The consumer's `num_partitions`. One worker reads each partition in order, so a slow partition does not
   * block the others. Rows of a higher partition are never read. Default: 1.
   */
  readonly partitions?: number | undefined
  /**
   * The consumer's `partition_notification_channel`, or `false` for no notifications: rows then wait for the
   * next poll (`partition_poll_interval`, 300 ms). Default: `centrifugo_partition_change`.
   */
  readonly notificationChannel?: string | false | undefined
  /**
   * The names of the server's namespaces. `insert` then fails with an `EncodeError` for a channel of another
   * namespace, whose event the consumer would drop. Default: any namespace.
   */
  readonly namespaces?: ReadonlyArray<string> | undefined
}

/**
 * Options of one insert.
 *
 * @since 0.1.0
 */
export interface InsertOptions {
  /**
   * The event's ID, as in `Outbox.event`. By default, each publication without an idempotency key gets a
   * generated one, which protects against repeats by the consumer. Your own ID also protects against repeats of
   * the code that writes the event.
   */
  readonly eventId?: string | ((request: Outbox.EventRequest, index: number) => string) | undefined
  /** Assigns the events to the partition of this text, instead of their channels' partitions. See `Outbox.split`. */
  readonly partitionKey?: string | undefined
}

/**
 * Writes events to the outbox.
 *
 * @since 0.1.0
 */
export interface Service {
  /**
   * Writes the events of one or more requests, in order. Inside `sql.withTransaction` they belong to that
   * transaction. If a request cannot become an event, the call fails with an `EncodeError` before it writes
   * anything; for a list, the error's path begins with the request's index.
   *
   * Insert an event after you write the rows that it reports. The insert assigns the event's `id`, and events are
   * sent in the order of their IDs. If two transactions write the same row, the second waits for the first to
   * end, so its event gets the higher ID.
   */
  readonly insert: (
    requests: Outbox.EventRequest | Iterable<Outbox.EventRequest>,
    options?: InsertOptions
  ) => Effect.Effect<void, EncodeError | SqlError>
}

/**
 * The context tag of the outbox.
 *
 * @since 0.1.0
 */
export class OutboxSql extends Context.Tag("@effect-centrifugo/core/OutboxSql")<OutboxSql, Service>() {}

/**
 * Makes an outbox on the SQL client in the context. Use it for several outboxes in one program, each under its
 * own tag.
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
 * Provides the outbox on the SQL client in the context.
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
 * Creates the table, its index, and the trigger that notifies the consumer. With `notificationChannel: false` it
 * removes the trigger. Use it as a migration for the `Migrator` of `@effect/sql`, or run it at every start.
 * Concurrent migrations run one after the other.
 *
 * If all objects are already correct, it takes no lock on the table: it neither waits for open transactions nor
 * blocks writers. Changing the trigger waits for open transactions, and writers wait until it is done.
 *
 * @since 0.1.0
 */
export const migration = (
  options: Options = {}
): Effect.Effect<void, ConfigError | SqlError, SqlClient.SqlClient> =>
  Effect.flatMap(Effect.zip(statements.resolve(options), postgres), ([settings, sql]) =>
    Effect.forEach(
      [
        // "IF NOT EXISTS" alone fails when two sessions create the same table at the same moment.
        `SELECT pg_advisory_xact_lock(hashtext('effect-centrifugo ${settings.table}'))`,
        ...statements.migration(settings)
      ],
      (statement) => sql.unsafe(statement),
      { discard: true }
    ).pipe(sql.withTransaction)
  )

/**
 * The SQL statements of `migration`, for other migration tools.
 *
 * @since 0.1.0
 */
export const migrationStatements = (
  options: Options = {}
): Either.Either<ReadonlyArray<string>, ConfigError> =>
  Either.map(statements.resolve(options), statements.migration)

/**
 * An entry of the server's `consumers` that matches these options.
 *
 * @since 0.1.0
 */
export interface Consumer {
  /** The consumer's name: two or more letters, digits or underscores. */
  readonly name: string
  /** Always `true`: the server ignores a disabled consumer. */
  readonly enabled: true
  /** The consumer's type. */
  readonly type: "postgresql"
  /** Options of the PostgreSQL consumer. */
  readonly postgresql: {
    /** The database's DSN, as seen from the server. */
    readonly dsn: string
    /** The table: the option `table`. */
    readonly outbox_table_name: string
    /** The number of partitions: the option `partitions`. */
    readonly num_partitions: number
    /** The notification channel; absent if notifications are off. */
    readonly partition_notification_channel?: string
  }
}

/**
 * Returns the server's configuration for these options: an entry of `consumers`.
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
  {
    dsn,
    name
  }: {
    /** The consumer's name, in the server's log and metrics. */
    readonly name: string
    /** The address of the database, as the server reaches it. */
    readonly dsn: string
  },
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
  { namespaces, partitions }: statements.Settings
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
    const made = Outbox.rows(request, { eventId: id, namespaces, partitions, partitionKey })
    if (Either.isLeft(made)) return within(made.left)
    const repeated = repeatedKey(request, id, taken)
    if (repeated !== undefined) return within(encodeError(request.method, repeated, ["idempotencyKey"]))
    rows.push(...made.right)
  }
  return Either.right(rows)
}

/** Collects the requests. Returns an error if the caller's iterable throws. */
const listOf = (requests: RequestsOrOne): ReadonlyArray<Outbox.EventRequest> | EncodeError => {
  try {
    return Predicate.isIterable(requests) ? Array.from(requests) : [requests]
  } catch (error) {
    return encodeError("event", threw(error), [])
  }
}

/** Returns the event's ID. The function of an untyped caller can return anything: `Outbox` rejects an invalid ID. */
const idOf = (
  request: Outbox.EventRequest,
  index: number,
  eventId: NonNullable<InsertOptions["eventId"]>
): string | Issue => {
  if (typeof eventId !== "function") return eventId
  try {
    // `undefined` would mean no ID, so pass a value that `Outbox` rejects.
    return eventId(request, index) ?? ""
  } catch (error) {
    return threw(error)
  }
}

/** Detects an event that the server would drop: an earlier publication to one of its channels has the same key. */
const repeatedKey = (request: Outbox.EventRequest, id: string, taken: Set<string>): Issue | undefined => {
  if (request.method !== "publish" && request.method !== "broadcast") return undefined
  const own = request.payload.idempotencyKey
  for (const channel of new Set(request.channels)) {
    const scope = JSON.stringify([channel, own ?? id])
    if (taken.has(scope)) {
      const advice =
        own === undefined
          ? "pass a function as eventId that returns a different ID per event"
          : "give each event its own"
      return new Issue(
        `an earlier event has the same idempotency key and channel (${JSON.stringify(channel)}), so the server would drop this one; ${advice}`
      )
    }
    taken.add(scope)
  }
  return undefined
}
