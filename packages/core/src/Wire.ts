/**
 * Schemas for the fields of Centrifugo's requests and results. Users see camelCase names and plain values.
 * Annotations tell the codec where the wire format differs (`protocol.md` 2).
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"

/**
 * The annotation with a Schema's `Encoding`.
 *
 * @since 0.1.0
 */
export const EncodingId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/Encoding")

/**
 * How the codec writes a value. `Json`: any JSON value, written unchanged (with `bytes`, a `Uint8Array` is sent
 * as base64 in `b64<field>`). `Integer`: all digits of a number or a bigint. `Mapped`: the wire value differs
 * from the user's value.
 *
 * @since 0.1.0
 */
export type Encoding =
  | { readonly _tag: "Json"; readonly bytes: boolean }
  | { readonly _tag: "Integer" }
  | {
      readonly _tag: "Mapped"
      readonly toWire: (value: never) => unknown
      /** Converts a wire value. Return an invalid value unchanged: the Schema then rejects it. */
      readonly fromWire: (wire: unknown) => unknown
    }

/**
 * The annotation with a function that returns a field's default, for fields that the server left out.
 *
 * @since 0.1.0
 */
export const DefaultId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/Default")

/**
 * The annotation with the type in the server's `api.proto`, if the Schema alone does not determine it.
 *
 * @since 0.1.0
 */
export const ProtoTypeId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/ProtoType")

/**
 * The annotation with a function that returns the error message for an invalid value. The message also replaces
 * that of the base type.
 *
 * @since 0.1.0
 */
export const WordsId: unique symbol = Symbol.for("@effect-centrifugo/core/Wire/Words")

/**
 * The fields of a request or a result, by camelCase name.
 *
 * @since 0.1.0
 */
export type Fields = Schema.Struct.Fields

/**
 * The type that fields describe, as users see it.
 *
 * @since 0.1.0
 */
export type Of<F extends Fields> = Schema.Simplify<
  Required<F, Exclude<keyof F, OptionalKeys<F>>> & Optional<F, OptionalKeys<F>>
>

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly _TypeToken: "?:" } ? K : never
}[keyof F]

// Mapped over a type parameter constrained to `keyof F`, so that an editor shows each field's docstring.
type Required<F extends Fields, K extends keyof F> = { readonly [P in K]: Schema.Schema.Type<F[P]> }
type Optional<F extends Fields, K extends keyof F> = { readonly [P in K]?: Schema.Schema.Type<F[P]> }

/**
 * A JSON object in wire format.
 *
 * @since 0.1.0
 */
export type JsonObject = { readonly [key: string]: unknown }

const encoded = (encoding: Encoding): AST.Annotations => ({ [EncodingId]: encoding })

const json = (bytes: boolean): AST.Annotations => encoded({ _tag: "Json", bytes })

/**
 * Makes a Schema for a value with a different wire format. The Schema validates values in both directions. It
 * must not be a union, because a union loses its annotations inside an optional field: use `Schema.declare`
 * instead.
 *
 * @since 0.1.0
 */
export const mapped: {
  /** Returns a function that gives values of a Schema another wire format. */
  <A>(mapping: Mapping<A>): (schema: Schema.Schema<A>) => Schema.Schema<A>
  /** Makes a Schema for a value with a different wire format. */
  <A>(schema: Schema.Schema<A>, mapping: Mapping<A>): Schema.Schema<A>
} = dual(2, <A>(schema: Schema.Schema<A>, mapping: Mapping<A>): Schema.Schema<A> =>
  schema.annotations(encoded({ _tag: "Mapped", ...mapping }))
)

/**
 * The conversions of `mapped`.
 *
 * @since 0.1.0
 */
export interface Mapping<in A> {
  /** Converts a value to its wire format. */
  readonly toWire: (value: A) => unknown
  /** Converts a wire value. Return an invalid value unchanged: the Schema then rejects it. */
  readonly fromWire: (wire: unknown) => unknown
}

/**
 * A payload: any JSON value including `null`, or a `Uint8Array`, which is sent as base64 and published as
 * bytes. Values that JSON cannot represent are rejected before sending: `undefined`, a bigint, a function, NaN,
 * a Map, a cycle, an unpaired surrogate.
 *
 * An empty `Uint8Array` is an empty payload. Only channels with `publication_data_format: "binary"` accept it
 * (`protocol.md` 1.5).
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
 * Any JSON value, for fields without a binary variant.
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
 * A JSON value returned by the server. Its type is `unknown`: decode or check it before use.
 *
 * @since 0.1.0
 */
export const JsonReply: Schema.Schema<unknown> = Schema.Unknown.annotations(json(false))

