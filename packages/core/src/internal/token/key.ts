/** Keys as users describe them. `Token.layer` checks them. Does not import `jose`. */
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/**
 * HMAC algorithms. The server uses one secret for all three.
 *
 * @since 0.1.0
 */
export type HmacAlgorithm = "HS256" | "HS384" | "HS512"

/**
 * Algorithms of key pairs. `EdDSA` is Ed25519, which the server verifies only with a JWKS endpoint.
 *
 * @since 0.1.0
 */
export type Asymmetric = "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512" | "EdDSA"

/**
 * Algorithms that the server verifies.
 *
 * @since 0.1.0
 */
export type Algorithm = HmacAlgorithm | Asymmetric

export const hmacAlgorithms: ReadonlyArray<string> = ["HS256", "HS384", "HS512"]
export const rsaAlgorithms: ReadonlyArray<string> = ["RS256", "RS384", "RS512"]
export const curves: { readonly [curve: string]: Asymmetric } = {
  "P-256": "ES256",
  "P-384": "ES384",
  "P-521": "ES512",
  Ed25519: "EdDSA"
}
/** Ordered for detection: importing a PEM key tries them in turn. */
export const asymmetricAlgorithms: ReadonlyArray<Asymmetric> = [
  ...(["RS256", "ES256", "ES384", "ES512", "EdDSA"] as const),
  ...(["RS384", "RS512"] as const)
]

/**
 * A key: PEM text, JWK text or a JWK object.
 *
 * @since 0.1.0
 */
export type KeySource = string | { readonly [parameter: string]: unknown }

/**
 * A key that can sign: `Token.hmac`, `Token.privateKey` or `Token.custom`.
 *
 * @since 0.1.0
 */
export type SigningKey =
  | { readonly _tag: "Hmac"; readonly secret: Redacted.Redacted; readonly algorithm: HmacAlgorithm }
  | {
      readonly _tag: "Private"
      readonly key: Redacted.Redacted<KeySource>
      readonly algorithm: Asymmetric | undefined
      readonly keyId: string | undefined
    }
  | {
      readonly _tag: "Custom"
      readonly algorithm: Algorithm
      readonly keyId: string | undefined
      readonly sign: CustomOptions["sign"]
      readonly publicKey: KeySource | undefined
    }

/**
 * A signing key or a public key.
 *
 * @since 0.1.0
 */
export type Key =
  | SigningKey
  | {
      readonly _tag: "Public"
      readonly key: KeySource
      readonly algorithm: Asymmetric | undefined
      readonly keyId: string | undefined
    }

/**
 * An HMAC secret: the server's `client.token.hmac_secret_key`. `Token.layer` refuses a secret below 32 bytes.
 * Create one with `openssl rand -hex 32`.
 *
 * @since 0.1.0
 */
export const hmac = (
  secret: Redacted.Redacted,
  options: {
    /** The algorithm. Default: `HS256`. */
    readonly algorithm?: HmacAlgorithm
  } = {}
): SigningKey => ({ _tag: "Hmac", secret, algorithm: options.algorithm ?? "HS256" })

/**
 * Options of a key pair.
 *
 * @since 0.1.0
 */
export interface KeyOptions {
  /** The algorithm. Default: the key's own; `RS256` for an RSA key without one. */
  readonly algorithm?: Asymmetric | undefined
  /**
   * Key ID in the JWKS and in the header of tokens (`kid`). Default: the JWK's `kid`, or its thumbprint
   * (RFC 7638).
   */
  readonly keyId?: string | undefined
}

/**
 * A private key: RSA (2,048 bits or more), ECDSA (P-256, P-384, P-521) or Ed25519, as PEM (PKCS #8,
 * `-----BEGIN PRIVATE KEY-----`) or JWK. The server reads the public key from a JWKS endpoint (`Token.jwks`)
 * or, for RSA and ECDSA, from `rsa_public_key` or `ecdsa_public_key`.
 *
 * @since 0.1.0
 */
export const privateKey = (key: Redacted.Redacted<KeySource>, options: KeyOptions = {}): SigningKey => ({
  _tag: "Private",
  key,
  algorithm: options.algorithm,
  keyId: options.keyId
})

/**
 * A public key for `otherKeys`, during rotation: its private key signed earlier tokens, or will sign later ones.
 *
 * @since 0.1.0
 */
export const publicKey = (key: KeySource, options: KeyOptions = {}): Key => ({
  _tag: "Public",
  key,
  algorithm: options.algorithm,
  keyId: options.keyId
})

/**
 * Options of a custom signer.
 *
 * @since 0.1.0
 */
export interface CustomOptions {
  /** The algorithm of `sign`. */
  readonly algorithm: Algorithm
  /** Key ID in the JWKS. Default: the thumbprint of `publicKey`, or none without it. */
  readonly keyId?: string
  /**
   * Signs bytes. ECDSA signatures may be DER, the format of most key services, or IEEE P1363. Its error
   * becomes the `cause` of a `SignerError`.
   */
  readonly sign: (data: Uint8Array) => Effect.Effect<Uint8Array, unknown>
  /** Public key for `Token.jwks` and `Token.verify`. Default: none, so neither can use the key. */
  readonly publicKey?: KeySource
}

/**
 * Signs with your own function, such as a call to a key management service.
 *
 * @example
 * ```ts
 * import * as Token from "@effect-centrifugo/core/Token"
 * import { Effect } from "effect"
 *
 * declare const kms: { readonly sign: (keyId: string, data: Uint8Array) => Promise<Uint8Array> }
 *
 * const TokensLive = Token.layer({
 *   key: Token.custom({
 *     algorithm: "ES256",
 *     keyId: "alias/centrifugo",
 *     sign: (data) => Effect.tryPromise(() => kms.sign("alias/centrifugo", data))
 *   })
 * })
 * ```
 * @since 0.1.0
 */
export const custom = ({ algorithm, keyId, publicKey, sign }: CustomOptions): SigningKey => ({
  _tag: "Custom",
  algorithm,
  keyId,
  sign,
  publicKey
})
