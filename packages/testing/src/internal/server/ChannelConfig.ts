/**
 * The part of the server's `channel` configuration that affects server API responses (`protocol.md` 8.2), in
 * the form of the configuration file.
 */
import { type Format } from "./Payload.js"

/**
 * The known values. Any string is allowed because an imported file can hold any; the server validates it when
 * it is made.
 */
type OneOf<A extends string> = A | (string & {})

/** A duration in Go's form (`"300s"`, `"1h30m"`) or in Effect's (`"5 minutes"`). */
export type ConfigDuration = string

/** Options of a map namespace: its `map` section. */
export interface MapOptions {
  /** Which parts of a map the server keeps. */
  readonly mode?: OneOf<"ephemeral" | "recoverable" | "persistent">
  /** How long a key is kept. Required with `ephemeral` and `recoverable`, rejected with `persistent`. */
  readonly key_ttl?: ConfigDuration
  /** How many changes the stream keeps. Default 100. */
  readonly stream_size?: number
  /** How long the stream keeps changes. Default one minute. */
  readonly stream_ttl?: ConfigDuration
  /** How long the position is kept. Default with `recoverable`: ten times `stream_ttl`, at least `key_ttl`. */
  readonly meta_ttl?: ConfigDuration
  readonly [option: string]: unknown
}

/** Options of channels. Options that do not affect server API responses are accepted too. */
export interface ChannelOptions {
  /** How many publications the history keeps. Without it, or at 0, there is no history. */
  readonly history_size?: number
  /** How long publications are kept. Without it there is no history. */
  readonly history_ttl?: ConfigDuration
  /** How long the position is kept. Default: the value for all channels. */
  readonly history_meta_ttl?: ConfigDuration
  /** Whether the server answers `presence` and `presence_stats`. Default `false`. */
  readonly presence?: boolean
  /** The accepted format of publication data. Default: the value for all channels. */
  readonly publication_data_format?: OneOf<Format>
  /** The subscription type of these channels. Default: ordinary streams. */
  readonly subscription_type?: OneOf<"" | "stream" | "map" | "map_clients" | "map_users" | "shared_poll">
  /** Options of map channels. */
  readonly map?: MapOptions
  /** Options of shared polls. */
  readonly shared_poll?: {
    /** Whether values have versions. Publishing requires versions. */
    readonly mode?: OneOf<"" | "versionless" | "versioned">
    /** Whether the server answers `shared_poll_publish`. Default `false`. */
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
  /** The part of a channel name before the first `:`. */
  readonly name: string
}

/**
 * The `channel` section of the server's configuration.
 *
 * @since 0.1.0
 */
export interface ChannelConfig {
  /** Options of channels without a namespace. */
  readonly without_namespace?: ChannelOptions
  /** The namespaces. A channel of any other namespace is unknown (error 102). */
  readonly namespaces?: ReadonlyArray<Namespace>
  /** The publication data format of namespaces that do not set one. */
  readonly publication_data_format?: OneOf<Format>
  /** How long positions are kept. Default `"720h"`. */
  readonly history_meta_ttl?: ConfigDuration
  /** The separator between namespace and channel name. Default `":"`. */
  readonly namespace_boundary?: string
  /** The prefix of private channels. Default `"$"`. */
  readonly private_prefix?: string
  readonly [option: string]: unknown
}
