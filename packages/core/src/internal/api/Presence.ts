/**
 * Who is in a channel (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

const shared = {
  payload: { channel: Wire.ChannelName },
  codes: [100, 102, 107, 108],
  repeat: "read",
  hints: {
    108: "Presence is off for this channel: set presence of its namespace to true, or of channel.without_namespace if its name has none."
  }
} as const

/**
 * The connections subscribed to a channel, by client ID. Fails with `NotAvailableError` where the
 * namespace keeps no presence, `UnknownChannelError` and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Presence`.
 *
 * @since 0.1.0
 */
export const presence = ApiMethod.make("presence", {
  ...shared,
  result: {
    /** By client ID; empty where nobody is subscribed. */
    presence: Wire.Dictionary(Wire.ClientInfo)
  }
})

/**
 * How many connections (`numClients`) and distinct users (`numUsers`) are subscribed to a channel. Fails
 * as `presence` does.
 *
 * Server source: `internal/api/api.go`, `PresenceStats`.
 *
 * @since 0.1.0
 */
export const presenceStats = ApiMethod.make("presence_stats", {
  ...shared,
  result: {
    /** Connections. */
    numClients: Wire.Count,
    /** Distinct users among them. */
    numUsers: Wire.Count
  }
})
