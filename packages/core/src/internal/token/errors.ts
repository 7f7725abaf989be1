/** Errors of minting and verifying tokens. No error contains a secret, a token or the value of a claim. */
import * as Schema from "effect/Schema"
import { TaggedError } from "../codec/TaggedError.js"

/**
 * The options can't be turned into a token. Nothing was signed.
 *
 * @since 0.1.0
 */
export class ClaimsError extends TaggedError<ClaimsError>()("CentrifugoTokenClaimsError", {
  /** `"connection token"`, `"subscription token"` or `"track signature"`. */
  making: Schema.String,
  /** Path to the option: keys and indexes. */
  path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber)),
  /** The problem at that path, and what is expected. */
  detail: Schema.String
}) {
  override get message(): string {
    const where = this.path.length === 0 ? "" : ` ${this.path.join(".")}:`
    return `${this.making}: not made,${where} ${this.detail}.`
  }
}

/**
 * The signer failed. Only a `Token.custom` signer fails in practice: `Token.layer` tests every other key.
 *
 * @since 0.1.0
 */
export class SignerError extends TaggedError<SignerError>()("CentrifugoTokenSignerError", {
  /** The problem. */
  detail: Schema.String,
  /** The error of a `Token.custom` signer. */
  cause: Schema.optionalWith(Schema.Defect, { exact: true })
}) {
  override get message(): string {
    return `The token could not be signed: ${this.detail}.`
  }
}

/**
 * Why the server refuses a token.
 *
 * - `Malformed`: not a JWT (three parts of unpadded base64url, header and claims JSON objects)
 * - `Claims`: a claim has the wrong type, such as a numeric `sub`
 * - `Base64`: `b64info` or `b64data` is not base64
 * - `Issuer`, `Audience`: differs from the configured value
 * - `Key`: the JWKS is unavailable, or has no key with the header's `kid`
 * - `Algorithm`: unknown to the server, or no key is configured for it
 * - `Signature`: does not match
 * - `Kind`: a connection token with a `channel`, or a subscription token without one
 * - `Expired`, `NotBefore`: `exp` has passed, or `nbf` has not
 * - `Channel`, `User`: differs from the channel or the user of the subscribe request
 * - `Ended`: valid, but its `expire_at` has passed
 *
 * @since 0.1.0
 */
export const Reason = Schema.Literal(
  "Malformed",
  "Claims",
  "Issuer",
  "Key",
  "Algorithm",
  "Signature",
  "Audience",
  "Kind",
  "Expired",
  "NotBefore",
  "Base64",
  "Channel",
  "User",
  "Ended"
)

/**
 * One of the reasons: the type of the Schema of the same name.
 *
 * @since 0.1.0
 */
export type Reason = typeof Reason.Type

/**
 * The server would refuse the token.
 *
 * @since 0.1.0
 */
export class RefusedError extends TaggedError<RefusedError>()("CentrifugoTokenRefusedError", {
  /** The first check that failed. */
  reason: Reason,
  /** The problem that the check found. Contains no part of the token. */
  detail: Schema.String,
  /**
   * The code the client sees when it connects or subscribes with the token: an error (100, 103, 109, 110)
   * or a disconnect (3500).
   */
  code: Schema.Number
}) {
  override get message(): string {
    const end = this.code < 3000 ? `error ${this.code}` : `disconnect ${this.code}`
    return `The server refuses the token (${end}): ${this.detail}.`
  }
}
