/** Writes progress to the terminal. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const { isTTY } = process.stderr

/** Updates one line on a terminal. Writes nothing elsewhere, where it would only fill a log. */
export const progress = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    if (isTTY) process.stderr.write(`\r${text}\x1b[K`)
  })

const clear = progress("")

export const print = (text: string): Effect.Effect<void> => Effect.zipRight(clear, Console.log(text))

/** Announces a step: on a terminal in the updated line, elsewhere on a separate line. */
export const announce = (text: string): Effect.Effect<void> => (isTTY ? progress(text) : Console.log(text))

const indent = (text: string) => text.replaceAll(/^/gm, "  ")

export const block = (title: string, ...parts: ReadonlyArray<string>): Effect.Effect<void> =>
  print([`\n${title}`, ...parts.filter((part) => part !== "").map(indent)].join("\n"))
