/** Verifies tokens by the server's rules (`protocol.md` 5). */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as jose from "jose"
import { type Reason, type RefusedError } from "./errors.js"
import { hmacAlgorithms } from "./key.js"
import type { PublicVerifying } from "./loadKey.js"
import * as read from "./parse.js"
import type { PublicKey } from "./Signer.js"

/**
 * The subscribe request that a subscription token must match.
 *
 * @since 0.1.0
 */
export interface Against {
  /** User ID of the connection; `""` for an anonymous one. Default: any. */
  readonly user?: string
  /** The channel. Default: any. */
  readonly channel?: string
}

/**
 * Verifies tokens.
 *
 * @since 0.1.0
 */
export interface Service {
  /** Verifies a connection token. */
  readonly connection: (token: string) => Effect.Effect<read.ConnectionClaims, RefusedError>
  /** Verifies a subscription token. */
  readonly subscription: (
    token: string,
    against?: Against
  ) => Effect.Effect<read.SubscriptionClaims, RefusedError>
}

/**
 * The verifier service. `Token.layer` and `Token.layerVerifier` provide it.
 *
 * @since 0.1.0
 */
export class Verifier extends Context.Tag("@effect-centrifugo/core/Token/Verifier")<Verifier, Service>() {}

/** One token section of the server's configuration. */
export interface Rules {
  readonly keys:
    | {
        readonly _tag: "Static"
        readonly secret: Uint8Array | undefined
        readonly previous:
          { readonly secret: Uint8Array; readonly validUntil: number | undefined } | undefined
        readonly rsa: PublicVerifying | undefined
        readonly ecdsa: PublicVerifying | undefined
      }
    | {
        readonly _tag: "Jwks"
        readonly keySet: Effect.Effect<{ readonly keys: ReadonlyArray<object> }, unknown>
      }
  readonly audience: string | undefined
  readonly audienceRegex: RegExp | undefined
  readonly issuer: string | undefined
  readonly issuerRegex: RegExp | undefined
  readonly userIdClaim: string | undefined
}

type Refuse = (reason: Reason, detail: string) => Effect.Effect<never, RefusedError>

const matches = (pattern: RegExp, text: string): boolean =>
  new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(text)

/** Runs the checks in the server's order, because the first failure decides what the client sees. */
const check = <C extends read.ConnectionClaims | read.SubscriptionClaims>(
  token: string,
  kind: read.Kind,
  rules: Rules,
  claimsOf: (parsed: read.Parsed, userIdClaim: string | undefined) => Either.Either<C, RefusedError>,
  problemOfKind: (claims: C) => string | undefined
): Effect.Effect<C, RefusedError> =>
  Effect.gen(function* () {
    const refuse: Refuse = (reason, detail) => Effect.fail(read.refused(reason, detail, kind))
    const parsed = yield* read.parse(token, kind)
    const claims = yield* claimsOf(parsed, rules.userIdClaim)
    const { audienceRegex, issuerRegex } = rules
    if (issuerRegex !== undefined && !matches(issuerRegex, claims.issuer ?? "")) {
      return yield* refuse("Issuer", "its issuer does not match")
    }
    if (audienceRegex !== undefined && !claims.audience.some((one) => matches(audienceRegex, one))) {
      return yield* refuse("Audience", "its audience does not match")
    }
    yield* rules.keys._tag === "Jwks"
      ? verifyByKeySet(token, parsed, rules.keys.keySet, refuse)
      : verifyByKeys(token, parsed, rules.keys, refuse)
    if (rules.audience !== undefined && !claims.audience.includes(rules.audience)) {
      return yield* refuse("Audience", "it is for another audience")
    }
    if (rules.issuer !== undefined && claims.issuer !== rules.issuer) {
      return yield* refuse("Issuer", "it comes from another issuer")
    }
    // The server checks the kind of a connection token before its expiry, of a subscription token after.
    const problem = problemOfKind(claims)
    if (kind === "connection" && problem !== undefined) return yield* refuse("Kind", problem)
    const now = yield* Clock.currentTimeMillis
    if (claims.expires !== undefined && claims.expires * 1000 <= now) {
      return yield* refuse("Expired", "it has expired")
    }
    if (claims.notBefore !== undefined && claims.notBefore * 1000 >= now) {
      return yield* refuse("NotBefore", "its nbf is in the future, which the server reports as expired")
    }
    if (problem !== undefined) return yield* refuse("Kind", problem)
    return claims
  })

const isGood = (token: string, key: jose.CryptoKey | Uint8Array, algorithm: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    jose.compactVerify(token, key, { algorithms: [algorithm] }).then(
      () => true,
      () => false
    )
  )

const badSignature = "its signature does not match: another key, or the token was changed"

