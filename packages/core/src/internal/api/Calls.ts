/** The methods whose functions take schemas. Their signatures are the same for every kind of client. */
import type { HistoryCalls } from "./ChannelHistory.js"
import type { RefreshCalls } from "./Connections.js"
import type { MapPublishCalls } from "./MapChannels.js"
import type { MapReadStateCalls, MapReadStreamCalls } from "./MapReads.js"
import type { PresenceCalls } from "./Presence.js"
import type { RpcCalls } from "./Server.js"
import type { SharedPollPublishCalls } from "./SharedPoll.js"
import type { SubscribeCalls } from "./Subscriptions.js"
import type { Form } from "./typed.js"

/**
 * The signatures of the methods that take schemas, by client name. Functions derived from a method's types would lose
 * these overloads.
 *
 * @since 0.1.0
 */
export interface Calls<F extends Form> {
  /** Reads a channel's history. */
  readonly history: HistoryCalls<F>
  /** Sets the value of a key of a map. */
  readonly mapPublish: MapPublishCalls<F>
  /** Reads the keys of a map with their values. */
  readonly mapReadState: MapReadStateCalls<F>
  /** Reads the changes to a map. */
  readonly mapReadStream: MapReadStreamCalls<F>
  /** Returns the connections subscribed to a channel. */
  readonly presence: PresenceCalls<F>
  /** Sets when the open connections of a user expire. */
  readonly refresh: RefreshCalls<F>
  /** Calls an RPC extension of the server. */
  readonly rpc: RpcCalls<F>
  /** Publishes the value of a key to the clients that watch it. */
  readonly sharedPollPublish: SharedPollPublishCalls<F>
  /** Subscribes the open connections of a user to a channel. */
  readonly subscribe: SubscribeCalls<F>
}
