/** The SQL of the PostgreSQL outbox. Like the server, it writes the table name without quotes. */
import * as Either from "effect/Either"
import { ConfigError } from "../../CentrifugoError.js"
import type { Row } from "../../Outbox.js"
import { areNames, expectedNamespaces } from "./accept.js"
import { expectedPartitions, isPartitionCount } from "./partition.js"

export interface Options {
  readonly table?: string | undefined
  readonly partitions?: number | undefined
  readonly notificationChannel?: string | false | undefined
  readonly namespaces?: ReadonlyArray<string> | undefined
}

export interface Settings {
  readonly table: string
  readonly partitions: number
  readonly notificationChannel: string | undefined
  readonly namespaces: ReadonlyArray<string> | undefined
}

/**
 * Limits names to 40 characters: the index, the function and the trigger add a suffix to the table's name, and
 * PostgreSQL cuts names at 63 bytes.
 */
const tableName = /^(?:[A-Za-z_]\w{0,39}\.)?[A-Za-z_]\w{0,39}$/

const channelName = /^[\w.:-]{1,63}$/

export const resolve = ({
  namespaces,
  notificationChannel = "centrifugo_partition_change",
  partitions = 1,
  table = "centrifugo_outbox"
}: Options): Either.Either<Settings, ConfigError> => {
  const refuse = (option: string, detail: string) => Either.left(new ConfigError({ option, detail }))
  if (!tableName.test(table)) {
    return refuse(
      "table",
      "expected a name of at most 40 letters, digits and underscores, optionally after a schema and a dot: the server puts the name into its SQL without quotes"
    )
  }
  if (!isPartitionCount(partitions)) {
    return refuse("partitions", `${expectedPartitions}, as the consumer's num_partitions`)
  }
  if (notificationChannel !== false && !channelName.test(notificationChannel)) {
    return refuse(
      "notificationChannel",
      "expected false, or a name of at most 63 letters, digits, underscores, dots, colons and dashes"
    )
  }
  if (namespaces !== undefined && !areNames(namespaces)) return refuse("namespaces", expectedNamespaces)
  return Either.right({
    table,
    partitions,
    namespaces,
    notificationChannel: notificationChannel === false ? undefined : notificationChannel
  })
}

/** Runs changes only if needed: even `IF NOT EXISTS` can take a lock, and would wait for open transactions. */
const only = (condition: string, ...changes: ReadonlyArray<string>): string =>
  `IF ${condition} THEN\n${changes.map((change) => `${change};`).join("\n")}\nEND IF;`

const block = (...statements: ReadonlyArray<string>): string =>
  `DO $migration$\nBEGIN\n${statements.join("\n")}\nEND\n$migration$`

/** Notifies once per statement, not per row, and once for each partition written to. */
const notifyBody = (channel: string): string => `
BEGIN
  PERFORM pg_notify('${channel}', changed.partition::text)
  FROM (SELECT DISTINCT partition FROM inserted) AS changed;
  RETURN NULL;
END
`

/** Creates the trigger and its function. A trigger with another name or function counts as absent. */
const notifications = ({ notificationChannel, table }: Settings): string => {
  const procedure = `${table}_notify`
  const trigger = nameOf(procedure)
  const dropTrigger = `DROP TRIGGER IF EXISTS ${trigger} ON ${table}`
  // PostgreSQL folds unquoted names to lower case.
  const existing = `SELECT FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND tgname = lower('${trigger}')`
  if (notificationChannel === undefined) {
    return block(
      only(`EXISTS (${existing})`, dropTrigger),
      only(`to_regproc('${procedure}') IS NOT NULL`, `DROP FUNCTION ${procedure}()`)
    )
  }
  const body = `$body$${notifyBody(notificationChannel)}$body$`
  return block(
    only(
      `NOT EXISTS (SELECT FROM pg_proc WHERE oid = to_regproc('${procedure}') AND prosrc = ${body})`,
      `CREATE OR REPLACE FUNCTION ${procedure}() RETURNS trigger LANGUAGE plpgsql AS ${body}`
    ),
    only(
      // `tgtype = 4`: after insert, for each statement. Also requires that the trigger is enabled.
      `NOT EXISTS (${existing} AND tgfoid = to_regproc('${procedure}') AND tgtype = 4 AND tgnewtable = 'inserted' AND tgenabled = 'O')`,
      dropTrigger,
      `CREATE TRIGGER ${trigger} AFTER INSERT ON ${table}
  REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION ${procedure}()`
    )
  )
}

/** The name without its schema. */
const nameOf = (name: string): string => name.split(".").at(-1)!

/**
 * The migration. Each statement moves the database from any state that an earlier migration left to the state
 * of the settings. If nothing needs to change, it only reads.
 */
export const migration = (settings: Settings): ReadonlyArray<string> => {
  const { table } = settings
  const index = nameOf(`${table}_partition_id`)
  return [
    block(
      only(
        `to_regclass('${table}') IS NULL`,
        `CREATE TABLE ${table} (
  id bigserial PRIMARY KEY,
  method text NOT NULL,
  payload jsonb NOT NULL,
  partition integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
)`
      )
    ),
    block(
      only(
        `NOT EXISTS (SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = '${table}'::regclass AND relname = lower('${index}'))`,
        // Matches the consumer's query: WHERE partition = $1 ORDER BY id.
        `CREATE INDEX ${index} ON ${table} (partition, id)`
      )
    ),
    notifications(settings)
  ]
}

export interface Statement {
  readonly sql: string
  readonly params: ReadonlyArray<string | number>
}

/** Passes JSON as text, so that no driver encodes it as a JSON string again. */
const insertOf = (table: string, rows: ReadonlyArray<Row>): Statement => ({
  sql: `INSERT INTO ${table} (method, payload, partition) VALUES ${rows
    .map((_, i) => `($${3 * i + 1}, $${3 * i + 2}::text::jsonb, $${3 * i + 3}::integer)`)
    .join(", ")}`,
  params: rows.flatMap(({ method, partition, payload }) => [method, payload, partition])
})

const maxRows = 1000
const maxCharacters = 8_000_000

/** Splits rows into insert statements of a suitable size, in order. */
export const inserts = (table: string, rows: ReadonlyArray<Row>): ReadonlyArray<Statement> => {
  const statements: Array<Statement> = []
  let chunk: Array<Row> = []
  let characters = 0
  for (const row of rows) {
    if (chunk.length === maxRows || (chunk.length > 0 && characters + row.payload.length > maxCharacters)) {
      statements.push(insertOf(table, chunk))
      chunk = []
      characters = 0
    }
    chunk.push(row)
    characters += row.payload.length
  }
  if (chunk.length > 0) statements.push(insertOf(table, chunk))
  return statements
}
