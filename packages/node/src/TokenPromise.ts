/**
 * `Token` with Promises: mints and verifies JWTs for clients. Each Promise rejects with the errors of `Token`.
 * Requires `jose`, an optional peer dependency of `@effect-centrifugo/core`.
 *
 * The package's index does not export this module: import `@effect-centrifugo/node/TokenPromise`.
 *
 * @example
 * ```ts
 * import * as TokenPromise from "@effect-centrifugo/node/TokenPromise"
 *
 * const tokens = await TokenPromise.make({ secret: process.env["TOKEN_SECRET"] ?? "" })
 *
 * const token = await tokens.connection({ user: "42", expires: "10 minutes", info: { name: "Alice" } })
 * ```
 * @since 0.1.0
 */
import { ConfigError } from "@effect-centrifugo/core/CentrifugoError"
import * as Token from "@effect-centrifugo/core/Token"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as calls from "./internal/promise/calls.js"

export {
  /**
   * The user of an anonymous connection.
   *
   * @since 0.1.0
   */
  anonymous,
  /**
   * The error for invalid options.
   *
   * @since 0.1.0
   */
  ClaimsError,
  /**
   * A public key for `otherKeys`.
   *
   * @since 0.1.0
   */
  publicKey,
  /**
   * The error for a token that the server would refuse.
   *
   * @since 0.1.0
   */
  RefusedError,
  /**
   * The error for a custom signer that failed.
   *
   * @since 0.1.0
   */
  SignerError
} from "@effect-centrifugo/core/Token"

/**
 * An HMAC secret, as a string or `Redacted`.
 *
 * @since 0.1.0
 */
export type Secret = string | Redacted.Redacted

/**
 * Options of `make`.
 *
 * @since 0.1.0
 */
export interface Options extends Omit<Token.Options, "key"> {
  /** The server's `client.token.hmac_secret_key`; 32 bytes or more. Default: none. */
  readonly secret?: Secret
  /** A key pair or a custom signer, instead of `secret`. */
  readonly key?: Token.SigningKey
  /** The server's `shared_poll.hmac_secret_key`, for `trackSignature`. Default: none. */
  readonly trackSecret?: Secret
}

/**
 * Mints and verifies tokens. Its functions do not use `this`, so you can destructure it.
 *
 * @since 0.1.0
 */
export interface Service {
  /** Mints a connection token, as `Token.connection`. */
  readonly connection: <
    I extends {} | null = {} | null,
    IE = unknown,
    M extends {} | null = {} | null,
    ME = unknown
  >(
    options: Token.ConnectionOptions<I, IE, M, ME>
  ) => Promise<Token.ConnectionToken>
  /** Mints a subscription token, as `Token.subscription`. */
  readonly subscription: <I extends {} | null = {} | null, IE = unknown>(
    options: Token.SubscriptionOptions<I, IE>
  ) => Promise<Token.SubscriptionToken>
  /** Mints the token of a typed channel: `tokens.mint(Chat.token({ user, expires }, { room: 42 }))`. */
  readonly mint: <A, E>(token: Effect.Effect<A, E, Token.Signer>) => Promise<A>
  /** Verifies a token by the server's rules, as `Token.verify`. */
  readonly verify: {
    (token: string, kind: "connection"): Promise<Token.ConnectionClaims>
    (token: string, kind: "subscription", against?: Token.Against): Promise<Token.SubscriptionClaims>
  }
  /** Decodes a token without verifying it, as `Token.decode`. */
  readonly decode: (token: string) => Promise<Token.ConnectionClaims | Token.SubscriptionClaims>
  /** Returns the public keys as the JSON of a JWKS endpoint, as `Token.keySet`. */
  readonly keySet: (section?: "connection" | "subscription") => Promise<Token.KeySet>
  /** Makes a track signature, as `Token.trackSignature`. Rejects with a `ConfigError` without `trackSecret`. */
  readonly trackSignature: (options: Token.TrackOptions) => Promise<Token.TrackSignature>
}

/**
 * Makes a signing key from a private key, as PEM text or as a JWK. See `Token.privateKey`.
 *
 * @since 0.1.0
 */