const verifyByKeys = (
  token: string,
  { algorithm }: read.Parsed,
  keys: Extract<Rules["keys"], { _tag: "Static" }>,
  refuse: Refuse
): Effect.Effect<void, RefusedError> =>
  Effect.gen(function* () {
    const candidates: Array<jose.CryptoKey | Uint8Array> = []
    if (hmacAlgorithms.includes(algorithm)) {
      if (keys.secret !== undefined) candidates.push(keys.secret)
      const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
      const { previous } = keys
      if (previous !== undefined && !(previous.validUntil !== undefined && seconds > previous.validUntil)) {
        candidates.push(previous.secret)
      }
    } else if (["RS256", "RS384", "RS512"].includes(algorithm)) {
      // Web Crypto binds an imported key to one hash; the server accepts all three.
      if (keys.rsa !== undefined) candidates.push(yield* imported(keys.rsa.jwk, algorithm, refuse))
    } else if (["ES256", "ES384", "ES512"].includes(algorithm)) {
      if (keys.ecdsa?.jwk.alg === algorithm) candidates.push(keys.ecdsa.key)
    } else {
      return yield* refuse(
        "Algorithm",
        algorithm === "EdDSA"
          ? "the server verifies EdDSA by a JWKS endpoint only"
          : "the server verifies HS, RS and ES, each with 256, 384 and 512"
      )
    }
    if (candidates.length === 0) return yield* refuse("Algorithm", `no key is configured for ${algorithm}`)
    for (const key of candidates) if (yield* isGood(token, key, algorithm)) return
    return yield* refuse("Signature", badSignature)
  })

const imported = (jwk: object, algorithm: string, refuse: Refuse) =>
  Effect.tryPromise(() => jose.importJWK({ ...jwk, alg: algorithm }, algorithm)).pipe(
    Effect.catchAll(() => refuse("Key", "the key with its kid can't be read"))
  )

/** Algorithms of each key type in a JWKS. */
const families: { readonly [kty: string]: ReadonlyArray<string> } = {
  RSA: ["RS256", "RS384", "RS512"],
  EC: ["ES256", "ES384", "ES512"],
  OKP: ["EdDSA"]
}

const verifyByKeySet = (
  token: string,
  { algorithm, keyId }: read.Parsed,
  keySet: Extract<Rules["keys"], { _tag: "Jwks" }>["keySet"],
  refuse: Refuse
): Effect.Effect<void, RefusedError> =>
  Effect.gen(function* () {
    if (keyId === undefined)
      return yield* refuse("Key", "its header has no kid, and a JWKS endpoint is configured")
    const { keys } = yield* Effect.catchAll(keySet, () => refuse("Key", "the JWKS is unavailable"))
    const key = keys.find((key: Partial<PublicKey>) => key.kid === keyId && key.use === "sig")
    if (key === undefined) return yield* refuse("Key", "the JWKS has no key with its kid and the use sig")
    const { alg, kty = "" } = key as Partial<PublicKey>
    if (
      families[kty]?.includes(algorithm) !== true ||
      (alg !== undefined && kty !== "OKP" && alg !== algorithm)
    ) {
      return yield* refuse("Algorithm", "the key with its kid is for another algorithm")
    }
    const good = yield* isGood(token, yield* imported(key, algorithm, refuse), algorithm)
    if (!good) return yield* refuse("Signature", badSignature)
  })

/** Refuses claims whose `expire_at` has passed. The server compares whole seconds. */
const notEnded = <C extends read.ConnectionClaims | read.SubscriptionClaims>(claims: C, kind: read.Kind) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    claims.endsAt !== undefined && claims.endsAt <= Math.floor(now / 1000)
      ? read.refused("Ended", "its expire_at has passed", kind)
      : Effect.succeed(claims)
  )

/** Makes a verifier from the two token sections of the server's configuration. */
export const make = (connection: Rules, subscription: Rules): Service => ({
  connection: (token) =>
    Effect.map(
      check(token, "connection", connection, read.connectionClaims, ({ channel }) =>
        channel === "" ? undefined : "it has a channel, so it is a subscription token"
      ),
      ({ channel: _, ...claims }): read.ConnectionClaims => claims
    ).pipe(Effect.flatMap((claims) => notEnded(claims, "connection"))),
  subscription: (token, against = {}) =>
    check(token, "subscription", subscription, read.subscriptionClaims, ({ channel }) =>
      channel === "" ? "it has no channel, so it is a connection token" : undefined
    ).pipe(
      Effect.filterOrFail(
        ({ channel }) => against.channel === undefined || against.channel === channel,
        () => read.refused("Channel", "it is for another channel", "subscription")
      ),
      Effect.filterOrFail(
        ({ user }) => against.user === undefined || against.user === user,
        () => read.refused("User", "it is for another user than the connection's", "subscription")
      ),
      Effect.flatMap((claims) => notEnded(claims, "subscription"))
    )
})
