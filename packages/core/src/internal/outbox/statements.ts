/** The SQL of the PostgreSQL outbox. It names the table as the server does: without quotes. */
import * as Either from "effect/Either"
import { ConfigError } from "../../CentrifugoError.js"
import type { Row } from "../../Outbox.js"
import { expectedPartitions, isPartitionCount } from "./partition.js"

export interface Options {
  readonly table?: string | undefined
  readonly partitions?: number | undefined
  readonly notificationChannel?: string | false | undefined
}

export interface Settings {
  readonly table: string
  readonly partitions: number
  readonly notificationChannel: string | undefined
}

/** Names of the index, the function and the trigger are made of it, and PostgreSQL cuts names at 63 bytes. */
const tableName = /^(?:[A-Za-z_]\w{0,39}\.)?[A-Za-z_]\w{0,39}$/

const channelName = /^[\w.:-]{1,63}$/

export const resolve = ({
  notificationChannel = "centrifugo_partition_change",
  partitions = 1,
  table = "centrifugo_outbox"
}: Options): Either.Either<Settings, ConfigError> => {
  const refuse = (option: string, detail: string) => Either.left(new ConfigError({ option, detail }))
  if (!tableName.test(table)) {
    return refuse(
      "table",
      "expected a name of at most 40 letters, digits and underscores, with a schema before a dot if you like: the server puts it into its SQL as it is, without quotes"
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
  return Either.right({
    table,
    partitions,
    notificationChannel: notificationChannel === false ? undefined : notificationChannel
  })
}

/** Done only where it is needed: even `IF NOT EXISTS` may take a lock, and would wait for open transactions. */
const only = (condition: string, ...changes: ReadonlyArray<string>): string =>
  `IF ${condition} THEN\n${changes.map((change) => `${change};`).join("\n")}\nEND IF;`

const block = (...statements: ReadonlyArray<string>): string =>
  `DO $migration$\nBEGIN\n${statements.join("\n")}\nEND\n$migration$`

/** Once for a statement, not for each row, and once for each partition that it wrote to. */
const notifyBody = (channel: string): string => `
BEGIN
  PERFORM pg_notify('${channel}', changed.partition::text)
  FROM (SELECT DISTINCT partition FROM inserted) AS changed;
  RETURN NULL;
END
`

/** The trigger and its function, as they should be: names of others, or none, count as absent. */
const notifications = ({ notificationChannel, table }: Settings): string => {
  const procedure = `${table}_notify`
  const trigger = nameOf(procedure)
  const dropTrigger = `DROP TRIGGER IF EXISTS ${trigger} ON ${table}`
  // To PostgreSQL, names without quotes are in lower case.
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
      // After insert, for each statement, and not switched off.
      `NOT EXISTS (${existing} AND tgfoid = to_regproc('${procedure}') AND tgtype = 4 AND tgnewtable = 'inserted' AND tgenabled = 'O')`,
      dropTrigger,
      `CREATE TRIGGER ${trigger} AFTER INSERT ON ${table}
  REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION ${procedure}()`
    )
  )
}

/** A name without its schema. */
const nameOf = (name: string): string => name.split(".").at(-1)!

/** Each leads from any state that another migration has left to the one that the settings say, and is no more than a look where it is there. */
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
        // What the consumer asks for: WHERE partition = $1 ORDER BY id.
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

/** Through text, so that no driver takes the JSON text for a value to write as JSON once more. */
const insertOf = (table: string, rows: ReadonlyArray<Row>): Statement => ({
  sql: `INSERT INTO ${table} (method, payload, partition) VALUES ${rows
    .map((_, i) => `($${3 * i + 1}, $${3 * i + 2}::text::jsonb, $${3 * i + 3}::integer)`)
    .join(", ")}`,
  params: rows.flatMap(({ method, partition, payload }) => [method, payload, partition])
})

const maxRows = 1000
const maxCharacters = 8_000_000

/** Inserts of as many rows each as one statement carries well, in order. */
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