export const privateKey = (
  key: Token.KeySource | Redacted.Redacted<Token.KeySource>,
  options?: Token.KeyOptions
): Token.SigningKey => Token.privateKey(Redacted.isRedacted(key) ? key : Redacted.make(key), options)

/**
 * Makes a key from an HMAC secret, for an algorithm other than HS256 or for `otherKeys`. See `Token.hmac`.
 *
 * @since 0.1.0
 */
export const hmac = (secret: Secret, options?: Parameters<typeof Token.hmac>[1]): Token.SigningKey =>
  Token.hmac(redacted(secret), options)

/**
 * Options of a custom signer. See `Token.custom`.
 *
 * @since 0.1.0
 */
export interface CustomOptions extends Omit<Token.CustomOptions, "sign"> {
  /** Signs bytes. Its rejection becomes the `cause` of a `SignerError`. */
  readonly sign: (data: Uint8Array) => Uint8Array | PromiseLike<Uint8Array>
}

/**
 * Signs with your own function, such as a call to a key management service.
 *
 * @since 0.1.0
 */
export const custom = ({ sign, ...options }: CustomOptions): Token.SigningKey =>
  Token.custom({
    ...options,
    sign: (data) => Effect.tryPromise({ try: async () => sign(data), catch: identity })
  })

/**
 * Makes the service. Checks the options and tests every key. Rejects with a `ConfigError` if one is invalid.
 *
 * Without `secret` and `key` it reads the environment variables of `Token.environment`.
 *
 * @example
 * ```ts
 * import * as TokenPromise from "@effect-centrifugo/node/TokenPromise"
 * import { createServer } from "node:http"
 *
 * // Reads CENTRIFUGO_CLIENT_TOKEN_HMAC_SECRET_KEY.
 * const tokens = await TokenPromise.make()
 *
 * createServer(async (_, response) => {
 *   const token = await tokens.connection({ user: TokenPromise.anonymous, expires: "10 minutes" })
 *   response.setHeader("content-type", "application/json").end(JSON.stringify({ token }))
 * }).listen(3000)
 * ```
 * @since 0.1.0
 */
export const make = ({ key, secret, trackSecret, ...options }: Options = {}): Promise<Service> => {
  const signing = key ?? (secret === undefined ? undefined : hmac(secret))
  const tokens =
    signing === undefined
      ? Token.layerConfig(Config.map(Token.environment, (read) => ({ ...read, ...options })))
      : Token.layer({ ...options, key: signing })
  return calls.run(
    Effect.gen(function* () {
      // The variables of this moment: a program may load them from a file after it started.
      const context = yield* Effect.withConfigProvider(Layer.build(tokens), ConfigProvider.fromEnv())
      const track = trackSecret === undefined ? undefined : yield* trackerOf(trackSecret)
      return serviceOf(context, track)
    }).pipe(Effect.scoped)
  )
}

const trackerOf = (secret: Secret) =>
  Effect.map(Layer.build(Token.layerTrack({ secret: redacted(secret) })), (context) =>
    Context.get(context, Token.TrackSigner)
  )

const serviceOf = (
  context: Context.Context<Token.Signer | Token.Verifier>,
  track: Token.TrackService | undefined
): Service => {
  const run = <A, E>(effect: Effect.Effect<A, E, Token.Signer | Token.Verifier>): Promise<A> =>
    calls.run(Effect.provide(effect, context))
  return {
    connection: (options) => run(Token.connection(options)),
    subscription: (options) => run(Token.subscription(options)),
    mint: run,
    verify: ((token: string, kind: "subscription", against?: Token.Against) =>
      // A single signature cannot relate each argument list to its result.
      run(Token.verify(token, kind, against))) as Service["verify"],
    decode: (token) => run(Token.decode(token)),
    keySet: (section) => run(Token.keySet(section)),
    trackSignature: (options) =>
      calls.run<Token.TrackSignature, ConfigError | Token.ClaimsError>(
        track === undefined ? new ConfigError(noTrackSecret) : track.sign(options)
      )
  }
}

const noTrackSecret = {
  option: "trackSecret",
  detail: "track signatures need the server's shared_poll.hmac_secret_key"
}

const redacted = (secret: Secret): Redacted.Redacted =>
  Redacted.isRedacted(secret) ? secret : Redacted.make(secret)
