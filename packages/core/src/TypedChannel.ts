/**
 * Describes a channel once: the template of its name and the schema of its data. Its requests for publishing,
 * broadcasting and reading then have the matching types.
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
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type { EncodeError } from "./CentrifugoError.js"
import type { Request } from "./ApiMethod.js"
import type * as ChannelHistory from "./internal/api/ChannelHistory.js"
import type * as MapChannels from "./internal/api/MapChannels.js"
import type * as Presence from "./internal/api/Presence.js"
import type * as Publishing from "./internal/api/Publishing.js"
import type * as SharedPoll from "./internal/api/SharedPoll.js"
import type * as Subscriptions from "./internal/api/Subscriptions.js"
import type * as broadcast from "./internal/channel/broadcast.js"
import { functions } from "./internal/channel/functions.js"
import type * as maps from "./internal/channel/maps.js"
import type { Schemas } from "./internal/channel/naming.js"
import type {
  HistoryOptions,
  MapPublishOptions,
  MapReadStateOptions,
  MapReadStreamOptions,
  MapRemoveOptions,
  PublishOptions,
  SharedPollPublishOptions,
  SubscribeOptions,
  UnsubscribeOptions
} from "./internal/channel/options.js"
import type { PresenceRequest } from "./internal/channel/presence.js"
import type * as publications from "./internal/channel/publications.js"
import type * as Template from "./internal/channel/template.js"
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
import type { ClaimsError, SignerError } from "./internal/token/errors.js"
import type { ChannelOptions, SubscriptionToken } from "./internal/token/model.js"
import type { Signer } from "./internal/token/Signer.js"
import type * as ProxyProtocol from "./ProxyProtocol.js"

export type { BroadcastRequest, ChannelOutcome } from "./internal/channel/broadcast.js"
export { EscapedText } from "./internal/channel/EscapedText.js"
export type {
  EntryChange,
  MapChanges,
  MapChangesRequest,
  MapState,
  MapStateRequest,
  TypedEntry
} from "./internal/channel/maps.js"
export type {
  HistoryOptions,
  MapPublishOptions,
  MapReadStateOptions,
  MapReadStreamOptions,
  MapRemoveOptions,
  PublishOptions,
  SharedPollPublishOptions,
  SubscribeOptions,
  UnsubscribeOptions
} from "./internal/channel/options.js"
export type { ChannelPresence, InfoOutcome, PresenceRequest } from "./internal/channel/presence.js"
export { ClientInfoError } from "./internal/channel/presence.js"
export type { History, HistoryRequest, PublicationOutcome } from "./internal/channel/publications.js"
export { PublicationDataError } from "./internal/channel/publications.js"

/**
 * The parameters of a template by name. A parameter has the type of its schema. Without a schema, it is a string.
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

/**
 * A channel with parameters `P` and data `D`, encoded as `I`, whose clients have the info `C` (of their
 * connection) and `H` (of their subscription).
 *
 * Its functions make requests, which are plain values: pass them to `centrifugo.send`, `batch` and `sendAll`,
 * or to `Outbox` if consumers support the method. If the template has no parameters, leave them out:
 * `News.publish(data)`.
 *
 * Names and data are encoded when the request is made. If encoding fails, nothing is sent for that call: it fails
 * with an `EncodeError` when you send the request. In a batch, only that call fails. The error's `path` begins
 * with `params` for a parameter, and with `data` for the data.
 *
 * @since 0.1.0
 */
