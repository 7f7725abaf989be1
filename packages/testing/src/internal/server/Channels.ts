/** Channel options, validated by the server's own rules. */
import * as Effect from "effect/Effect"
import { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import { type ChannelConfig, type ChannelOptions, type MapOptions, type Namespace } from "./ChannelConfig.js"
import { type Format } from "./Payload.js"
import * as weak from "./weak.js"

/** Validated options; times in milliseconds. */
export interface Settings {
  readonly kind: "stream" | "map" | "shared_poll"
  readonly history: { readonly size: number; readonly ttl: number; readonly metaTtl: number }
  readonly presence: boolean
  readonly format: Format
  /** `undefined` if the server accepts the map options at startup but answers calls with error 100. */
  readonly map: MapSettings | undefined
  readonly acceptsPolls: boolean
}

export interface MapSettings {
  readonly hasStream: boolean
  readonly keyTtl: number
  readonly streamSize: number
  readonly streamTtl: number
  /** 0 keeps the position forever. */
  readonly metaTtl: number
}

/** Finds a channel's options; `undefined` if its namespace is not configured. */
export type Lookup = (channel: string) => Settings | undefined

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

/** Reads one option of a section. */
const reading =
  <A>(read: (value: unknown) => A | undefined, expected: string) =>
  (option: string, value: unknown): Effect.Effect<A, ConfigError> => {
    const found = read(value)
    return found === undefined ? fail(option, `expected ${expected}`) : Effect.succeed(found)
  }

const durationOf = reading(weak.duration, 'a duration such as "300s", "1h30m" or "5 minutes"')
const sizeOf = reading(weak.size, "a whole number that is not negative")
const flagOf = reading(weak.flag, "true or false")
const anyTextOf = reading(weak.text, "a string")
const listOf = reading(weak.list, "a list")
const anySectionOf = reading(weak.section, "an object")

/** Checks the option names; values are read one by one, because a file may hold anything. */
const sectionOf = <A extends object>(option: string, value: A | undefined) =>
  anySectionOf(option, value) as Effect.Effect<Partial<A>, ConfigError>

const textOf = (option: string, value: unknown, otherwise: string): Effect.Effect<string, ConfigError> =>
  Effect.map(anyTextOf(option, value), (text) => text || otherwise)

const secondsOf = (option: string, value: unknown): Effect.Effect<number, ConfigError> =>
  Effect.filterOrFail(
    durationOf(option, value),
    (millis) => millis % 1000 === 0,
    () => fail(option, "expected whole seconds")
  )

const oneOf = <const A extends string>(
  option: string,
  value: unknown,
  values: ReadonlyArray<A>
): Effect.Effect<A, ConfigError> => {
  const text = weak.text(value)
  const found = values.find((known) => known === text)
  return found === undefined
    ? fail(option, `expected one of ${values.map((known) => JSON.stringify(known)).join(", ")}`)
    : Effect.succeed(found)
}

const formats = ["", "json", "json_object", "binary"] as const
const subscriptionTypes = ["", "stream", "map", "map_clients", "map_users", "shared_poll"] as const

const dayAndNight = 24 * 3_600_000

const mapSettings = (
  path: string,
  options: MapOptions,
  isMap: boolean
): Effect.Effect<MapSettings | undefined, ConfigError> =>
  Effect.gen(function* () {
    const mode = yield* oneOf(`${path}.mode`, options.mode, ["", "ephemeral", "recoverable", "persistent"])
    if (mode === "") return isMap ? yield* fail(`${path}.mode`, "a map namespace needs it") : undefined
    const hasStream = mode !== "ephemeral"
    const keyTtl = yield* durationOf(`${path}.key_ttl`, options.key_ttl)
    if ((mode === "persistent") !== (keyTtl === 0)) {
      const detail = mode === "persistent" ? "a persistent map has none" : `map.mode "${mode}" needs it`
      return yield* fail(`${path}.key_ttl`, detail)
    }
    const streamSize = yield* sizeOf(`${path}.stream_size`, options.stream_size)
    const streamTtl = yield* durationOf(`${path}.stream_ttl`, options.stream_ttl)
    const metaTtl = yield* durationOf(`${path}.meta_ttl`, options.meta_ttl)
    if (!hasStream) {
      if (streamSize + streamTtl + metaTtl > 0) {
        return yield* fail(path, "an ephemeral map has no stream_size, stream_ttl or meta_ttl")
      }
      return { hasStream, keyTtl, streamSize, streamTtl, metaTtl }
    }
    const keptFor = streamTtl || 60_000
    if (metaTtl !== 0 && metaTtl < keptFor) {
      return yield* fail(
        `${path}.meta_ttl`,
        "it must not be less than stream_ttl, which is one minute by default"
      )
    }
    // The server starts with these options, but every call fails.
    if (metaTtl !== 0 && metaTtl < (keyTtl || Infinity)) return undefined
    return {
      hasStream,
      keyTtl,
      streamSize: streamSize || 100,
      streamTtl: keptFor,
      metaTtl: metaTtl || (keyTtl === 0 ? 0 : Math.max(keptFor * 10, keyTtl))
    }
  })

interface Defaults {
  readonly format: Format
  readonly metaTtl: number
}

const settingsOf = (
  path: string,
  given: ChannelOptions | undefined,
  defaults: Defaults
): Effect.Effect<Settings, ConfigError> =>
  Effect.gen(function* () {
    const options: ChannelOptions = yield* sectionOf(path, given)
    const size = yield* sizeOf(`${path}.history_size`, options.history_size)
    const ttl = yield* secondsOf(`${path}.history_ttl`, options.history_ttl)
    if ((size === 0) !== (ttl === 0)) {
      return yield* fail(path, "history needs both history_size and history_ttl")
    }
    const metaTtl =
      (yield* secondsOf(`${path}.history_meta_ttl`, options.history_meta_ttl)) || defaults.metaTtl
    if (metaTtl < ttl) return yield* fail(`${path}.history_ttl`, "it must not be more than history_meta_ttl")
    const type = yield* oneOf(`${path}.subscription_type`, options.subscription_type, subscriptionTypes)
    const kind = type === "" || type === "stream" ? "stream" : type === "shared_poll" ? type : "map"
    const format = yield* oneOf(`${path}.publication_data_format`, options.publication_data_format, formats)
    const poll: NonNullable<ChannelOptions["shared_poll"]> = yield* sectionOf(
      `${path}.shared_poll`,
      options.shared_poll
    )
    const acceptsPolls = yield* flagOf(`${path}.shared_poll.publish_enabled`, poll.publish_enabled)
    if (kind === "shared_poll" && acceptsPolls && poll.mode !== "versioned") {
      return yield* fail(`${path}.shared_poll.publish_enabled`, 'it needs shared_poll.mode "versioned"')
    }
    return {
      kind,
      history: { size, ttl, metaTtl },
      presence: yield* flagOf(`${path}.presence`, options.presence),
      format: format === "" ? defaults.format : format,
      map: yield* mapSettings(`${path}.map`, yield* sectionOf(`${path}.map`, options.map), kind === "map"),
      acceptsPolls
    }
  })

const namespacePattern = /^[-a-zA-Z0-9_.]{2,}$/

/** Validates a configuration by the server's own rules. */
export const make = (given: ChannelConfig): Effect.Effect<Lookup, ConfigError> =>
  Effect.gen(function* () {
    const config: ChannelConfig = yield* sectionOf("channel", given)
    const defaults: Defaults = {
      format: yield* oneOf("channel.publication_data_format", config.publication_data_format, formats),
      metaTtl: (yield* secondsOf("channel.history_meta_ttl", config.history_meta_ttl)) || 30 * dayAndNight
    }
    const withoutNamespace = yield* settingsOf(
      "channel.without_namespace",
      config.without_namespace,
      defaults
    )
    const namespaces = new Map<string, Settings>()
    for (const [i, item] of (yield* listOf("channel.namespaces", config.namespaces)).entries()) {
      const namespace: Partial<Namespace> = yield* anySectionOf(`channel.namespaces[${i}]`, item)
      const path = `channel.namespaces[${JSON.stringify(namespace.name)}]`
      const name = yield* anyTextOf(path, namespace.name)
      if (!namespacePattern.test(name)) {
        return yield* fail(path, `a namespace's name must match ${namespacePattern.source}`)
      }
      if (namespaces.has(name)) return yield* fail(path, "the name must be unique")
      namespaces.set(name, yield* settingsOf(path, namespace, defaults))
    }
    const nameOf = namespaceOf(
      yield* textOf("channel.namespace_boundary", config.namespace_boundary, ":"),
      yield* textOf("channel.private_prefix", config.private_prefix, "$")
    )
    return (channel) => {
      const name = nameOf(channel)
      return name === "" ? withoutNamespace : namespaces.get(name)
    }
  })

const namespaceOf =
  (boundary: string, privatePrefix: string) =>
  (channel: string): string => {
    const name = channel.startsWith(privatePrefix) ? channel.slice(privatePrefix.length) : channel
    const end = name.indexOf(boundary)
    return end < 0 ? "" : name.slice(0, end)
  }

/** The default without a configuration: every namespace exists, with history and presence. */
export const permissive: Effect.Effect<Lookup, ConfigError> = Effect.map(
  make({ without_namespace: { history_size: 100, history_ttl: "300s", presence: true } }),
  (lookup) => () => lookup("any")
)