const isUint64 = (u: unknown): u is number | bigint =>
  typeof u === "bigint" ? u >= 0n && u <= 18446744073709551615n : Number.isSafeInteger(u) && Number(u) >= 0

/**
 * An unsigned 64-bit integer to send. Accepts a number up to 2^53 - 1, and a bigint beyond that, which is
 * written with all digits (`protocol.md` trap 13).
 *
 * @since 0.1.0
 */
export const Uint64: Schema.Schema<number | bigint> = Schema.declare(isUint64, {
  identifier: "Uint64",
  [ProtoTypeId]: "uint64",
  [WordsId]: (value: unknown) =>
    typeof value === "number" && value > Number.MAX_SAFE_INTEGER
      ? "expected an integer that a number represents exactly; above 2^53 - 1, pass a bigint"
      : "expected an integer from 0 to 2^64 - 1 (a bigint past 2^53 - 1)",
  arbitrary: () => (fc) => fc.oneof(fc.maxSafeNat(), fc.bigInt(0n, 18446744073709551615n)),
  ...encoded({ _tag: "Integer" })
})

const isInt64 = (u: unknown): u is number | bigint =>
  typeof u === "bigint" ? u >= -(2n ** 63n) && u < 2n ** 63n : Number.isSafeInteger(u)

/**
 * A signed 64-bit integer to send. Use a bigint for magnitudes above 2^53 - 1.
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

/** From this value on, a time is taken for milliseconds. In seconds it is the year 5138, in milliseconds 1973. */
const milliseconds = 100_000_000_000

/**
 * Whether a value is a valid time for the server API: whole seconds since 1970, greater than zero.
 *
 * @since 0.1.0
 */
export const isUnixSeconds = (u: unknown): u is number =>
  Number.isInteger(u) && Number(u) > 0 && Number(u) < milliseconds

/**
 * A time in whole seconds since 1970. Rejects fractions, which the server cannot read, and values that look
 * like milliseconds. For ten minutes from now: `Math.floor(Date.now() / 1000) + 600` (`protocol.md` trap 14).
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
 * An optional boolean. The server distinguishes an absent value from `false`: on the wire it is
 * `{"value":false}`, and `{}` also means `false` (`protocol.md` trap 37).
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
 * Restricts a Schema to values that pass a test. Other values are rejected with this message.
 *
 * @since 0.1.0
 */
export const where: {
  /** Returns a function that restricts a Schema to values that pass a test. */
  <A>(holds: (value: A) => boolean, words: string): (schema: Schema.Schema<A>) => Schema.Schema<A>
  /** Restricts a Schema to values that pass a test. */
  <A>(schema: Schema.Schema<A>, holds: (value: A) => boolean, words: string): Schema.Schema<A>
} = dual(3, <A>(schema: Schema.Schema<A>, holds: (value: A) => boolean, words: string): Schema.Schema<A> =>
  schema.pipe(Schema.filter(holds, { message: () => words, [WordsId]: () => words }))
)

/**
 * A non-empty string, for fields where the server rejects `""` or treats it as absent.
 *
 * @since 0.1.0
 */
export const nonEmpty = (what: string): Schema.Schema<string> =>
  // `Schema.NonEmptyString` would bring the patterns of Effect's other strings into bundles.
  Schema.String.pipe(
    Schema.filter((text) => text !== "", { message: () => `expected ${what} that is not empty` })
  )

/**
 * A channel name. An empty name is rejected here: the server would answer error 107, or do nothing
 * (`protocol.md` trap 21).
 *
 * @since 0.1.0
 */
export const ChannelName: Schema.Schema<string> = nonEmpty("a channel name").annotations({
  identifier: "ChannelName"
})

/**
 * An idempotency key, which makes a call safe to repeat. A second call with the same key within five minutes
 * does nothing, on the memory and Redis engines (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
export const IdempotencyKey: Schema.Schema<string> = nonEmpty("an idempotency key")

/**
 * A record of strings.
 *
 * @since 0.1.0
 */
export const Texts: Schema.Schema<{ readonly [name: string]: string }> = Schema.Record({
  key: Schema.String,
  value: Schema.String
})

const isSafeNatural = (u: unknown): u is number => Number.isSafeInteger(u) && Number(u) >= 0

/**
 * An unsigned integer returned by the server. `JSON.parse` has already lost digits of a value above 2^53 - 1,
 * so such a value is rejected instead of rounded.
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
 * A signed integer returned by the server. Rejects magnitudes above 2^53 - 1, as `SafeNatural` does.
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
 * Sets the value of a result field that the server left out (`protocol.md` 2.1: it omits zero and empty
 * values).
 *
 * @since 0.1.0
 */
