/**
 * Blocks users and revokes tokens. Requires Centrifugo PRO; any other server answers `NotFoundError`.
 *
 * Documentation: centrifugal.dev, PRO, "User blocking and token revocation".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import * as pro from "./proOptions.js"

const user = Wire.nonEmpty("a user ID")

const expiry = {
  /**
   * When the server can delete the entry, in Unix seconds. Default: never. All nodes hold all entries, so pass
   * the time at which the last affected token expires.
   */
  expireAt: Schema.optional(Wire.UnixSeconds)
} as const

const setting = {
  ...pro.method,
  result: {},
  // A repeat sets the same entry.
  repeat: "natural"
} as const

const blockUserSpec = {
  ...setting,
  payload: {
    /** The user ID. */
    user,
    ...expiry
  }
} as const

/**
 * The payload of `blockUser`.
 *
 * @since 0.1.0
 */
export interface BlockUserPayload extends ApiMethod.PayloadOf<typeof blockUserSpec> {}

/**
 * The result of `blockUser`.
 *
 * @since 0.1.0
 */
export interface BlockUserResult extends ApiMethod.ResultOf<typeof blockUserSpec> {}

/**
 * Every error of `blockUser`.
 *
 * @since 0.1.0
 */
export type BlockUserError = ApiMethod.ErrorOf<typeof blockUserSpec>

/**
 * Disconnects a user and rejects new connections of that user.
 *
 * @since 0.1.0
 */
export const blockUser: ApiMethod.ApiMethod<"block_user", BlockUserPayload, BlockUserResult, BlockUserError> =
  ApiMethod.make("block_user", blockUserSpec)

const unblockUserSpec = {
  ...setting,
  payload: {
    /** The user ID. */
    user
  }
} as const

/**
 * The payload of `unblockUser`.
 *
 * @since 0.1.0
 */
export interface UnblockUserPayload extends ApiMethod.PayloadOf<typeof unblockUserSpec> {}

/**
 * The result of `unblockUser`.
 *
 * @since 0.1.0
 */
export interface UnblockUserResult extends ApiMethod.ResultOf<typeof unblockUserSpec> {}

/**
 * Every error of `unblockUser`.
 *
 * @since 0.1.0
 */
export type UnblockUserError = ApiMethod.ErrorOf<typeof unblockUserSpec>

/**
 * Lets a blocked user connect again.
 *
 * @since 0.1.0
 */
export const unblockUser: ApiMethod.ApiMethod<
  "unblock_user",
  UnblockUserPayload,
  UnblockUserResult,
  UnblockUserError
> = ApiMethod.make("unblock_user", unblockUserSpec)

const revokeTokenSpec = {
  ...setting,
  payload: {
    /** The token's `jti`. */
    uid: Wire.nonEmpty("a token ID"),
    ...expiry
  }
} as const

/**
 * The payload of `revokeToken`.
 *
 * @since 0.1.0
 */
export interface RevokeTokenPayload extends ApiMethod.PayloadOf<typeof revokeTokenSpec> {}

/**
 * The result of `revokeToken`.
 *
 * @since 0.1.0
 */
export interface RevokeTokenResult extends ApiMethod.ResultOf<typeof revokeTokenSpec> {}

/**
 * Every error of `revokeToken`.
 *
 * @since 0.1.0
 */
export type RevokeTokenError = ApiMethod.ErrorOf<typeof revokeTokenSpec>

/**
 * Disconnects the connections made with a token, and rejects the token from now on. The token needs a `jti`.
 *
 * @since 0.1.0
 */
export const revokeToken: ApiMethod.ApiMethod<
  "revoke_token",
  RevokeTokenPayload,
  RevokeTokenResult,
  RevokeTokenError
> = ApiMethod.make("revoke_token", revokeTokenSpec)

const invalidateUserTokensSpec = {
  ...setting,
  payload: {
    /** The user ID. */
    user,
    ...expiry,
    /** Revokes tokens issued before this time, in Unix seconds. Default: now. */
    issuedBefore: Schema.optional(Wire.UnixSeconds),
    /** Only subscription tokens of this channel. */
    channel: Schema.optional(Wire.ChannelName)
  }
} as const

/**
 * The payload of `invalidateUserTokens`.
 *
 * @since 0.1.0
 */
export interface InvalidateUserTokensPayload extends ApiMethod.PayloadOf<typeof invalidateUserTokensSpec> {}

/**
 * The result of `invalidateUserTokens`.
 *
 * @since 0.1.0
 */
export interface InvalidateUserTokensResult extends ApiMethod.ResultOf<typeof invalidateUserTokensSpec> {}

/**
 * Every error of `invalidateUserTokens`.
 *
 * @since 0.1.0
 */
export type InvalidateUserTokensError = ApiMethod.ErrorOf<typeof invalidateUserTokensSpec>

/**
 * Revokes all tokens of a user that were issued before a time. The tokens need an `iat`.
 *
 * Without `issuedBefore` the server uses its current time, and a repeated call uses a later one: tokens issued
 * in between are revoked, too.
 *
 * @since 0.1.0
 */
export const invalidateUserTokens: ApiMethod.ApiMethod<
  "invalidate_user_tokens",
  InvalidateUserTokensPayload,
  InvalidateUserTokensResult,
  InvalidateUserTokensError
> = ApiMethod.make("invalidate_user_tokens", invalidateUserTokensSpec)
