// Replaces the file of this name; reviewed at 540fa86a3fdf00a2.
/** Fails a configuration that lacks a variable which its other variables require. */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"

/** Returns the value of a configuration. If there is none, fails as if `variable` were missing. */
export const orMissing =
  (variable: string, detail: string) =>
  <A>(config: Config.Config<A | undefined>): Config.Config<A> =>
    Config.mapEffect(config, (value) => {
      if (value !== undefined) return Effect.succeed<A>(value)
      const message = `Missing data at ${variable}: ${detail}`
      return Effect.fail(new Config.ConfigError(new ConfigProvider.SourceError({ message })))
    })