export const withDefault: {
  /** Returns a function that sets the value of a result field that the server left out. */
  <A>(value: () => A): (schema: Schema.Schema<A>) => Schema.Schema<A>
  /** Sets the value of a result field that the server left out. */
  <A>(schema: Schema.Schema<A>, value: () => A): Schema.Schema<A>
} = dual(2, <A>(schema: Schema.Schema<A>, value: () => A): Schema.Schema<A> =>
  schema.annotations({ [DefaultId]: value })
)

/**
 * A count; 0 if left out.
 *
 * @since 0.1.0
 */
export const Count: Schema.Schema<number> = withDefault(Uint32, () => 0)

/**
 * A string; `""` if left out.
 *
 * @since 0.1.0
 */
export const Text: Schema.Schema<string> = withDefault(Schema.String, () => "")

/**
 * A boolean; `false` if left out.
 *
 * @since 0.1.0
 */
export const Flag: Schema.Schema<boolean> = withDefault(Schema.Boolean, () => false)

/**
 * A result field that is absent if the server left it out.
 *
 * @since 0.1.0
 */
export const absent = <A>(schema: Schema.Schema<A>): Schema.PropertySignature<"?:", A, never, "?:", A> =>
  // The same as `Schema.optionalWith(schema, { exact: true })`, without the code of its other options in bundles.
  Schema.makePropertySignature(new Schema.PropertySignatureDeclaration(schema.ast, true, true, {}, undefined))

/**
 * A list; empty if left out.
 *
 * @since 0.1.0
 */
export const List = <A, I>(item: Schema.Schema<A, I>): Schema.Schema<ReadonlyArray<A>> =>
  withDefault(Schema.typeSchema(Schema.Array(item)), () => [])

/**
 * A map with string keys; empty if left out.
 *
 * @since 0.1.0
 */
export const Dictionary = <A, I>(value: Schema.Schema<A, I>): Schema.Schema<{ readonly [key: string]: A }> =>
  withDefault(Schema.typeSchema(Schema.Record({ key: Schema.String, value })), () => ({}))

const streamPositionFields = {
  /** The offset in the stream; use a bigint above 2^53 - 1. */
  offset: Uint64,
  /** The epoch of the stream. An empty or absent epoch is not compared. */
  epoch: Schema.optional(Schema.String)
}

/**
 * A position in a channel's stream: an `offset` within an `epoch`. An empty or absent epoch is not compared.
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
 * The position of a publication, as fields of a result: absent if the channel has no stream.
 *
 * @since 0.1.0
 */
export const publicationPosition = {
  /** The offset in the channel's stream; absent if there is no stream. */
  offset: absent(SafeNatural),
  /** The epoch of the stream; absent if there is no stream. */
  epoch: absent(Schema.String)
}

/**
 * The fields of `publicationPosition`.
 *
 * @since 0.1.0
 */
export interface PublicationPosition extends Of<typeof publicationPosition> {}

/**
 * The position of the newest publication in a channel's stream, as fields of a result.
 *
 * @since 0.1.0
 */
export const top = {
  /** The offset of the newest publication in the stream, not of the last one returned. */
  offset: withDefault(SafeNatural, () => 0),
  /** The epoch of the stream; `""` if there is none. */
  epoch: Text
}

const clientInfoFields = {
  /** The user ID; `""` for an anonymous connection. */
  user: Text,
  /** The client ID. */
  client: Text,
  /** The connection's info, from its token or proxy; any JSON value. */
  connInfo: absent(JsonReply),
  /** The subscription's info; any JSON value. */
  chanInfo: absent(JsonReply)
}

/**
 * The fields of `top`.
 *
 * @since 0.1.0
 */
export interface Top extends Of<typeof top> {}

/**
 * The identity of a connection. `user` is `""` for an anonymous connection.
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
  /** The JSON value; absent if the payload was empty. */
  data: absent(JsonReply),
  /** The publishing client; absent for the server API. */
  info: absent(ClientInfo),
  /** The offset in the channel's stream. */
  offset: withDefault(SafeNatural, () => 0),
  /** The tags of the publication; empty if there are none. */
  tags: Dictionary(Schema.String)
}

/**
 * A publication in a channel's history. `data` is absent if the payload was empty. `info` is absent unless a
 * client published it.
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
 * The namespace of a channel with the server's default boundary `:`, or `undefined` for a channel without a
 * namespace (`protocol.md` 8.1).
 *
 * @since 0.1.0
 */
export const namespaceOf = (channel: string): string | undefined => {
  const name = channel.startsWith("$") ? channel.slice(1) : channel
  const end = name.indexOf(":")
  return end > 0 ? name.slice(0, end) : undefined
}
