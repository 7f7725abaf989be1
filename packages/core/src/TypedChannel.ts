/**
 * Describes a channel once: its naming and its data. Publishing to it, broadcasting to it and reading from it
 * are typed accordingly.
 *
 * @example
 * ```ts
 * import { Centrifugo, TypedChannel } from "@effect-centrifugo/core"
 * import { Array, Effect, Schema } from "effect"
 *
 * const Chat = TypedChannel.make("chat:{room}", {
 *   params: { room: Schema.NumberFromString },
 *   data: Schema.Struct({ text: Schema.String, at: Schema.Date })
 * })
 *
 * const program = Effect.gen(function* () {
 *   const centrifugo = yield* Centrifugo.Centrifugo
 *   yield* centrifugo.send(Chat.publish({ room: 42 }, { text: "hello", at: new Date() }))
 *   const { publications } = yield* centrifugo.send(Chat.history({ room: 42 }, { limit: 100 }))
 *   const [misfits, messages] = Array.separate(publications)
 *   yield* Effect.forEach(misfits, (misfit) => Effect.logWarning(misfit.message))
 *   return messages.map(({ data }) => `${data.at.toISOString()} ${data.text}`)
 * })
 * ```
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { EncodeError } from "./CentrifugoError.js"
import type { Request } from "./ApiMethod.js"
import * as ChannelHistory from "./internal/api/ChannelHistory.js"
import * as Presence from "./internal/api/Presence.js"
import * as Publishing from "./internal/api/Publishing.js"
import { encodeError, writer } from "./internal/api/schemas.js"
import * as Subscriptions from "./internal/api/Subscriptions.js"
import { Issue } from "./internal/codec/Issue.js"
import { transformed } from "./internal/codec/schema.js"
import * as broadcast from "./internal/channel/broadcast.js"
import { Naming, type Schemas } from "./internal/channel/naming.js"
import * as publications from "./internal/channel/publications.js"
import { NoData, to, unless } from "./internal/channel/requests.js"
import { defaults } from "./internal/channel/rules.js"
import * as proxy from "./internal/channel/proxy.js"
import * as Template from "./internal/channel/template.js"
import type {
  Call,
  ChannelHandler,
  MapPublishResult,
  MapRemoveResult,
  PublishResult,
  SharedPollRefreshResult,
  SubRefreshResult,
  SubscribeResult
} from "./internal/proxy/model.js"
import type { Denied, Disconnected, Expired } from "./internal/proxy/refusals.js"
import { ClaimsError, type SignerError } from "./internal/token/errors.js"
import * as mint from "./internal/token/mint.js"
import type { ChannelOptions, SubscriptionToken } from "./internal/token/model.js"
import type { Signer } from "./internal/token/Signer.js"
import type * as ProxyProtocol from "./ProxyProtocol.js"

export type { BroadcastRequest, ChannelOutcome } from "./internal/channel/broadcast.js"
export type { History, HistoryRequest, PublicationOutcome } from "./internal/channel/publications.js"
export { PublicationDataError } from "./internal/channel/publications.js"

/**
 * The parameters of a template by name. A parameter has the type of its schema, or else is a string.
 *
 * @since 0.1.0
 */
export type Params<T extends string, S> = {
  readonly [K in Template.Names<T>]: K extends keyof S ? Schema.Schema.Type<S[K]> : string
}

/**
 * An argument list that begins with the parameters, if the template has any.
 *
 * @since 0.1.0
 */
export type Arguments<P, Rest extends ReadonlyArray<unknown>> = [keyof P] extends [never]
  ? Rest
  : [params: P, ...rest: Rest]

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
 * Which part of the history to read: `limit` (default 0: the position only), `since`, `reverse`, as in
 * `CentrifugoApi.history`.
 *
 * @since 0.1.0
 */
export interface HistoryOptions extends Omit<
  Request.Payload<publications.HistoryRequest<unknown>>,
  "channel"
> {}

/**
 * Whose connections to subscribe, and with which options, as in `CentrifugoApi.subscribe`.
 *
 * @since 0.1.0
 */
export interface SubscribeOptions extends OptionsOf<typeof Subscriptions.subscribe> {}

/**
 * Whose connections to unsubscribe, as in `CentrifugoApi.unsubscribe`.
 *
 * @since 0.1.0
 */
