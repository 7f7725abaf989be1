/** Builds the signer and the verifier. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { ConfigError } from "../../CentrifugoError.js"
import { inOwnContext } from "../context/inOwnContext.js"
import type { Key, KeySource, SigningKey } from "./key.js"
import * as keys from "./loadKey.js"
import { anySecret } from "./secret.js"
import { type KeySet, type Section, Signer } from "./Signer.js"
import { make as serviceOf, type Rules, Verifier } from "./verify.js"

/**
 * Keys and default claims for one kind of token.
 *
 * @since 0.1.0
 */
export interface SectionOptions {
  /** The signing key: `Token.hmac`, `Token.privateKey` or `Token.custom`. */
  readonly key: SigningKey
  /**
   * Keys that are accepted but don't sign, for rotation: `Token.verify` accepts them and `Token.jwks`
   * publishes them. With an HMAC `key`: one other secret, the server's `hmac_previous_secret_key`. With a key
   * pair: any number of key pairs or public keys. Default: none.
   */
  readonly otherKeys?: ReadonlyArray<Key> | undefined
  /** Claim `aud` of all tokens: the server's `audience`. Default: none. */
  readonly audience?: string | ReadonlyArray<string> | undefined
  /** Claim `iss` of all tokens: the server's `issuer`. Default: none. */
  readonly issuer?: string | undefined
  /**
   * The server's `user_id_claim`: tokens carry the user ID in this claim and in `sub`. Default: in `sub`
   * only.
   */
  readonly userIdClaim?: string | undefined
}

/**
 * Keys and default claims: the counterpart of `client.token` in the server's configuration.
 *
 * @since 0.1.0
 */
export interface Options extends SectionOptions {
  /**
   * Keys and default claims of subscription tokens, if the server enables `client.subscription_token`.
   * Nothing is inherited from the general options, as on the server. Default: the general options.
   */
  readonly subscription?: SectionOptions | undefined
}

/**
 * A token section of the server's configuration: `client.token`.
 *
 * @since 0.1.0
 */
export interface VerifierSection {
  /** `hmac_secret_key`. Default: none. */
  readonly hmacSecretKey?: Redacted.Redacted
  /** `hmac_previous_secret_key`. Default: none. */
  readonly hmacPreviousSecretKey?: Redacted.Redacted
  /** `hmac_previous_secret_key_valid_until`, in Unix seconds. Default: no end. */
  readonly hmacPreviousSecretKeyValidUntil?: number
  /** `rsa_public_key`: PEM, or a JWK. Default: none. */
  readonly rsaPublicKey?: KeySource
  /** `ecdsa_public_key`: PEM, or a JWK. Default: none. */
  readonly ecdsaPublicKey?: KeySource
  /**
   * The JWKS of `jwks_public_endpoint`: a value, or an effect that runs for each token (cache it with
   * `Effect.cachedWithTTL`). With a JWKS, the server ignores all other keys. Default: none.
   */
  readonly jwks?:
    | {
        /** Public keys, as JWK objects. */
        readonly keys: ReadonlyArray<object>
      }
    | Effect.Effect<{ readonly keys: ReadonlyArray<object> }, unknown>
  /** `audience`. Default: any. */
  readonly audience?: string | undefined
  /** `audience_regex`. Default: any. */
  readonly audienceRegex?: RegExp
  /** `issuer`. Default: any. */
  readonly issuer?: string | undefined
  /** `issuer_regex`. Default: any. */
  readonly issuerRegex?: RegExp
  /** `user_id_claim`. Default: `sub`. */
  readonly userIdClaim?: string | undefined
}

/**
 * The token sections of the server's configuration.
 *
 * @since 0.1.0
 */
export interface VerifierOptions extends VerifierSection {
  /** `client.subscription_token`, if it is enabled. Default: the general section. */
  readonly subscription?: VerifierSection
}

const fail = (option: string, detail: string) => new ConfigError({ option, detail })

/** Claims that the server already uses. */
const reserved = new Set([
  ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "expire_at", "info", "b64info", "meta", "channels"],
  ...["subs", "channel", "client", "data", "b64data", "override"]
])

const checkUserIdClaim = (claim: string | undefined, option: string): Effect.Effect<void, ConfigError> => {
  if (claim === undefined) return Effect.void
  if (!/^[a-zA-Z_]+$/.test(claim)) return fail(option, "expected letters and underscores only")
  return reserved.has(claim) ? fail(option, `the claim ${claim} already has a meaning`) : Effect.void
}

const checkNames = (value: string | ReadonlyArray<string> | undefined, option: string) => {
  const names: ReadonlyArray<unknown> = typeof value === "string" ? [value] : (value ?? [])
  return Array.isArray(names) &&
    names.every((name) => typeof name === "string" && name !== "" && name.isWellFormed())
    ? Effect.void
    : fail(option, "expected a non-empty string; leave it out for none")
}

interface Loaded {
  readonly section: Section
  readonly rules: Rules
}

