/**
 * The `channel` section of the server's configuration, as it stands in its file, as far as it changes
 * what the server API answers (`protocol.md` 8.2).
 */
import { type Format } from "./Payload.js"

/** Known texts; any other is refused when the server is made. A file that is imported holds any text. */
type OneOf<A extends string> = A | (string & {})

/** A duration as Go writes it (`"300s"`, `"1h30m"`), or as Effect does (`"5 minutes"`). */
export type ConfigDuration = string

/** Options of a map namespace: its `map` section. */
export interface MapOptions {
  /** Which of a map's parts are kept. */
  readonly mode?: OneOf<"ephemeral" | "recoverable" | "persistent">
  /** Needed with `ephemeral` and `recoverable`, refused with `persistent`. */
  readonly key_ttl?: ConfigDuration
  /** Default 100. */
  readonly stream_size?: number
  /** Default one minute. */
  readonly stream_ttl?: ConfigDuration
  /** Default with `recoverable`: ten times `stream_ttl`, and no less than `key_ttl`. */
  readonly meta_ttl?: ConfigDuration
  readonly [option: string]: unknown
}

/** Options of channels. Those that change no answer of the server API may stand here too. */
export interface ChannelOptions {
  /** How many publications the history holds; without it, or at 0, there is no history. */
  readonly history_size?: number
  /** How long they are held; without it there is no history. */
  readonly history_ttl?: ConfigDuration
  /** Default: that of all channels. */
  readonly history_meta_ttl?: ConfigDuration
  /** Whether `presence` and `presence_stats` are answered. Default `false`. */
  readonly presence?: boolean
  /** Which data publications may have. Default: that of all channels. */
  readonly publication_data_format?: OneOf<Format>
  /** What kind of channels these are. Default: ordinary streams. */
  readonly subscription_type?: OneOf<"" | "stream" | "map" | "map_clients" | "map_users" | "shared_poll">
  /** Options of map channels. */
  readonly map?: MapOptions
  /** Options of shared polls. */
  readonly shared_poll?: {
    /** Whether values have versions, without which nothing can be published. */
    readonly mode?: OneOf<"" | "versionless" | "versioned">
    /** Whether `shared_poll_publish` is answered. Default `false`. */
    readonly publish_enabled?: boolean
    readonly [option: string]: unknown
  }
  readonly [option: string]: unknown
}

/**
 * A namespace: its name and the options of its channels.
 *
 * @since 0.1.0
 */
export interface Namespace extends ChannelOptions {
  /** What stands before the first `:` of its channels. */
  readonly name: string
}

/**
 * The `channel` section of the server's configuration.
 *
 * @since 0.1.0
 */
export interface ChannelConfig {
  /** Options of channels whose name has no namespace. */
  readonly without_namespace?: ChannelOptions
  /** The namespaces; a channel of any other is unknown (102). */
  readonly namespaces?: ReadonlyArray<Namespace>
  /** For namespaces without one of their own. */
  readonly publication_data_format?: OneOf<Format>
  /** Default `"720h"`. */
  readonly history_meta_ttl?: ConfigDuration
  /** Default `":"`. */
  readonly namespace_boundary?: string
  /** Default `"$"`. */
  readonly private_prefix?: string
  readonly [option: string]: unknown
}
