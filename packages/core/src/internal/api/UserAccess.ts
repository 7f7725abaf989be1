/**
 * Blocking users and revoking tokens, for Centrifugo PRO. Its methods fail with `NotFoundError` on any
 * other server.
 *
 * Documentation: centrifugal.dev, PRO, "User blocking and token revocation".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import * as pro from "./pro.js"

const user = Wire.nonEmpty("a user ID")

const expiry = {
  /**
   * When the entry may be forgotten, in Unix seconds. Default: never; all nodes hold all entries, so
   * give the time at which the last token concerned expires.
   */
  expireAt: Schema.optional(Wire.UnixSeconds)
}

const setting = {
  ...pro.method,
  result: {},
  // A second time sets the same entry.
  repeat: "natural"
} as const

/**
 * Disconnects a user and refuses new connections of that user.
 *
 * @since 0.1.0
 */
export const blockUser = ApiMethod.make("block_user", {
  ...setting,
  payload: {
    /** The user ID. */
    user,
    ...expiry
  }
})

/**
 * Lets a blocked user connect again.
 *
 * @since 0.1.0
 */
export const unblockUser = ApiMethod.make("unblock_user", {
  ...setting,
  payload: {
    /** The user ID. */
    user
  }
})

/**
 * Disconnects whoever came with a token, and refuses it from now on. The token needs a `jti`.
 *
 * @since 0.1.0
 */
export const revokeToken = ApiMethod.make("revoke_token", {
  ...setting,
  payload: {
    /** The token's `jti`. */
    uid: Wire.nonEmpty("a token ID"),
    ...expiry
  }
})

/**
 * Revokes all tokens of a user that were issued before a certain time. The tokens need an `iat`.
 *
 * Without `issuedBefore` the server takes its own time, and a call that is repeated takes it anew:
 * tokens issued in between are revoked, too.
 *
 * @since 0.1.0
 */
export const invalidateUserTokens = ApiMethod.make("invalidate_user_tokens", {
  ...setting,
  payload: {
    /** The user ID. */
    user,
    ...expiry,
    /** In Unix seconds. Default: now. */
    issuedBefore: Schema.optional(Wire.UnixSeconds),
    /** Only subscription tokens of this channel. */
    channel: Schema.optional(Wire.ChannelName)
  }
})
