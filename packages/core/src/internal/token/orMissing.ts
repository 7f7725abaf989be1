/** Fails a configuration that lacks a variable which its other variables require. */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"

/** Returns the value of a configuration. If there is none, fails as if `variable` were missing. */
export const orMissing =
  (variable: string, detail: string) =>
  <A>(config: Config.Config<A | undefined>): Config.Config<A> =>
    Config.mapOrFail(config, (value) =>
      value === undefined ? Either.left(ConfigError.MissingData([variable], detail)) : Either.right<A>(value)
    )
