/** The codecs of one method: compiled on first use, and as ordinary Schemas. */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { JsonObject } from "../../Wire.js"
import type { Codec } from "./compile.js"
import { Issue, threw } from "./Issue.js"
import { transformed, uncopied } from "./schema.js"

/** Decodes a result. If a Schema of a user-defined method throws, only its own request fails. */
export const guarded = (codec: () => Codec, result: unknown): unknown => {
  try {
    return codec().read(result)
  } catch {
    // Leaves out the thrown message, because it may quote the response.
    return new Issue("the Schema of the result threw")
  }
}

interface Problem {
  readonly path: ReadonlyArray<string | number>
  readonly detail: string
}

/** A codec that also runs the method's `check`. */
export const checked = <P>(codec: Codec, check: ((payload: P) => Problem | undefined) | undefined): Codec =>
  check === undefined
    ? codec
    : {
        read: codec.read,
        write: (value) => {
          const text = codec.write(value)
          if (typeof text !== "string") return text
          try {
            const problem = check(value as P)
            return problem === undefined ? text : Issue.at(problem.path, problem.detail)
          } catch (error) {
            // A getter that worked during encoding can throw now.
            return threw(error)
          }
        }
      }

export const lazy = <A>(make: () => A): (() => A) => {
  let value: A | undefined
  return () => (value ??= make())
}

const onlyAsText =
  "a parsed JSON value can't hold it (a bigint past 2^53 - 1 would be rounded); the method's encode writes it as text"

/** The compiled codec as an ordinary Schema between the payload and its wire object. */
export const wireSchema = <A>(payload: Schema.Schema<A>, codec: () => Codec): Schema.Schema<A, JsonObject> =>
  transformed<A, JsonObject>(
    Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    uncopied(payload),
    {
      decode: (wire) => {
        const value = codec().read(wire)
        return value instanceof Issue ? Either.left(value) : Either.right(value as A)
      },
      encode: (value) => {
        const text = codec().write(value)
        if (typeof text !== "string") return Either.left(text)
        const wire = JSON.parse(text) as JsonObject
        // The text has all digits of a bigint; a number parsed from it may not.
        const back = codec().read(wire)
        return back instanceof Issue ? Either.left(Issue.at(back.path, onlyAsText)) : Either.right(wire)
      }
    }
  )
