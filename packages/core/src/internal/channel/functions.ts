/** The functions of one typed channel. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as ChannelHistory from "../api/ChannelHistory.js"
import * as MapChannels from "../api/MapChannels.js"
import { presenceStats } from "../api/Presence.js"
import * as Publishing from "../api/Publishing.js"
import { unless } from "../api/refused.js"
import { encodeError, writer } from "../api/schemas.js"
import type { Issue } from "../codec/Issue.js"
import { sharedPollPublish } from "../api/SharedPoll.js"
import * as Subscriptions from "../api/Subscriptions.js"
import { ClaimsError } from "../token/errors.js"
import * as mint from "../token/mint.js"
import type { ChannelOptions } from "../token/model.js"
import * as broadcast from "./broadcast.js"
import * as maps from "./maps.js"
import { Naming, type Schemas } from "./naming.js"
import type * as Options from "./options.js"
import { type InfoSchemas, presence } from "./presence.js"
import * as proxy from "./proxy.js"
import * as publications from "./publications.js"
import { NoData, to } from "./requests.js"
import { defaults } from "./rules.js"
import * as Template from "./template.js"

/** The description of a channel. */
export interface Description<D, I extends {} | null> extends InfoSchemas {
  readonly params?: Schemas
  readonly data: Schema.Schema<D, I>
  readonly maxLength?: number
  readonly unicode?: boolean
}

export const functions = <D, I extends {} | null>(text: string, options: Description<D, I>) => {
  const naming = namingOf(text, options)
  const write = writer(options.data)
  const writeInfo = options.chanInfo === undefined ? undefined : writer<unknown, unknown>(options.chanInfo)
  const readHistory = publications.history(options.data)
  const readPresence = presence(options)
  const readState = maps.readState(options.data)
  const readChanges = maps.readChanges(options.data)

  const encode = (data: D) => encoded(write(data))

  /** Makes functions that take the parameters first, and omit them if the template has none. */
  const addressed = <A extends ReadonlyArray<unknown>, B>(
    f: (name: ReturnType<Naming["build"]>, ...args: A) => B
  ) =>
    naming.hasParameters
      ? (params: unknown, ...args: A) => f(naming.build(params), ...args)
      : (...args: A) => f(naming.build({}), ...args)

  return {
    template: text,
    data: options.data,
    name: addressed((name) => Either.mapLeft(name, (issue) => encodeError("name", issue, ["params"]))),
    parse: (channel: string) => naming.parse(channel),
    publish: addressed((name, data: D, options?: Options.PublishOptions) => {
      const { issue, value } = encode(data)
      return to(name, (channel) =>
        unless(issue, ["data"], Publishing.publish({ ...options, channel, data: value }))
      )
    }),
    broadcast: (params: ReadonlyArray<unknown>, data: D, options?: Options.PublishOptions) =>
      broadcast.make(params, (params) => naming.build(params), encode(data), options ?? {}),
    history: addressed((name, options?: Options.HistoryOptions) =>
      to(name, (channel) => readHistory({ ...options, channel }))
    ),
    historyRemove: addressed((name) => to(name, (channel) => ChannelHistory.historyRemove({ channel }))),
    presence: addressed((name) => to(name, (channel) => readPresence({ channel }))),
    presenceStats: addressed((name) => to(name, (channel) => presenceStats({ channel }))),
    subscribe: addressed((name, options: Options.SubscribeOptions) => {
      if (writeInfo === undefined || options?.info === undefined) {
        return to(name, (channel) => Subscriptions.subscribe({ ...options, channel }))
      }
      const { issue, value } = encoded(writeInfo(options.info) as Either.Either<{} | null, Issue>)
      return to(name, (channel) =>
        unless(issue, ["info"], Subscriptions.subscribe({ ...options, info: value, channel }))
      )
    }),
    unsubscribe: addressed((name, options: Options.UnsubscribeOptions) =>
      to(name, (channel) => Subscriptions.unsubscribe({ ...options, channel }))
    ),
    mapPublish: addressed((name, key: string, data: D, options?: Options.MapPublishOptions) => {
      const { issue, value } = encode(data)
      return to(name, (channel) =>
        unless(issue, ["data"], MapChannels.mapPublish({ ...options, channel, key, data: value }))
      )
    }),
    mapRemove: addressed((name, key: string, options?: Options.MapRemoveOptions) =>
      to(name, (channel) => MapChannels.mapRemove({ ...options, channel, key }))
    ),
    mapReadState: addressed((name, options?: Options.MapReadStateOptions) =>
      to(name, (channel) => readState({ ...options, channel }))
    ),
    mapReadStream: addressed((name, options?: Options.MapReadStreamOptions) =>
      to(name, (channel) => readChanges({ ...options, channel }))
    ),
    mapStats: addressed((name) => to(name, (channel) => MapChannels.mapStats({ channel }))),
    mapClear: addressed((name) => to(name, (channel) => MapChannels.mapClear({ channel }))),
    sharedPollPublish: addressed((name, key: string, data: D, options: Options.SharedPollPublishOptions) => {
      const { issue, value } = encode(data)
      return to(name, (channel) =>
        unless(issue, ["data"], sharedPollPublish({ ...options, channel, key, data: value }))
      )
    }),
    token: <I extends {} | null, IE>(options: ChannelOptions<I, IE>, params: unknown = {}) =>
      Either.match(naming.build(params), {
        onLeft: ({ detail, path }) =>
          Effect.fail(new ClaimsError({ making: "subscription token", path: ["params", ...path], detail })),
        onRight: (channel) => mint.subscription({ ...options, channel })
      }),
    ...proxy.handlers(text, naming, options.data)
  }
}

/** Returns the encoded value. If encoding failed, returns its issue and a placeholder that fails when it is sent. */
const encoded = <A>(value: Either.Either<A, Issue>) =>
  Either.match(value, {
    onLeft: (issue) => ({ value: new NoData(issue), issue }),
    onRight: (value) => ({ value, issue: undefined })
  })

const namingOf = <D, I extends {} | null>(text: string, options: Description<D, I>): Naming => {
  const refuse = (detail: string) => new TypeError(`TypedChannel.make(${JSON.stringify(text)}): ${detail}`)
  // Untyped callers can pass anything.
  if (!Schema.isSchema(options?.data)) throw refuse("data: expected a Schema")
  for (const name of ["connInfo", "chanInfo"] as const) {
    if (options[name] !== undefined && !Schema.isSchema(options[name]))
      throw refuse(`${name}: expected a Schema`)
  }
  const { maxLength = defaults.maxLength, params = {}, unicode = defaults.unicode } = options
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    throw refuse("maxLength: expected a whole number of bytes above zero")
  }
  const limits = { maxLength, unicode }
  const parts = Template.read(text, limits)
  if (typeof parts === "string") throw refuse(parts)
  const unknown = Object.keys(params).find((name) => !parts.names.includes(name))
  if (unknown !== undefined) throw refuse(`params: the template has no {${unknown}}`)
  const unfit = Object.keys(params).find((name) => !Schema.isSchema(params[name]))
  if (unfit !== undefined) throw refuse(`params: expected a Schema for {${unfit}}`)
  return new Naming(parts, params, limits)
}
