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
import * as pro from "./proOptions.js"

const shared = {
  ...pro.method,
  hints: { 108: "Set user_status.enabled of the server to true." }
} as const

const users = {
  /** The user IDs. */
  users: Schema.Array(Schema.String)
} as const

const updateUserStatusSpec = {
  ...shared,
  payload: {
    ...users,
    /** A string of your choice, which `getUserStatus` returns. Default: none. */
    state: Schema.optional(Schema.String)
  },
  result: {},
  // A repeat marks the same users as active.
  repeat: "natural"
} as const

/**
 * The payload of `updateUserStatus`.
 *
 * @since 0.1.0
 */
export interface UpdateUserStatusPayload extends ApiMethod.PayloadOf<typeof updateUserStatusSpec> {}

/**
 * The result of `updateUserStatus`.
 *
 * @since 0.1.0
 */
export interface UpdateUserStatusResult extends ApiMethod.ResultOf<typeof updateUserStatusSpec> {}

/**
 * Every error of `updateUserStatus`.
 *
 * @since 0.1.0
 */
export type UpdateUserStatusError = ApiMethod.ErrorOf<typeof updateUserStatusSpec>

/**
 * Marks users as active now.
 *
 * @since 0.1.0
 */
export const updateUserStatus: ApiMethod.ApiMethod<
  "update_user_status",
  UpdateUserStatusPayload,
  UpdateUserStatusResult,
  UpdateUserStatusError
> = ApiMethod.make("update_user_status", updateUserStatusSpec)

const userStatusFields = {
  /** The user ID. */
  user: Wire.Text,
  /** When the user was last active, in Unix seconds; absent if unknown. */
  active: Wire.absent(Wire.SafeInteger),
  /** When the user last had a connection, in Unix seconds; absent if unknown. */
  online: Wire.absent(Wire.SafeInteger),
  /** The `state` of the last `updateUserStatus`; `""` if it had none. */
  state: Wire.Text
}

/**
 * When a user was last active and last online.
 *
 * @since 0.1.0
 */
export interface UserStatus extends Wire.Of<typeof userStatusFields> {}

const userStatus: Schema.Schema<UserStatus> = Schema.Struct(userStatusFields)

const getUserStatusSpec = {
  ...shared,
  payload: users,
  result: {
    /** One status per user, in the order of `users`. */
    statuses: Wire.List(userStatus)
  },
  repeat: "read"
} as const

/**
 * The payload of `getUserStatus`.
 *
 * @since 0.1.0
 */
export interface GetUserStatusPayload extends ApiMethod.PayloadOf<typeof getUserStatusSpec> {}

/**
 * The result of `getUserStatus`.
 *
 * @since 0.1.0
 */
export interface GetUserStatusResult extends ApiMethod.ResultOf<typeof getUserStatusSpec> {}

/**
 * Every error of `getUserStatus`.
 *
 * @since 0.1.0
 */
export type GetUserStatusError = ApiMethod.ErrorOf<typeof getUserStatusSpec>

/**
 * Returns the statuses of users, in the order of `users`.
 *
 * @since 0.1.0
 */
export const getUserStatus: ApiMethod.ApiMethod<
  "get_user_status",
  GetUserStatusPayload,
  GetUserStatusResult,
  GetUserStatusError
> = ApiMethod.make("get_user_status", getUserStatusSpec)

const deleteUserStatusSpec = {
  ...shared,
  payload: users,
  result: {},
  // A repeat finds nothing, or a newer status, which the user's next activity sets again.
  repeat: "natural"
} as const

/**
 * The payload of `deleteUserStatus`.
 *
 * @since 0.1.0
 */
export interface DeleteUserStatusPayload extends ApiMethod.PayloadOf<typeof deleteUserStatusSpec> {}

/**
 * The result of `deleteUserStatus`.
 *
 * @since 0.1.0
 */
export interface DeleteUserStatusResult extends ApiMethod.ResultOf<typeof deleteUserStatusSpec> {}

/**
 * Every error of `deleteUserStatus`.
 *
 * @since 0.1.0
 */
export type DeleteUserStatusError = ApiMethod.ErrorOf<typeof deleteUserStatusSpec>

/**
 * Deletes the statuses of users.
 *
 * @since 0.1.0
 */
export const deleteUserStatus: ApiMethod.ApiMethod<
  "delete_user_status",
  DeleteUserStatusPayload,
  DeleteUserStatusResult,
  DeleteUserStatusError
> = ApiMethod.make("delete_user_status", deleteUserStatusSpec)
