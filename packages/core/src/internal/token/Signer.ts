/** The signer service. Does not import `jose`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SignerError } from "./errors.js"

/**
 * A public key in a JWKS (RFC 7517).
 *
 * @since 0.1.0
 */
export interface PublicKey {
  /** `RSA`, `EC` or `OKP`. */
  readonly kty: string
  /** The key ID that tokens carry in their header. */
  readonly kid: string
  /** The algorithm the key is used with. */
  readonly alg: string
  /** The server ignores keys with any other use. */
  readonly use: "sig"
  /** Curve of an `EC` or `OKP` key. */
  readonly crv?: string
  /** X coordinate of an `EC` key, or the public key of an `OKP` key. */
  readonly x?: string
  /** Y coordinate of an `EC` key. */
  readonly y?: string
  /** Modulus of an `RSA` key. */
  readonly n?: string
  /** Exponent of an `RSA` key. */
  readonly e?: string
}

/**
 * A JWKS: the body of a JWKS endpoint.
 *
 * @since 0.1.0
 */
export interface KeySet {
  /** The public keys. Empty for HMAC signers. */
  readonly keys: ReadonlyArray<PublicKey>
}

/**
 * Signs tokens of one kind, with the defaults of its claims.
 *
 * @since 0.1.0
 */
export interface Section {
  /** Signs a JSON object of claims and returns the whole token. */
  readonly sign: (claims: string) => Effect.Effect<string, SignerError>
  /** Default of the claim `aud`. */
  readonly audience: string | ReadonlyArray<string> | undefined
  /** Default of the claim `iss`. */
  readonly issuer: string | undefined
  /** A second claim for the user ID: the server's `user_id_claim`. */
  readonly userIdClaim: string | undefined
  /** Public keys of `key` and `otherKeys`. HMAC secrets are never part of it. */
  readonly keySet: KeySet
}

/**
 * Signs connection tokens and subscription tokens.
 *
 * @since 0.1.0
 */
export interface Service {
  /** Signs connection tokens. */
  readonly connection: Section
  /** Signs subscription tokens. The same section as `connection`, unless `subscription` was configured. */
  readonly subscription: Section
}

/**
 * The signer service. `Token.layer` provides it.
 *
 * @since 0.1.0
 */
export class Signer extends Context.Tag("@effect-centrifugo/core/Token/Signer")<Signer, Service>() {}
