/**
 * The vocabulary of Centrifugo's messages: value Schemas that its requests and results are built
 * from. Users see camelCase and plain values; the annotations made here tell the codec where the
 * wire differs (`protocol.md` 2).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

/**
 * The annotation under which a Schema says how the codec writes it.
 *
 * @since 0.1.0
 */
export const EncodingId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/Encoding")

/**
 * `Json`: any JSON value, spliced in as it is (with `bytes`, a `Uint8Array` goes out as base64 under
 * `b64<field>`). `Integer`: digits, whether given as a number or a bigint. `Mapped`: another value on
 * the wire than the one that users hold.
 *
 * @since 0.1.0
 */
export type Encoding =
  | { readonly _tag: "Json"; readonly bytes: boolean }
  | { readonly _tag: "Integer" }
  | {
      readonly _tag: "Mapped"
      readonly toWire: (value: never) => unknown
      /** What is no such value may be returned as it is: the Schema refuses it then. */
      readonly fromWire: (wire: unknown) => unknown
    }

/**
 * The annotation under which a Schema says what a field is when the server left it out.
 *
 * @since 0.1.0
 */
export const DefaultId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/Default")

/**
 * The annotation under which a Schema says which type the server's `api.proto` has for it, where the
 * Schema alone doesn't.
 *
 * @since 0.1.0
 */
export const ProtoTypeId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/ProtoType")

/**
 * A field of a request or a result, by its camelCase name.
 *
 * @since 0.1.0
 */
export type Fields = Schema.Struct.Fields

/**
 * What a field map describes, as users write and read it.
 *
 * @since 0.1.0
 */
export type Of<F extends Fields> = Schema.Simplify<
  Required<F, Exclude<keyof F, OptionalKeys<F>>> & Optional<F, OptionalKeys<F>>
>

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly _TypeToken: "?:" } ? K : never
}[keyof F]

// Mapped over a type parameter that is constrained to `keyof F`, so that an editor shows each field's docstring.
type Required<F extends Fields, K extends keyof F> = { readonly [P in K]: Schema.Schema.Type<F[P]> }
type Optional<F extends Fields, K extends keyof F> = { readonly [P in K]?: Schema.Schema.Type<F[P]> }

/**
 * A JSON object as it stands on the wire.
 *
 * @since 0.1.0
 */
export type JsonObject = { readonly [key: string]: unknown }

const encoded = (encoding: Encoding): AST.Annotations => ({ [EncodingId]: encoding })

const json = (bytes: boolean): AST.Annotations => encoded({ _tag: "Json", bytes })

/**
 * Values that look different on the wire. Both directions are checked against the Schema, which must
 * not be a union (a union loses its annotations inside an optional field: use `Schema.declare`).
 *
 * @since 0.1.0
 */
export const mapped = <A>(
  schema: Schema.Schema<A>,
  mapping: { readonly toWire: (value: A) => unknown; readonly fromWire: (wire: unknown) => unknown }
): Schema.Schema<A> => schema.annotations(encoded({ _tag: "Mapped", ...mapping }))

/**
 * A payload: any JSON value, `null` included, or a `Uint8Array`, which is sent as base64 and
 * published as those bytes. `undefined`, and what JSON can't carry inside the value (a bigint, a
 * function, NaN, a Map, a cycle, half of a surrogate pair), is refused before sending.
 *
 * An empty `Uint8Array` is an empty payload, which only channels with
 * `publication_data_format: "binary"` accept (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
export const Data: Schema.Schema<{} | null> = Schema.declare(
  (u: unknown): u is {} | null => u !== undefined,
  {
    identifier: "Data",
    arbitrary: () => (fc) =>
      fc.oneof(fc.jsonValue(), fc.uint8Array({ minLength: 1 })).map((value) => value as {} | null),
    ...json(true)
  }
)

/**
 * Any JSON value where the server has no binary form for it.
 *
 * @since 0.1.0
 */
export const Json: Schema.Schema<{} | null> = Schema.declare(
  (u: unknown): u is {} | null => u !== undefined,
  {
    identifier: "Json",
    arbitrary: () => (fc) => fc.jsonValue().map((value) => value as {} | null),
    ...json(false)
  }
)

