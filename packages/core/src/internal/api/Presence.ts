/**
 * Methods for the clients present in a channel (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

const shared = {
  payload: {
    /** The channel. */
    channel: Wire.ChannelName
  },
  codes: [100, 102, 107, 108],
  repeat: "read",
  hints: {
    108: "Presence is off for this channel: set presence of its namespace to true, or of channel.without_namespace if its name has none."
  }
} as const

const presenceSpec = {
  ...shared,
  result: {
    /** The clients by client ID; empty if nobody is subscribed. */
    presence: Wire.Dictionary(Wire.ClientInfo)
  }
} as const

/**
 * The payload of `presence`.
 *
 * @since 0.1.0
 */
export interface PresencePayload extends ApiMethod.PayloadOf<typeof presenceSpec> {}

/**
 * The result of `presence`.
 *
 * @since 0.1.0
 */
export interface PresenceResult extends ApiMethod.ResultOf<typeof presenceSpec> {}

/**
 * Every error of `presence`.
 *
 * @since 0.1.0
 */
export type PresenceError = ApiMethod.ErrorOf<typeof presenceSpec>

/**
 * Returns the connections subscribed to a channel, by client ID. Fails with `NotAvailableError` if the
 * namespace keeps no presence, `UnknownChannelError` and `InternalError`.
 *
 * Server source: `internal/api/api.go`, `Presence`.
 *
 * @since 0.1.0
 */
export const presence: ApiMethod.ApiMethod<"presence", PresencePayload, PresenceResult, PresenceError> =
  ApiMethod.make("presence", presenceSpec)

const presenceStatsSpec = {
  ...shared,
  result: {
    /** The number of connections. */
    numClients: Wire.Count,
    /** The number of distinct users among the connections. */
    numUsers: Wire.Count
  }
} as const

/**
 * The payload of `presenceStats`.
 *
 * @since 0.1.0
 */
export interface PresenceStatsPayload extends ApiMethod.PayloadOf<typeof presenceStatsSpec> {}

/**
 * The result of `presenceStats`.
 *
 * @since 0.1.0
 */
export interface PresenceStatsResult extends ApiMethod.ResultOf<typeof presenceStatsSpec> {}

/**
 * Every error of `presenceStats`.
 *
 * @since 0.1.0
 */
export type PresenceStatsError = ApiMethod.ErrorOf<typeof presenceStatsSpec>

/**
 * Counts the connections (`numClients`) and distinct users (`numUsers`) subscribed to a channel. Fails as
 * `presence` does.
 *
 * Server source: `internal/api/api.go`, `PresenceStats`.
 *
 * @since 0.1.0
 */
export const presenceStats: ApiMethod.ApiMethod<
  "presence_stats",
  PresenceStatsPayload,
  PresenceStatsResult,
  PresenceStatsError
> = ApiMethod.make("presence_stats", presenceStatsSpec)
