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
 * `b64<field>`). `Uint64`: digits, whether given as a number or a bigint.
 *
 * @since 0.1.0
 */
export type Encoding = { readonly _tag: "Json"; readonly bytes: boolean } | { readonly _tag: "Uint64" }

/**
 * The annotation under which a Schema says what a field is when the server left it out.
 *
 * @since 0.1.0
 */
export const DefaultId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/Default")

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
export type Of<F extends Fields> = Schema.Simplify<Schema.Struct.Type<F>>

/**
 * A JSON object as it stands on the wire.
 *
 * @since 0.1.0
 */
export type JsonObject = { readonly [key: string]: unknown }

const json = (bytes: boolean): AST.Annotations => ({
  [EncodingId]: { _tag: "Json", bytes } satisfies Encoding
})

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
  message: (issue) =>
    typeof issue.actual === "number" && issue.actual > Number.MAX_SAFE_INTEGER
      ? "expected an integer that a number holds exactly; past 2^53 - 1 pass a bigint"
      : "expected an integer from 0 to 2^64 - 1 (a bigint past 2^53 - 1)",
  arbitrary: () => (fc) => fc.oneof(fc.maxSafeNat(), fc.bigInt(0n, 18446744073709551615n)),
  [EncodingId]: { _tag: "Uint64" } satisfies Encoding
})

/**
 * A channel's name. An empty one is refused here: the server answers 107 to it, or does nothing at
 * all (`protocol.md` trap 21).
 *
 * @since 0.1.0
 */
export const ChannelName: Schema.Schema<string> = Schema.NonEmptyString.annotations({
  identifier: "ChannelName",
  message: () => "expected a channel name that is not empty"
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
  message: () => "expected an integer from 0 to 2^53 - 1; a larger one can't be read without losing digits",
  arbitrary: () => (fc) => fc.maxSafeNat()
})

const isUint32 = (u: unknown): u is number => isSafeNatural(u) && u <= 4294967295

/**
 * An unsigned 32-bit integer.
 *
 * @since 0.1.0
 */
export const Uint32: Schema.Schema<number> = Schema.declare(isUint32, {
  identifier: "Uint32",
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

/**
 * A place in a channel's stream: `offset` within `epoch`. An empty or absent epoch is not compared.
 *
 * @since 0.1.0
 */
export const StreamPosition = Schema.Struct({ offset: Uint64, epoch: Schema.optional(Schema.String) })

/**
 * @since 0.1.0
 */
export type StreamPosition = typeof StreamPosition.Type

/**
 * Who a connection belongs to. `user` is `""` for an anonymous connection.
 *
 * @since 0.1.0
 */
export const ClientInfo = Schema.Struct({
  user: Text,
  client: Text,
  connInfo: Schema.optionalWith(JsonReply, { exact: true }),
  chanInfo: Schema.optionalWith(JsonReply, { exact: true })
})

/**
 * @since 0.1.0
 */
export type ClientInfo = typeof ClientInfo.Type

/**
 * One publication of a channel's history. `data` is absent when the payload was empty, `info` unless
 * a client published it.
 *
 * @since 0.1.0
 */
export const Publication = Schema.Struct({
  data: Schema.optionalWith(JsonReply, { exact: true }),
  info: Schema.optionalWith(ClientInfo, { exact: true }),
  offset: withDefault(SafeNatural, () => 0),
  tags: Dictionary(Schema.String)
})

/**
 * @since 0.1.0
 */
export type Publication = typeof Publication.Type

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