/**
 * A JSON value that came back from the server: unknown until you say what it is.
 *
 * @since 0.1.0
 */
export const JsonReply: Schema.Schema<unknown> = Schema.Unknown.annotations(json(false))

const isUint64 = (u: unknown): u is number | bigint =>
  typeof u === "bigint" ? u >= 0n && u <= 18446744073709551615n : Number.isSafeInteger(u) && Number(u) >= 0

/**
 * An unsigned 64-bit integer to send. A number is taken up to 2^53 - 1; past that pass a bigint,
 * which is written digit for digit (`protocol.md` trap 13).
 *
 * @since 0.1.0
 */
export const Uint64: Schema.Schema<number | bigint> = Schema.declare(isUint64, {
  identifier: "Uint64",
  [ProtoTypeId]: "uint64",
  message: (issue) =>
    typeof issue.actual === "number" && issue.actual > Number.MAX_SAFE_INTEGER
      ? "expected an integer that a number holds exactly; past 2^53 - 1 pass a bigint"
      : "expected an integer from 0 to 2^64 - 1 (a bigint past 2^53 - 1)",
  arbitrary: () => (fc) => fc.oneof(fc.maxSafeNat(), fc.bigInt(0n, 18446744073709551615n)),
  ...encoded({ _tag: "Integer" })
})

const isInt64 = (u: unknown): u is number | bigint =>
  typeof u === "bigint" ? u >= -(2n ** 63n) && u < 2n ** 63n : Number.isSafeInteger(u)

/**
 * A signed 64-bit integer to send; past 2^53 - 1 pass a bigint.
 *
 * @since 0.1.0
 */
export const Int64: Schema.Schema<number | bigint> = Schema.declare(isInt64, {
  identifier: "Int64",
  [ProtoTypeId]: "int64",
  message: () => "expected an integer from -2^63 to 2^63 - 1 (a bigint past 2^53 - 1)",
  arbitrary: () => (fc) => fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  ...encoded({ _tag: "Integer" })
})

/** In seconds the year 5138, in milliseconds 1973. */
const milliseconds = 100_000_000_000

/**
 * Whether it is a time as the server's API has it: seconds since 1970, whole and above zero.
 *
 * @since 0.1.0
 */
export const isUnixSeconds = (u: unknown): u is number =>
  Number.isInteger(u) && Number(u) > 0 && Number(u) < milliseconds

/**
 * A time in seconds since 1970. What is not whole is refused, since the server can't read it, and so
 * are milliseconds: `Math.floor(Date.now() / 1000) + 600` is in ten minutes (`protocol.md` trap 14).
 *
 * @since 0.1.0
 */
export const UnixSeconds: Schema.Schema<number> = Schema.declare(isUnixSeconds, {
  identifier: "UnixSeconds",
  [ProtoTypeId]: "int64",
  message: () => "expected a Unix time in whole seconds, not milliseconds: Math.floor(Date.now() / 1000)",
  arbitrary: () => (fc) => fc.integer({ min: 1, max: 4_000_000_000 })
})

/**
 * A switch that is left alone when absent: the server distinguishes absent from `false` and has it as
 * `{"value":false}`, where `{}` means `false` (`protocol.md` trap 37).
 *
 * @since 0.1.0
 */
export const BoolValue: Schema.Schema<boolean> = mapped(
  Schema.Boolean.annotations({ [ProtoTypeId]: "BoolValue" }),
  {
    toWire: (value) => ({ value }),
    fromWire: (wire) =>
      typeof wire === "object" && wire !== null && !Array.isArray(wire)
        ? ((wire as { readonly value?: unknown }).value ?? false)
        : wire
  }
)

/**
 * Values of a Schema that fulfil a condition; any other is refused with these words.
 *
 * @since 0.1.0
 */
export const where = <A>(
  schema: Schema.Schema<A>,
  holds: (value: A) => boolean,
  words: string
): Schema.Schema<A> =>
  schema.pipe(Schema.filter(holds, { message: () => ({ message: words, override: true }) }))

/**
 * A text where an empty one would be refused by the server, or taken for an absent one.
 *
 * @since 0.1.0
 */