export interface UnsubscribeOptions extends OptionsOf<typeof Subscriptions.unsubscribe> {}

/**
 * A channel with parameters `P` and data `D`, encoded as `I`.
 *
 * Its functions make requests, which are plain values: pass them to `centrifugo.send`, `batch` and `sendAll`,
 * or to `Outbox` if consumers support the method. If the template has no parameters, leave them out:
 * `News.publish(data)`.
 *
 * Names and data are encoded when the request is made. If encoding fails, sending the request fails with an
 * `EncodeError`, in a batch only for that call, and nothing is sent for it. The error's `path` begins with
 * `params` for a parameter, and with `data` for the data.
 *
 * @since 0.1.0
 */
export interface TypedChannel<in out P, in out D, in out I> {
  /** The template: `"chat:{room}"`. */
  readonly template: string
  /** The schema of the data: `CentrifugoTest.published("chat:42", Chat.data)`. */
  readonly data: Schema.Schema<D, I>
  /** Makes the name for parameters: `chat:42`. */
  readonly name: (...args: Arguments<P, []>) => Either.Either<string, EncodeError>
  /**
   * Parses a name into parameters. Returns `some` only if `name` makes the same name from them: with a numeric
   * room, `chat:042` does not belong to `chat:{room}`.
   */
  readonly parse: (channel: string) => Option.Option<P>
  /** Makes a request that publishes data to the channel, as `CentrifugoApi.publish`. */
  readonly publish: (
    ...args: Arguments<P, [data: D, options?: PublishOptions]>
  ) => ReturnType<typeof Publishing.publish>
  /**
   * Makes a request that publishes the same data to many channels; the data is encoded once. The outcomes are
   * in the order of the parameters. Parameters that make no name get an `EncodeError` as their outcome; the
   * others are sent. `Outbox` rejects such a broadcast, because an event has no caller to report to. As
   * `CentrifugoApi.broadcast`.
   */
  readonly broadcast: (
    params: ReadonlyArray<P>,
    data: D,
    options?: PublishOptions
  ) => broadcast.BroadcastRequest<P>
  /**
   * Makes a request that reads the channel's history, as `CentrifugoApi.history`. Each publication is decoded
   * separately: data that does not match the schema becomes a `PublicationDataError` in its own outcome.
   */
  readonly history: (...args: Arguments<P, [options?: HistoryOptions]>) => publications.HistoryRequest<D>
  /** Makes a request that removes the channel's history, as `CentrifugoApi.historyRemove`. */
  readonly historyRemove: (...args: Arguments<P, []>) => ReturnType<typeof ChannelHistory.historyRemove>
  /** Makes a request that lists the clients in the channel, as `CentrifugoApi.presence`. */
  readonly presence: (...args: Arguments<P, []>) => ReturnType<typeof Presence.presence>
  /** Makes a request that counts the clients and users in the channel, as `CentrifugoApi.presenceStats`. */
  readonly presenceStats: (...args: Arguments<P, []>) => ReturnType<typeof Presence.presenceStats>
  /** Makes a request that subscribes a user's connections to the channel, as `CentrifugoApi.subscribe`. */
  readonly subscribe: (
    ...args: Arguments<P, [options: SubscribeOptions]>
  ) => ReturnType<typeof Subscriptions.subscribe>
  /** Makes a request that unsubscribes a user's connections from the channel, as `CentrifugoApi.unsubscribe`. */
  readonly unsubscribe: (
    ...args: Arguments<P, [options: UnsubscribeOptions]>
  ) => ReturnType<typeof Subscriptions.unsubscribe>
  /**
   * Mints a token for clients to subscribe with: `Chat.token({ user: "42", expires: "10 minutes" }, { room: 42 })`.
   * See `Token.subscription`, and `Token.layer` for the signer. Parameters that make no name fail with a
   * `ClaimsError` whose `path` begins with `params`.
   */
  readonly token: <I extends {} | null = {} | null, IE = unknown>(
    options: ChannelOptions<I, IE>,
    ...args: Arguments<P, []>
  ) => Effect.Effect<SubscriptionToken, ClaimsError | SignerError, Signer>
  /**
   * Handles clients that subscribe to these channels: `ProxyApp.make({ subscribe: [Chat.onSubscribe(...)] })`. Success
   * without a result accepts the subscription.
   */
  readonly onSubscribe: <R = never>(
    handler: (
      ...args: Arguments<P, [call: Call<ProxyProtocol.Request<"subscribe">>]>
    ) => Effect.Effect<SubscribeResult | void, Denied | Disconnected, R>
  ) => ChannelHandler<"subscribe", R>
  /**
   * Handles what clients publish to these channels. Success without `data` lets the server publish it unchanged,
   * fields that the Schema does not name included. Data that does not fit the Schema is denied with code 400.
   */
  readonly onPublish: <R = never>(
    handler: (
      ...args: Arguments<P, [data: D, call: Call<ProxyProtocol.Request<"publish">>]>
    ) => Effect.Effect<PublishResult<D> | void, Denied | Disconnected, R>
  ) => ChannelHandler<"publish", R>
  /** Handles subscriptions to these channels that are about to expire. */
  readonly onSubRefresh: <R = never>(
    handler: (
      ...args: Arguments<P, [call: Call<ProxyProtocol.Request<"subRefresh">>]>
    ) => Effect.Effect<SubRefreshResult, Expired, R>
  ) => ChannelHandler<"subRefresh", R>
  /** Handles what clients write to keys of these maps; see `onPublish`. The key is in `call.request`. */
  readonly onMapPublish: <R = never>(
    handler: (
      ...args: Arguments<P, [data: D, call: Call<ProxyProtocol.Request<"mapPublish">>]>
    ) => Effect.Effect<MapPublishResult<D> | void, Denied | Disconnected, R>
  ) => ChannelHandler<"mapPublish", R>
  /** Handles keys of these maps that clients remove. The key is in `call.request`. */
  readonly onMapRemove: <R = never>(
    handler: (
      ...args: Arguments<P, [call: Call<ProxyProtocol.Request<"mapRemove">>]>
    ) => Effect.Effect<MapRemoveResult | void, Denied | Disconnected, R>
  ) => ChannelHandler<"mapRemove", R>
  /** Handles polls for keys of these channels, which are in `call.request`. */
  readonly onSharedPollRefresh: <R = never>(
    handler: (
      ...args: Arguments<P, [call: Call<ProxyProtocol.Request<"sharedPollRefresh">>]>
    ) => Effect.Effect<SharedPollRefreshResult<D>, never, R>
  ) => ChannelHandler<"sharedPollRefresh", R>
}

