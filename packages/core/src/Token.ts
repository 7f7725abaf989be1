/**
 * Mints and verifies JWTs for clients, and track signatures for shared polls. Needs the optional peer dependency `jose`.
 *
 * This module is not in the package's index: import it as `@effect-centrifugo/core/Token`.
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const connection = yield* Token.connection({ user: "42", expires: "10 minutes", info: { name: "Alice" } })
 *   const subscription = yield* Token.subscription({ user: "42", channel: "chat:7", expires: "10 minutes" })
 *   return { connection, subscription }
 * })
 *
 * // Reads CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY, the variable of the server.
 * const main = program.pipe(Effect.provide(Token.layerConfig()))
 * ```
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as Config from "effect/Config"
import type { ConfigError as MissingConfig } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { ConfigError } from "./CentrifugoError.js"
import { environment } from "./internal/token/environment.js"
import type { ClaimsError, RefusedError, SignerError } from "./internal/token/errors.js"
import * as jwksApp from "./internal/token/jwks.js"
import { make, makeVerifier, type Options, type VerifierOptions } from "./internal/token/layer.js"
import * as mint from "./internal/token/mint.js"
import type {
  ConnectionOptions,
  ConnectionToken,
  SubscriptionOptions,
  SubscriptionToken
} from "./internal/token/model.js"
import * as parse from "./internal/token/parse.js"
import type { ConnectionClaims, SubscriptionClaims } from "./internal/token/parse.js"
import { type KeySet, type Service as SignerService, Signer } from "./internal/token/Signer.js"
import * as track from "./internal/token/track.js"
import { type Against, Verifier } from "./internal/token/verify.js"

export { environment } from "./internal/token/environment.js"
export { ClaimsError, Reason, RefusedError, SignerError } from "./internal/token/errors.js"
export type { JwksOptions } from "./internal/token/jwks.js"
export { custom, hmac, privateKey, publicKey } from "./internal/token/key.js"
export type {
  Algorithm,
  Asymmetric,
  CustomOptions,
  HmacAlgorithm,
  Key,
  KeyOptions,
  KeySource,
  SigningKey
} from "./internal/token/key.js"
export type { Options, SectionOptions, VerifierOptions, VerifierSection } from "./internal/token/layer.js"
export { anonymous } from "./internal/token/model.js"
export type {
  ChannelOptions,
  ConnectionOptions,
  ConnectionToken,
  Expiry,
  Override,
  Subscription,
  SubscriptionOptions,
  SubscriptionToken,
  Time,
  User
} from "./internal/token/model.js"
export type { ConnectionClaims, SubscriptionClaim, SubscriptionClaims } from "./internal/token/parse.js"
export { Signer } from "./internal/token/Signer.js"
export type { KeySet, PublicKey, Section } from "./internal/token/Signer.js"
export { TrackSigner } from "./internal/token/track.js"
export type { TrackOptions, TrackSecret, TrackService, TrackSignature } from "./internal/token/track.js"
export { Verifier } from "./internal/token/verify.js"
export type { Against } from "./internal/token/verify.js"

/**
 * Mints a token to connect with.
 *
 * The server closes the connection when the token expires, unless the client sends a new token first. The
 * client's `getToken` fetches one from your backend.
 *
 * Fails with `ClaimsError` (the options are not valid) and `SignerError` (a custom signer failed).
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Schema } from "effect"
 *
 * const Info = Schema.Struct({ name: Schema.String, since: Schema.Date })
 *
 * const token = Token.connection({
 *   user: "42",
 *   expires: "10 minutes",
 *   info: { name: "Alice", since: new Date(0) },
 *   infoSchema: Info,
 *   channels: ["news"]
 * })
 * const guest = Token.connection({ user: Token.anonymous, expires: "never" })
 * ```
 * @since 0.1.0
 */
export const connection: <
  I extends {} | null = {} | null,
  IE = unknown,
  M extends {} | null = {} | null,
  ME = unknown
>(
  options: ConnectionOptions<I, IE, M, ME>
) => Effect.Effect<ConnectionToken, ClaimsError | SignerError, Signer> = mint.connection

/**
 * Mints a token to subscribe to one channel with. `user` must be the user that the client connected as. A
 * `TypedChannel` mints tokens for its channels: `Chat.token`.
 *
 * Fails with `ClaimsError` (the options are not valid) and `SignerError` (a custom signer failed).
 *
 * @since 0.1.0
 */
export const subscription: <I extends {} | null = {} | null, IE = unknown>(
  options: SubscriptionOptions<I, IE>
) => Effect.Effect<SubscriptionToken, ClaimsError | SignerError, Signer> = mint.subscription

/**
 * Makes a track signature for a shared poll: the response to the client's `getSignature`.
 *
 * Fails with `ClaimsError` (the options are not valid).
 *
 * @since 0.1.0
 */
export const trackSignature: (
  options: track.TrackOptions
) => Effect.Effect<track.TrackSignature, ClaimsError, track.TrackSigner> = track.sign

