/** A Schema for parameters that contain any text. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Issue } from "../codec/Issue.js"
import { transformed } from "../codec/schema.js"

/**
 * Any non-empty text as a parameter. Characters that a name cannot contain are URL-escaped, including the
 * asterisk, which `Schema.StringFromUriComponent` does not escape.
 *
 * @example
 * ```ts
 * import { TypedChannel } from "@effect-centrifugo/core"
 * import { Schema } from "effect"
 *
 * const Repository = TypedChannel.make("repository:{name}", {
 *   params: { name: TypedChannel.EscapedText },
 *   data: Schema.Struct({ commit: Schema.String })
 * })
 *
 * Repository.name({ name: "effect-ts/*" }) // Either.right("repository:effect-ts%2F%2A")
 * ```
 * @since 0.1.0
 */
export const EscapedText: Schema.Schema<string> = transformed(Schema.String, Schema.String, {
  decode: (text) =>
    Either.try({ try: () => decodeURIComponent(text), catch: () => new Issue("expected URL-escaped text") }),
  encode: (value) =>
    value.isWellFormed()
      ? Either.right(encodeURIComponent(value).replaceAll("*", "%2A"))
      : Either.left(new Issue("text with half of a surrogate pair; use toWellFormed() or cut elsewhere"))
}).annotations({ identifier: "EscapedText", description: "text without half of a surrogate pair" })
