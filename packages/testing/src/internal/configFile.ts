/** Reads the `channel` section of a real server's configuration file. */
import type { ChannelConfig } from "../CentrifugoTest.js"
import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"

/** The `channel` section, and the names of the other sections. */
export interface FromFile {
  /** Not validated yet: making the server validates it. */
  readonly channel: ChannelConfig
  readonly ignored: ReadonlyArray<string>
}

/** Reads a file. Fails with a message that begins with the file name. */
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
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      return yield* Effect.fail(`${file}: expected an object of sections, such as {"channel": {...}}`)
    }
    // Without the section there are no namespaces and no history.
    const { channel, ...others } = json as { readonly channel?: ChannelConfig | null }
    return { channel: channel ?? {}, ignored: Object.keys(others) }
  })

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
