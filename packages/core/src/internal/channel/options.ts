/** Options of the requests of a typed channel: the fields of the method's payload that the channel does not fill. */
import type { Request } from "../../ApiMethod.js"
import type * as MapChannels from "../api/MapChannels.js"
import type * as MapReads from "../api/MapReads.js"
import type * as Publishing from "../api/Publishing.js"
import type * as SharedPoll from "../api/SharedPoll.js"
import type * as Subscriptions from "../api/Subscriptions.js"
import type * as publications from "./publications.js"

type PayloadOf<M extends (...args: ReadonlyArray<never>) => Request.Any> = Request.Payload<ReturnType<M>>
type OptionsOf<M extends (...args: ReadonlyArray<never>) => Request.Any> = Omit<PayloadOf<M>, "channel">

/**
 * Options of a publication: `skipHistory`, `tags`, `idempotencyKey`, `delta`, `version`, `versionEpoch`, as in
 * `CentrifugoApi.publish`.
 *
 * @since 0.1.0
 */
export interface PublishOptions extends Omit<PayloadOf<typeof Publishing.publish>, "channel" | "data"> {}

/**
 * Options of a history request: `limit` (default 0: the position only), `since`, `reverse`, as in
 * `CentrifugoApi.history`.
 *
 * @since 0.1.0
 */
export interface HistoryOptions extends Omit<
  Request.Payload<publications.HistoryRequest<unknown>>,
  "channel"
> {}

/**
 * Options of a subscribe request: the user whose connections to subscribe, and the subscription's options, as in
 * `CentrifugoApi.subscribe`.
 *
 * @since 0.1.0
 */
export interface SubscribeOptions<H = unknown> extends Omit<
  OptionsOf<typeof Subscriptions.subscribe>,
  "info"
> {
  /** The subscriber's info in presence and join/leave messages, of the type of the channel's `chanInfo`. */
  readonly info?: (unknown extends H ? {} | null : H) | undefined
}

/**
 * Options of an unsubscribe request: the user whose connections to unsubscribe, as in
 * `CentrifugoApi.unsubscribe`.
 *
 * @since 0.1.0
 */
export interface UnsubscribeOptions extends OptionsOf<typeof Subscriptions.unsubscribe> {}

/**
 * Options for setting a key's value: `tags`, `idempotencyKey`, `delta`, `version`, `versionEpoch`, `score`, `keyMode`, as
 * in `CentrifugoApi.mapPublish`.
 *
 * @since 0.1.0
 */
export interface MapPublishOptions extends Omit<
  PayloadOf<typeof MapChannels.mapPublish>,
  "channel" | "key" | "data" | "streamData"
> {}

/**
 * Options of a removal: `idempotencyKey`, as in `CentrifugoApi.mapRemove`.
 *
 * @since 0.1.0
 */
export interface MapRemoveOptions extends Omit<PayloadOf<typeof MapChannels.mapRemove>, "channel" | "key"> {}

/**
 * Options of a request for a map's keys: `limit` (default 0: the position only), `cursor`, `key`, `asc`,
 * `revisionOffset`, `revisionEpoch`, as in `CentrifugoApi.mapReadState`.
 *
 * @since 0.1.0
 */
export interface MapReadStateOptions extends OptionsOf<typeof MapReads.mapReadState> {}

/**
 * Options of a request for a map's changes: `limit` (default 0: the position only), `sinceOffset`, `sinceEpoch`,
 * `reverse`, as in `CentrifugoApi.mapReadStream`.
 *
 * @since 0.1.0
 */
export interface MapReadStreamOptions extends OptionsOf<typeof MapReads.mapReadStream> {}

/**
 * The `version` of a value, from 1, and its `epoch`, as in `CentrifugoApi.sharedPollPublish`.
 *
 * @since 0.1.0
 */
export interface SharedPollPublishOptions extends Omit<
  PayloadOf<typeof SharedPoll.sharedPollPublish>,
  "channel" | "key" | "data"
> {}