/**
 * Options of a channel description.
 *
 * @since 0.1.0
 */
export interface Options<S, D, I extends {} | null> {
  /** Schemas that encode parameters to strings, by parameter name. Default: each parameter is a string. */
  readonly params?: S
  /** The schema of the published data. If it is asynchronous, each publication fails with an `EncodeError`. */
  readonly data: Schema.Schema<D, I>
  /** `channel.max_length` of the server, in bytes. Default 255, as the server's. */
  readonly maxLength?: number
  /**
   * Whether to allow non-ASCII characters. Clients can use them only if the namespace has a `channel_regex`.
   * Default `false`.
   */
  readonly unicode?: boolean
}

/** Accepts only schemas of the template's parameters that encode to strings. */
type CheckedSchemas<T extends string, S> = {
  readonly [K in keyof S]: K extends Template.Names<T>
    ? Schema.Schema.Encoded<S[K]> extends string
      ? S[K]
      : "a parameter's schema has to encode to a string"
    : "the template has no such parameter"
}

/**
 * Any non-empty text as a parameter. Characters that a name cannot contain are URL-escaped, including the
 * asterisk, which `Schema.StringFromUriComponent` does not escape.
 *
 * @example
 * ```ts
 * import { TypedChannel } from "@effect-centrifugo/core"
 * import { Schema } from "effect"
 *
 * const Repository = TypedChannel.make("repository:{name}", {
 *   params: { name: TypedChannel.EscapedText },
 *   data: Schema.Struct({ commit: Schema.String })
 * })
 *
 * Repository.name({ name: "effect-ts/*" }) // Either.right("repository:effect-ts%2F%2A")
 * ```
 * @since 0.1.0
 */
export const EscapedText: Schema.Schema<string> = transformed(Schema.String, Schema.String, {
  decode: (text) =>
    Either.try({ try: () => decodeURIComponent(text), catch: () => new Issue("expected URL-escaped text") }),
  encode: (value) =>
    value.isWellFormed()
      ? Either.right(encodeURIComponent(value).replaceAll("*", "%2A"))
      : Either.left(new Issue("text with half of a surrogate pair; use toWellFormed() or cut elsewhere"))
}).annotations({ identifier: "EscapedText", description: "text without half of a surrogate pair" })