/**
 * Provides the signer, and a verifier for a server with the same keys. Building the layer imports and tests
 * every key, and fails with `ConfigError` if a key can't work.
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Redacted } from "effect"
 *
 * // The server accepts both secrets until the last token of the old one has expired.
 * const rotating = Token.layer({
 *   key: Token.hmac(Redacted.make("6f2e0c5d4b7a49018c3d2e1f0a9b8c7d")),
 *   otherKeys: [Token.hmac(Redacted.make("0a1b2c3d4e5f60718293a4b5c6d7e8f9"))]
 * })
 * ```
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Signer | Verifier, ConfigError> =>
  Layer.effectContext(make(options))

/**
 * Like `layer`, with options from `Config`. Default: `environment`, the server's own variables.
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Config } from "effect"
 *
 * const TokensLive = Token.layerConfig(
 *   Config.map(Token.environment, (options) => ({ ...options, audience: "chat" }))
 * )
 * ```
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Config<Options> = environment
): Layer.Layer<Signer | Verifier, ConfigError | MissingConfig> =>
  Layer.effectContext(Effect.flatMap(options, make))

/**
 * Provides a verifier from the server's configuration. Needs no signing key.
 *
 * @since 0.1.0
 */
export const layerVerifier = (options: VerifierOptions): Layer.Layer<Verifier, ConfigError> =>
  Layer.effect(Verifier, makeVerifier(options))

/**
 * Provides track signatures.
 *
 * @since 0.1.0
 */
export const layerTrack = (options: track.TrackSecret): Layer.Layer<track.TrackSigner, ConfigError> =>
  track.layer(options)

/**
 * Like `layerTrack`, with the secret from `Config`. Default: `CENTRIFUGO_SHARED_POLL_HMAC_SECRET_KEY`, the
 * variable of the server.
 *
 * @since 0.1.0
 */
export const layerTrackConfig = (
  secret?: Config.Config<Redacted.Redacted>
): Layer.Layer<track.TrackSigner, ConfigError | MissingConfig> => track.layerConfig(secret)

/**
 * The public keys of the signer as a JWKS, to publish without `jwks`. Default: those of connection tokens.
 *
 * @since 0.1.0
 */
export const keySet = (section: keyof SignerService = "connection"): Effect.Effect<KeySet, never, Signer> =>
  Effect.map(Signer, (signer) => signer[section].keySet)

/**
 * The JWKS endpoint: serves the public keys of the signer for the server's
 * `client.token.jwks_public_endpoint`. Answers 404 when there are none, as with HMAC.
 *
 * @example
 * ```ts
 * import { HttpRouter } from "@effect/platform"
 * import * as Token from "@effect-centrifugo/core/Token"
 *
 * const router = HttpRouter.empty.pipe(HttpRouter.get("/.well-known/jwks.json", Token.jwks()))
 * ```
 * @since 0.1.0
 */
export const jwks: (options?: jwksApp.JwksOptions) => HttpApp.Default<never, Signer> = jwksApp.app

/**
 * Verifies a token by the server's rules, in its order, for tests and tools. The time comes from the fiber's
 * `Clock`. For a subscription token, `against` is the subscribe request that the token must match.
 *
 * The server also refuses channels of unknown namespaces (error 102), which this function can't know.
 *
 * Fails with `RefusedError`, whose `reason` and `code` are the server's.
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Effect } from "effect"
 *
 * const whose = (token: string) =>
 *   Token.verify(token, "connection").pipe(
 *     Effect.map(({ user }) => user),
 *     Effect.catchTag("CentrifugoTokenRefusedError", (error) => Effect.succeed(`${error.code}: ${error.reason}`))
 *   )
 * ```
 * @since 0.1.0
 */
export const verify: {
  (token: string, kind: "connection"): Effect.Effect<ConnectionClaims, RefusedError, Verifier>
  (
    token: string,
    kind: "subscription",
    against?: Against
  ): Effect.Effect<SubscriptionClaims, RefusedError, Verifier>
} = ((token: string, kind: "connection" | "subscription", against?: Against) =>
  Effect.flatMap(
    Verifier,
    (verifier): Effect.Effect<ConnectionClaims | SubscriptionClaims, RefusedError> =>
      kind === "connection" ? verifier.connection(token) : verifier.subscription(token, against)
    // A single signature cannot relate each argument list to its result.
  )) as typeof verify

/**
 * Decodes a token without verifying it: for logs and tools. A token with a `channel` is a subscription token.
 *
 * @example
 * ```ts
 * import { CentrifugoApi } from "@effect-centrifugo/core"
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Either } from "effect"
 *
 * // Centrifugo PRO: invalidates this token and every older token of its user.
 * const logOut = (token: string) =>
 *   Either.map(Token.decode(token), ({ issuedAt = 0, user }) =>
 *     CentrifugoApi.invalidateUserTokens({ user, issuedBefore: issuedAt + 1 })
 *   )
 * ```
 * @since 0.1.0
 */
export const decode: (token: string) => Either.Either<ConnectionClaims | SubscriptionClaims, RefusedError> =
  parse.decode