export interface TypedChannel<in out P, in out D, in out I, C = unknown, H = unknown> {
  /** The template: `"chat:{room}"`. */
  readonly template: string
  /** The schema of the data: `CentrifugoTest.published("chat:42", Chat.data)`. */
  readonly data: Schema.Schema<D, I>
  /** Returns the channel's name for its parameters, such as `chat:42`. */
  readonly name: (...args: Arguments<P, []>) => Either.Either<string, EncodeError>
  /**
   * Parses a name into parameters. Returns `some` only if `name` converts the parameters back to the same name:
   * with a numeric room, `chat:042` does not belong to `chat:{room}`.
   */
  readonly parse: (channel: string) => Option.Option<P>
  /** Makes a request that publishes data to the channel, as `CentrifugoApi.publish`. */
  readonly publish: (
    ...args: Arguments<P, [data: D, options?: PublishOptions]>
  ) => ReturnType<typeof Publishing.publish>
  /**
   * Makes a request that publishes the same data to many channels, as `CentrifugoApi.broadcast`. The data is
   * encoded once. The outcomes are in the order of the parameters. Parameters without a valid name get an
   * `EncodeError` as their outcome; the server gets the other channels. `Outbox` rejects such a broadcast,
   * because an event has no caller that could receive the error.
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
  /**
   * Makes a request that lists the clients in the channel, as `CentrifugoApi.presence`. If the channel has
   * schemas for their info, each client's info is decoded separately: info that does not match becomes a
   * `ClientInfoError` in its place.
   */
  readonly presence: (...args: Arguments<P, []>) => PresenceRequest<C, H>
  /** Makes a request that counts the clients and users in the channel, as `CentrifugoApi.presenceStats`. */
  readonly presenceStats: (...args: Arguments<P, []>) => ReturnType<typeof Presence.presenceStats>
  /** Makes a request that subscribes a user's connections to the channel, as `CentrifugoApi.subscribe`. */
  readonly subscribe: (
    ...args: Arguments<P, [options: SubscribeOptions<H>]>
  ) => ReturnType<typeof Subscriptions.subscribe>
  /** Makes a request that unsubscribes a user's connections from the channel, as `CentrifugoApi.unsubscribe`. */
  readonly unsubscribe: (
    ...args: Arguments<P, [options: UnsubscribeOptions]>
  ) => ReturnType<typeof Subscriptions.unsubscribe>
  /** Makes a request that sets the value of a key of the map, as `CentrifugoApi.mapPublish`. */
  readonly mapPublish: (
    ...args: Arguments<P, [key: string, data: D, options?: MapPublishOptions]>
  ) => ReturnType<typeof MapChannels.mapPublish>
  /** Makes a request that removes a key of the map, as `CentrifugoApi.mapRemove`. */
  readonly mapRemove: (
    ...args: Arguments<P, [key: string, options?: MapRemoveOptions]>
  ) => ReturnType<typeof MapChannels.mapRemove>
  /**
   * Makes a request that reads the keys of the map, as `CentrifugoApi.mapReadState`. Each value is decoded
   * separately: data that does not match the schema becomes a `PublicationDataError` in its own entry.
   */
  readonly mapReadState: (...args: Arguments<P, [options?: MapReadStateOptions]>) => maps.MapStateRequest<D>
  /**
   * Makes a request that reads the changes to the map, as `CentrifugoApi.mapReadStream`. Values are decoded as by
   * `mapReadState`; a removed key has none.
   */
  readonly mapReadStream: (
    ...args: Arguments<P, [options?: MapReadStreamOptions]>
  ) => maps.MapChangesRequest<D>
  /** Makes a request that counts the keys of the map, as `CentrifugoApi.mapStats`. */
  readonly mapStats: (...args: Arguments<P, []>) => ReturnType<typeof MapChannels.mapStats>
  /** Makes a request that removes all keys of the map, as `CentrifugoApi.mapClear`. */
  readonly mapClear: (...args: Arguments<P, []>) => ReturnType<typeof MapChannels.mapClear>
  /**
   * Makes a request that publishes the value of a key to the clients that watch it, as
   * `CentrifugoApi.sharedPollPublish`.
   */
  readonly sharedPollPublish: (
    ...args: Arguments<P, [key: string, data: D, options: SharedPollPublishOptions]>
  ) => ReturnType<typeof SharedPoll.sharedPollPublish>
  /**
   * Mints a token that clients subscribe with: `Chat.token({ user, expires: "10 minutes" }, { room: 42 })`. See
   * `Token.subscription`, and `Token.layer` for the signer. Fails with a `ClaimsError` whose `path` begins with
   * `params` if the parameters have no valid name.
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
   * Handles clients' publications to these channels. If the handler succeeds without `data`, the server publishes
   * the client's data unchanged, including fields that the schema does not name. Data that does not match the
   * schema is denied with code 400.
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
  /** Handles values that clients set for keys of these maps, as `onPublish` does. The key is in `call.request`. */
  readonly onMapPublish: <R = never>(
    handler: (
      ...args: Arguments<P, [data: D, call: Call<ProxyProtocol.Request<"mapPublish">>]>
    ) => Effect.Effect<MapPublishResult<D> | void, Denied | Disconnected, R>
  ) => ChannelHandler<"mapPublish", R>
  /** Handles clients' removals of keys of these maps. The key is in `call.request`. */
  readonly onMapRemove: <R = never>(
    handler: (
      ...args: Arguments<P, [call: Call<ProxyProtocol.Request<"mapRemove">>]>
    ) => Effect.Effect<MapRemoveResult | void, Denied | Disconnected, R>
  ) => ChannelHandler<"mapRemove", R>
  /** Handles the server's polls for keys of these channels. The keys are in `call.request`. */
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
export interface Options<S, D, I extends {} | null, C = unknown, CI = unknown, H = unknown, HI = unknown> {
  /** Schemas that encode parameters to strings, by parameter name. Default: each parameter is a string. */
  readonly params?: S
  /**
   * The schema of the published data. It must be synchronous; otherwise each publication fails with an
   * `EncodeError`.
   */
  readonly data: Schema.Schema<D, I>
  /** The schema of the info of clients' connections, for `presence`. Default: it stays `unknown`. */
  readonly connInfo?: Schema.Schema<C, CI>
  /** The schema of the info of clients' subscriptions, for `presence` and `subscribe`. Default: any JSON value. */
  readonly chanInfo?: Schema.Schema<H, HI>
  /** `channel.max_length` of the server, in bytes. Default 255, as the server's. */
  readonly maxLength?: number
  /**
   * Whether to allow non-ASCII characters. Clients can use them only if the namespace has a `channel_regex`.
   * Default `false`.
   */
  readonly unicode?: boolean
}

/** Accepts a schema only if it belongs to a parameter of the template and encodes to a string. */
type CheckedSchemas<T extends string, S> = {
  readonly [K in keyof S]: K extends Template.Names<T>
    ? Schema.Schema.Encoded<S[K]> extends string
      ? S[K]
      : "a parameter's schema must encode to a string"
    : "the template has no such parameter"
}

/**
 * Describes a channel. The template is the channel name with parameters in braces.
 *
 * A name is rejected if clients could not subscribe to it: over 255 bytes, with spaces, control characters or
 * non-ASCII characters, or with an invalid namespace. A parameter value cannot be empty. It cannot contain
 * characters with a special meaning in names (`: # , $ / * >`), nor the text that follows it in the template. So two
 * values never produce the same channel, and no value changes the namespace. If a parameter may contain such
 * characters, escape them in its schema, as `EscapedText` does.
 *
 * An invalid template or option is a programming error. Most are compile errors, and `make` throws a `TypeError`
 * for all of them.
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
export const make = <
  const T extends string,
  D,
  I extends {} | null,
  S extends Schemas = {},
  C = unknown,
  CI = unknown,
  H = unknown,
  HI = unknown
>(
  template: Template.Checked<T>,
  options: Options<S & CheckedSchemas<T, S>, D, I, C, CI, H, HI>
): TypedChannel<Params<T, S>, D, I, C, H> =>
  // The compiler derived the parameter types from the same template.
  functions(template, options) as unknown as TypedChannel<Params<T, S>, D, I, C, H>
