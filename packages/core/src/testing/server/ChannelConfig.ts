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
  readonly history_size?: number
  readonly history_ttl?: ConfigDuration
  /** Default: that of all channels. */
  readonly history_meta_ttl?: ConfigDuration
  readonly presence?: boolean
  readonly publication_data_format?: OneOf<Format>
  readonly subscription_type?: OneOf<"" | "stream" | "map" | "map_clients" | "map_users" | "shared_poll">
  readonly map?: MapOptions
  readonly shared_poll?: {
    readonly mode?: OneOf<"" | "versionless" | "versioned">
    readonly publish_enabled?: boolean
    readonly [option: string]: unknown
  }
  readonly [option: string]: unknown
}

export interface Namespace extends ChannelOptions {
  readonly name: string
}

export interface ChannelConfig {
  readonly without_namespace?: ChannelOptions
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