export const nonEmpty = (what: string): Schema.Schema<string> =>
  Schema.NonEmptyString.annotations({ message: () => `expected ${what} that is not empty` })

/**
 * A channel's name. An empty one is refused here: the server answers 107 to it, or does nothing at
 * all (`protocol.md` trap 21).
 *
 * @since 0.1.0
 */
export const ChannelName: Schema.Schema<string> = nonEmpty("a channel name").annotations({
  identifier: "ChannelName"
})

/**
 * What makes repeating harmless: a second call with the same key within five minutes does nothing, on
 * the memory and Redis engines (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
export const IdempotencyKey: Schema.Schema<string> = nonEmpty("an idempotency key")

/**
 * Texts by name.
 *
 * @since 0.1.0
 */
export const Texts: Schema.Schema<{ readonly [name: string]: string }> = Schema.Record({
  key: Schema.String,
  value: Schema.String
})

const isSafeNatural = (u: unknown): u is number => Number.isSafeInteger(u) && Number(u) >= 0

/**
 * An unsigned integer that came back. One past 2^53 - 1 has already lost digits in `JSON.parse`, so
 * it is refused rather than rounded.
 *
 * @since 0.1.0
 */
export const SafeNatural: Schema.Schema<number> = Schema.declare(isSafeNatural, {
  identifier: "SafeNatural",
  [ProtoTypeId]: "uint64",
  message: () => "expected an integer from 0 to 2^53 - 1; a larger one can't be read without losing digits",
  arbitrary: () => (fc) => fc.maxSafeNat()
})

/**
 * A signed integer that came back; see `SafeNatural`.
 *
 * @since 0.1.0
 */
export const SafeInteger: Schema.Schema<number> = Schema.declare(
  (u: unknown): u is number => Number.isSafeInteger(u),
  {
    identifier: "SafeInteger",
    [ProtoTypeId]: "int64",
    message: () =>
      "expected an integer up to 2^53 - 1 on either side of zero; a larger one can't be read without losing digits",
    arbitrary: () => (fc) => fc.maxSafeInteger()
  }
)

const isUint32 = (u: unknown): u is number => isSafeNatural(u) && u <= 4294967295

/**
 * An unsigned 32-bit integer.
 *
 * @since 0.1.0
 */
export const Uint32: Schema.Schema<number> = Schema.declare(isUint32, {
  identifier: "Uint32",
  [ProtoTypeId]: "uint32",
  message: () => "expected an integer from 0 to 2^32 - 1",
  arbitrary: () => (fc) => fc.nat({ max: 4294967295 })
})

const isInt32 = (u: unknown): u is number =>
  Number.isInteger(u) && Number(u) >= -2147483648 && Number(u) <= 2147483647

/**
 * A signed 32-bit integer.
 *
 * @since 0.1.0
 */
export const Int32: Schema.Schema<number> = Schema.declare(isInt32, {
  identifier: "Int32",
  [ProtoTypeId]: "int32",
  message: () => "expected an integer from -2^31 to 2^31 - 1",
  arbitrary: () => (fc) => fc.integer()
})

/**
 * Says what a result's field is when the server left it out (`protocol.md` 2.1: zero and empty
 * values are omitted).
 *
 * @since 0.1.0
 */
export const withDefault = <A>(schema: Schema.Schema<A>, value: () => A): Schema.Schema<A> =>
  schema.annotations({ [DefaultId]: value })

/**
 * A counter: 0 when left out.
 *
 * @since 0.1.0
 */
export const Count: Schema.Schema<number> = withDefault(Uint32, () => 0)

/**
 * A text that is `""` when left out.
 *
 * @since 0.1.0
 */
export const Text: Schema.Schema<string> = withDefault(Schema.String, () => "")

/**
 * A switch that is `false` when left out.
 *
 * @since 0.1.0
 */
export const Flag: Schema.Schema<boolean> = withDefault(Schema.Boolean, () => false)

/**
 * A field of a result that is absent when the server left it out.
 *
 * @since 0.1.0
 */
export const absent = <A>(schema: Schema.Schema<A>): Schema.optionalWith<Schema.Schema<A>, { exact: true }> =>
  Schema.optionalWith(schema, { exact: true })