const load = (options: SectionOptions, prefix: string): Effect.Effect<Loaded, ConfigError> =>
  Effect.gen(function* () {
    const { audience, issuer, key, otherKeys = [], userIdClaim } = options
    yield* checkNames(audience, `${prefix}audience`)
    yield* checkNames(issuer, `${prefix}issuer`)
    yield* checkUserIdClaim(userIdClaim, `${prefix}userIdClaim`)
    const { sign, verifying } = yield* keys.load(key, `${prefix}key`)
    if (sign === undefined) return yield* fail(`${prefix}key`, "it is a public key, which can't sign")
    const others = yield* Effect.forEach(otherKeys, (other, i) => {
      const option = `${prefix}otherKeys.${i}`
      if ((other._tag === "Hmac") !== (key._tag === "Hmac")) {
        return fail(option, "the server accepts HMAC secrets or a JWKS, not both; use keys of one type")
      }
      return Effect.map(keys.load(other, option), (loaded) => loaded.verifying)
    })
    if (key._tag === "Hmac" && others.length > 1) {
      return yield* fail(`${prefix}otherKeys`, "the server has only one hmac_previous_secret_key")
    }
    const all = [verifying, ...others].filter((one) => one !== undefined)
    const keySet: KeySet = { keys: all.flatMap((one) => (one._tag === "Public" ? [one.jwk] : [])) }
    const names = keySet.keys.map(({ kid }) => kid)
    if (new Set(names).size < names.length) {
      return yield* fail(`${prefix}otherKeys`, "two keys have the same keyId")
    }
    const [secret, previous] = all.flatMap((one) => (one._tag === "Secret" ? [one.secret] : []))
    return {
      section: { sign, audience, issuer, userIdClaim, keySet },
      rules: {
        keys:
          key._tag === "Hmac"
            ? {
                _tag: "Static",
                secret,
                previous: previous && { secret: previous, validUntil: undefined },
                rsa: undefined,
                ecdsa: undefined
              }
            : { _tag: "Jwks", keySet: Effect.succeed(keySet) },
        audience: typeof audience === "string" ? audience : audience?.[0],
        audienceRegex: undefined,
        issuer,
        issuerRegex: undefined,
        userIdClaim
      }
    }
  })

/** Builds the signer, and a verifier for a server with the same keys. */
export const make = (options: Options): Effect.Effect<Context.Context<Signer | Verifier>, ConfigError> =>
  Effect.gen(function* () {
    const { subscription: separate, ...general } = options
    const connection = yield* load(general, "")
    const subscription = separate === undefined ? connection : yield* load(separate, "subscription.")
    return Context.make(Signer, { connection: connection.section, subscription: subscription.section }).pipe(
      Context.add(Verifier, serviceOf(connection.rules, subscription.rules))
    )
  })

const loadRules = (options: VerifierSection, prefix: string): Effect.Effect<Rules, ConfigError> =>
  Effect.gen(function* () {
    const { audience, audienceRegex, issuer, issuerRegex, jwks, userIdClaim } = options
    if (audience !== undefined && audienceRegex !== undefined) {
      return yield* fail(`${prefix}audienceRegex`, "the server takes audience or audience_regex, not both")
    }
    if (issuer !== undefined && issuerRegex !== undefined) {
      return yield* fail(`${prefix}issuerRegex`, "the server takes issuer or issuer_regex, not both")
    }
    return {
      keys:
        jwks === undefined
          ? yield* loadStatic(options, prefix)
          : { _tag: "Jwks", keySet: Effect.isEffect(jwks) ? inOwnContext(jwks) : Effect.succeed(jwks) },
      audience,
      audienceRegex,
      issuer,
      issuerRegex,
      userIdClaim
    }
  })

const loadStatic = (
  {
    ecdsaPublicKey,
    hmacPreviousSecretKey,
    hmacPreviousSecretKeyValidUntil: validUntil,
    hmacSecretKey,
    rsaPublicKey
  }: VerifierSection,
  prefix: string
): Effect.Effect<Rules["keys"], ConfigError> =>
  Effect.gen(function* () {
    const secret = yield* optional(hmacSecretKey, (given) => anySecret(given, `${prefix}hmacSecretKey`))
    const previous = yield* optional(hmacPreviousSecretKey, (given) =>
      anySecret(given, `${prefix}hmacPreviousSecretKey`)
    )
    const rsa = yield* optional(rsaPublicKey, (given) =>
      keys.loadPublic(given, `${prefix}rsaPublicKey`, "RSA")
    )
    const ecdsa = yield* optional(ecdsaPublicKey, (given) =>
      keys.loadPublic(given, `${prefix}ecdsaPublicKey`, "EC")
    )
    return { _tag: "Static", secret, previous: previous && { secret: previous, validUntil }, rsa, ecdsa }
  })

const optional = <A, B>(value: A | undefined, f: (value: A) => Effect.Effect<B, ConfigError>) =>
  value === undefined ? Effect.succeed(undefined) : f(value)

/** Builds a verifier from the server's configuration. */
export const makeVerifier = ({
  subscription: separate,
  ...general
}: VerifierOptions): Effect.Effect<Verifier["Type"], ConfigError> =>
  Effect.gen(function* () {
    const connection = yield* loadRules(general, "")
    return serviceOf(
      connection,
      separate === undefined ? connection : yield* loadRules(separate, "subscription.")
    )
  })
