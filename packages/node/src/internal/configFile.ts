/** What the embedded server takes of a real server's configuration file: its `channel` section. */
import type { ChannelConfig } from "@effect-centrifugo/core/CentrifugoTest"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { readFile } from "node:fs/promises"

const option = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** A section with these options, and any others, which the server passes over. */
const section = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields, Schema.Record({ key: Schema.String, value: Schema.Unknown })).annotations({
    title: "an object"
  })

const channelOptions = {
  history_size: option(Schema.Number),
  history_ttl: option(Schema.String),
  history_meta_ttl: option(Schema.String),
  presence: option(Schema.Boolean),
  publication_data_format: option(Schema.String),
  subscription_type: option(Schema.String),
  map: option(
    section({
      mode: option(Schema.String),
      key_ttl: option(Schema.String),
      stream_size: option(Schema.Number),
      stream_ttl: option(Schema.String),
      meta_ttl: option(Schema.String)
    })
  ),
  shared_poll: option(section({ mode: option(Schema.String), publish_enabled: option(Schema.Boolean) }))
}

/** The types alone: whether the values are possible is checked by the server. */
const ConfigFile = section({
  channel: section({
    without_namespace: option(section(channelOptions)),
    namespaces: option(
      Schema.Array(section({ name: Schema.String, ...channelOptions })).annotations({ title: "a list" })
    ),
    publication_data_format: option(Schema.String),
    history_meta_ttl: option(Schema.String),
    namespace_boundary: option(Schema.String),
    private_prefix: option(Schema.String)
  })
})

/** The `channel` section, and the names of the other ones. */
export interface FromFile {
  readonly channel: ChannelConfig
  readonly ignored: ReadonlyArray<string>
}

/** Reads a file; fails with a sentence that begins with its name. */
export const read = (file: string): Effect.Effect<FromFile, string> =>
  Effect.gen(function* () {
    const text = yield* Effect.tryPromise({
      try: () => readFile(file, "utf8"),
      catch: (error) => `${file} can't be read: ${messageOf(error)}`
    })
    const json = yield* Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: (error) => `${file} is not JSON: ${messageOf(error)}`
    })
    const { channel, ...others } = yield* Effect.mapError(
      Schema.decodeUnknown(ConfigFile)(json),
      ({ issue }) => `${file}: ${describe(issue)}`
    )
    return { channel, ignored: Object.keys(others) }
  })

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const describe = (issue: ParseResult.ParseIssue): string =>
  ParseResult.ArrayFormatter.formatIssueSync(issue)
    .map(({ message, path }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ")
