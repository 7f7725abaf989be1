/**
 * When users were last active and last online, for Centrifugo PRO with `user_status.enabled`. Its
 * methods fail with `NotFoundError` on any other server.
 *
 * Documentation: centrifugal.dev, PRO, "User status API".
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"
import * as pro from "./pro.js"

const shared = {
  ...pro.method,
  hints: { 108: "Set user_status.enabled of the server to true." }
} as const

const users = {
  /** User IDs. */
  users: Schema.Array(Schema.String)
}

/**
 * Marks users as active now.
 *
 * @since 0.1.0
 */
export const updateUserStatus = ApiMethod.make("update_user_status", {
  ...shared,
  payload: {
    ...users,
    /** A state of your own choice, given back by `getUserStatus`. */
    state: Schema.optional(Schema.String)
  },
  result: {},
  // A second time marks them as active as the first.
  repeat: "natural"
})

/**
 * The statuses of users, in the order they were asked for.
 *
 * @since 0.1.0
 */
export const getUserStatus = ApiMethod.make("get_user_status", {
  ...shared,
  payload: users,
  result: {
    /** One for each user, in the order they were asked for. */
    statuses: Wire.List(
      Schema.Struct({
        /** The user ID. */
        user: Wire.Text,
        /** When the user was last active, in Unix seconds; absent where that is not known. */
        active: Wire.absent(Wire.SafeInteger),
        /** When the user last had a connection, in Unix seconds; absent where that is not known. */
        online: Wire.absent(Wire.SafeInteger),
        /** As `updateUserStatus` was given it; `""` where it was not. */
        state: Wire.Text
      })
    )
  },
  repeat: "read"
})

/**
 * Forgets the statuses of users.
 *
 * @since 0.1.0
 */
export const deleteUserStatus = ApiMethod.make("delete_user_status", {
  ...shared,
  payload: users,
  result: {},
  // A second time finds nothing, or what a user's next activity sets anew anyway.
  repeat: "natural"
})
