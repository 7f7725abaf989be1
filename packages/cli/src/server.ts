/** The server that a command calls. */
import * as Options from "@effect/cli/Options"
import { layerConfig } from "@effect-centrifugo/node/CentrifugoNode"
import * as Config from "effect/Config"
import * as Option from "effect/Option"

/** The key has no flag: other users of the machine could read it from the list of processes. */
export const url = Options.text("url").pipe(
  Options.withDescription(
    "URL of the server API: http://localhost:8000/api. Default: CENTRIFUGO_API_URL. The key is read from CENTRIFUGO_API_KEY."
  ),
  Options.optional
)

/** The client for `--url`, or for CENTRIFUGO_API_URL without it. */
export const layer = (given: Option.Option<string>) =>
  layerConfig(Option.match(given, { onNone: () => ({}), onSome: (url) => ({ url: Config.succeed(url) }) }))
