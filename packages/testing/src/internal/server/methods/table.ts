/** The methods of the open-source server. */
import type * as CentrifugoApi from "@effect-centrifugo/core/CentrifugoApi"
import * as channels from "./channels.js"
import * as connections from "./connections.js"
import * as maps from "./maps.js"
import { type Method } from "./method.js"
import * as node from "./node.js"
import * as publishing from "./publishing.js"

type Name = CentrifugoApi.Methods[keyof CentrifugoApi.Methods]["method"]

/** Does not compile if a method of `CentrifugoApi` is missing: add it to the `methods` of its area. */
const known: { readonly [M in Name]: Method } = {
  ...publishing.methods,
  ...connections.methods,
  ...channels.methods,
  ...node.methods,
  ...maps.methods
}

/**
 * The order in which the server matches a batch command that has several methods (`protocol.md` 1.5). Methods that
 * are not listed come last.
 */
const matched: ReadonlyArray<string> = [
  "publish",
  "broadcast",
  "subscribe",
  "unsubscribe",
  "disconnect",
  "history",
  "history_remove",
  "presence",
  "presence_stats",
  "info",
  "rpc",
  "refresh",
  "channels",
  "map_publish",
  "map_remove",
  "map_read_state",
  "map_read_stream",
  "map_stats",
  "map_clear",
  "shared_poll_publish"
]

const rank = (name: string): number => (matched.includes(name) ? matched.indexOf(name) : matched.length)

/** The methods by wire name, in the order of `matched`. */
export const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries(known).sort(([one], [other]) => rank(one) - rank(other))
)