/**
 * Describes a channel. The template is the channel name with parameters in braces.
 *
 * A name is rejected if clients could not subscribe to it: over 255 bytes, with spaces, control characters or
 * non-ASCII characters, or with an invalid namespace. A parameter value cannot be empty. It cannot contain
 * characters with a meaning in names (`: # , $ / * >`), nor the text that follows it in the template. So no
 * value can produce the channel of another value or leave the namespace. If a parameter may contain such
 * characters, escape them in its schema, as `EscapedText` does.
 *
 * An invalid template or option is a programming error: most are compile errors, and all throw a `TypeError`
 * here, when the module is loaded.
 *
 * @example
 * ```ts
 * import { TypedChannel } from "@effect-centrifugo/core"
 * import { Schema } from "effect"
 *
 * const Dialog = TypedChannel.make("dialog:{topic}#{from},{to}", { data: Schema.String })
 * const News = TypedChannel.make("news", { data: Schema.Struct({ text: Schema.String }) })
 *
 * Dialog.name({ topic: "cats", from: "1", to: "2" }) // Either.right("dialog:cats#1,2")
 * Dialog.parse("dialog:cats#1,2") // Option.some({ topic: "cats", from: "1", to: "2" })
 * News.publish({ text: "no parameters" })
 * ```
 * @since 0.1.0
 */
export const make = <const T extends string, D, I extends {} | null, S extends Schemas = {}>(
  template: Template.Checked<T>,
  options: Options<S & CheckedSchemas<T, S>, D, I>
): TypedChannel<Params<T, S>, D, I> =>
  // The compiler derived the parameter types from the same template.
  fromTemplate(template, options) as unknown as TypedChannel<Params<T, S>, D, I>

const fromTemplate = <D, I extends {} | null>(text: string, options: Options<Schemas, D, I>) => {
  const naming = namingOf(text, options)
  const write = writer(options.data)
  const read = publications.history(options.data)

  const encode = (data: D) =>
    Either.match(write(data), {
      onLeft: (issue) => ({ value: new NoData(issue), issue }),
      onRight: (value) => ({ value, issue: undefined })
    })

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
    publish: addressed((name, data: D, options?: PublishOptions) => {
      const { issue, value } = encode(data)
      return to(name, (channel) =>
        unless(issue, ["data"], Publishing.publish({ ...options, channel, data: value }))
      )
    }),
    broadcast: (params: ReadonlyArray<unknown>, data: D, options?: PublishOptions) =>
      broadcast.make(params, (params) => naming.build(params), encode(data), options ?? {}),
    history: addressed((name, options?: HistoryOptions) =>
      to(name, (channel) => read({ ...options, channel }))
    ),
    historyRemove: addressed((name) => to(name, (channel) => ChannelHistory.historyRemove({ channel }))),
    presence: addressed((name) => to(name, (channel) => Presence.presence({ channel }))),
    presenceStats: addressed((name) => to(name, (channel) => Presence.presenceStats({ channel }))),
    subscribe: addressed((name, options: SubscribeOptions) =>
      to(name, (channel) => Subscriptions.subscribe({ ...options, channel }))
    ),
    unsubscribe: addressed((name, options: UnsubscribeOptions) =>
      to(name, (channel) => Subscriptions.unsubscribe({ ...options, channel }))
    ),
    token: <I extends {} | null, IE>(options: ChannelOptions<I, IE>, params: unknown = {}) =>
      Either.match(naming.build(params), {
        onLeft: ({ detail, path }) =>
          Effect.fail(new ClaimsError({ making: "subscription token", path: ["params", ...path], detail })),
        onRight: (channel) => mint.subscription({ ...options, channel })
      }),
    ...proxy.handlers(text, naming, options.data)
  }
}

const namingOf = <D, I extends {} | null>(text: string, options: Options<Schemas, D, I>): Naming => {
  const refuse = (detail: string) => new TypeError(`TypedChannel.make(${JSON.stringify(text)}): ${detail}`)
  // Untyped callers can pass anything.
  if (!Schema.isSchema(options?.data)) throw refuse("data: expected a Schema")
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
