/** Reads and writes JSON. */
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { text } from "node:stream/consumers"

/** The value of a flag or an argument is invalid. The message never quotes the value. */
export class InputError extends Data.TaggedError("CliInputError")<{ readonly message: string }> {}

/** Some parts of the call failed. Their errors are in the output. */
export class PartialError extends Data.TaggedError("CliPartialError")<{ readonly message: string }> {}

/** The given text; for `-`, all of standard input. */
export const textOf = (name: string, given: string): Effect.Effect<string, InputError> =>
  given === "-"
    ? Effect.tryPromise({
        try: () => text(process.stdin),
        catch: () => new InputError({ message: `${name}: standard input can't be read` })
      })
    : Effect.succeed(given)

/** The JSON value of the given text, or of standard input. */
export const parse = (name: string, given: string): Effect.Effect<unknown, InputError> =>
  Effect.flatMap(textOf(name, given), (json) =>
    Effect.try({
      try: (): unknown => JSON.parse(json),
      catch: () =>
        new InputError({
          message: `${name}: expected JSON, such as '{"text":"hello"}'; a string needs its quotes: '"hello"'`
        })
    })
  )

const errorOf = (error: unknown) =>
  error instanceof Error
    ? { ...("_tag" in error ? { tag: error._tag } : {}), message: error.message }
    : { message: String(error) }

/** Writes a value as one line of JSON. Writes a failed part as `{ error }`, and then fails. */
export const print = (value: unknown): Effect.Effect<void, PartialError> =>
  Effect.suspend(() => {
    let failures = 0
    const json = JSON.stringify(value, function (this: { readonly [key: string]: unknown }, key, item) {
      // `item` is the result of the Either's toJSON; `this` still has the Either.
      const held = this[key]
      if (Either.isEither(held)) {
        if (Either.isRight(held)) return held.right
        failures++
        return { error: errorOf(held.left) }
      }
      return held instanceof Uint8Array ? { base64: Buffer.from(held).toString("base64") } : item
    })
    return Effect.zipRight(
      Console.log(json),
      failures === 0
        ? Effect.void
        : new PartialError({ message: `${failures} failed; the output says which, and why` })
    )
  })