/**
 * A list that is empty when left out.
 *
 * @since 0.1.0
 */
export const List = <A, I>(item: Schema.Schema<A, I>): Schema.Schema<ReadonlyArray<A>> =>
  withDefault(Schema.typeSchema(Schema.Array(item)), () => [])

/**
 * A map from text that is empty when left out.
 *
 * @since 0.1.0
 */
export const Dictionary = <A, I>(value: Schema.Schema<A, I>): Schema.Schema<{ readonly [key: string]: A }> =>
  withDefault(Schema.typeSchema(Schema.Record({ key: Schema.String, value })), () => ({}))

const streamPositionFields = {
  /** Place in the stream; past 2^53 - 1 as a bigint. */
  offset: Uint64,
  /** Of the stream the offset belongs to. An empty or absent one is not compared. */
  epoch: Schema.optional(Schema.String)
}

/**
 * A place in a channel's stream: `offset` within `epoch`. An empty or absent epoch is not compared.
 *
 * @since 0.1.0
 */
export interface StreamPosition extends Of<typeof streamPositionFields> {}

/**
 * Schema of a `StreamPosition`.
 *
 * @since 0.1.0
 */
export const StreamPosition: Schema.Schema<StreamPosition> = Schema.Struct(streamPositionFields)

/**
 * The place that a publication got, as fields of a result: absent where the channel has no stream.
 *
 * @since 0.1.0
 */
export const place = {
  /** Place in the channel's stream; absent without one. */
  offset: absent(SafeNatural),
  /** Of the stream the offset belongs to; absent without one. */
  epoch: absent(Schema.String)
}

/**
 * The fields of `place`.
 *
 * @since 0.1.0
 */
export interface Place extends Of<typeof place> {}

/**
 * The top of a channel's stream, as fields of a result.
 *
 * @since 0.1.0
 */
export const top = {
  /** Of the newest publication in the stream, not of the last one returned. */
  offset: withDefault(SafeNatural, () => 0),
  /** Of the stream; `""` where it has none. */
  epoch: Text
}

const clientInfoFields = {
  /** The user ID; `""` for an anonymous connection. */
  user: Text,
  /** The client ID. */
  client: Text,
  /** What the connection brought along, from its token or proxy; any JSON value. */
  connInfo: absent(JsonReply),
  /** What the subscription brought along; any JSON value. */
  chanInfo: absent(JsonReply)
}

/**
 * The fields of `top`.
 *
 * @since 0.1.0
 */
export interface Top extends Of<typeof top> {}

/**
 * Who a connection belongs to. `user` is `""` for an anonymous connection.
 *
 * @since 0.1.0
 */
export interface ClientInfo extends Of<typeof clientInfoFields> {}

/**
 * Schema of a `ClientInfo`.
 *
 * @since 0.1.0
 */
export const ClientInfo: Schema.Schema<ClientInfo> = Schema.Struct(clientInfoFields)

const publicationFields = {
  /** The JSON value; absent when the payload was empty. */
  data: absent(JsonReply),
  /** Who published it, where it was a client. */
  info: absent(ClientInfo),
  /** Place in the channel's stream. */
  offset: withDefault(SafeNatural, () => 0),
  /** Texts published beside the data; empty where there were none. */
  tags: Dictionary(Schema.String)
}

/**
 * One publication of a channel's history. `data` is absent when the payload was empty, `info` unless
 * a client published it.
 *
 * @since 0.1.0
 */
export interface Publication extends Of<typeof publicationFields> {}

/**
 * Schema of a `Publication`.
 *
 * @since 0.1.0
 */
export const Publication: Schema.Schema<Publication> = Schema.Struct(publicationFields)

/**
 * The namespace a channel belongs to with the server's default boundary, or `undefined` for a
 * channel without one (`protocol.md` 8.1).
 *
 * @since 0.1.0
 */
export const namespaceOf = (channel: string): string | undefined => {
  const name = channel.startsWith("$") ? channel.slice(1) : channel
  const end = name.indexOf(":")
  return end > 0 ? name.slice(0, end) : undefined
}
