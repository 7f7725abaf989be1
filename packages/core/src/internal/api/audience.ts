/** Whose connections a call concerns: shared by the methods that act on open connections. */
import * as Schema from "effect/Schema"
import type * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

/**
 * A condition on the labels of a connection: either a comparison (`key`, `cmp` and `val` or `vals`)
 * or a combination (`op` and `nodes`).
 *
 * @since 0.1.0
 */
export interface LabelFilter {
  /** How `nodes` are combined; absent in a comparison. `not` takes one node. */
  readonly op?: "and" | "or" | "not" | undefined
  /** The label's name. */
  readonly key?: string | undefined
  /**
   * Equal, among `vals`, present (`ex`), starting or ending with (`sw`, `ew`), containing (`ct`), or
   * compared as a number, with the opposites `neq`, `nin` and `nex`.
   */
  readonly cmp?: (typeof comparisons)[number] | undefined
  /** What the label is compared with, except for `in`, `nin`, `ex` and `nex`. */
  readonly val?: string | undefined
  /** For `in` and `nin`. */
  readonly vals?: ReadonlyArray<string> | undefined
  /** The conditions that are combined. */
  readonly nodes?: ReadonlyArray<LabelFilter> | undefined
}

const comparisons = [
  "eq",
  "neq",
  "in",
  "nin",
  "ex",
  "nex",
  "sw",
  "ew",
  "ct",
  "gt",
  "gte",
  "lt",
  "lte"
] as const

/**
 * A Schema of such conditions.
 *
 * @since 0.1.0
 */
export const LabelFilter: Schema.Schema<LabelFilter> = Schema.Struct({
  op: Schema.optional(Schema.Literal("and", "or", "not")),
  key: Schema.optional(Schema.String),
  cmp: Schema.optional(Schema.Literal(...comparisons)),
  val: Schema.optional(Schema.String),
  vals: Schema.optional(Schema.Array(Schema.String)),
  nodes: Schema.optional(Schema.Array(Schema.suspend((): Schema.Schema<LabelFilter> => LabelFilter)))
})

/** The fields of an `Audience`. */
export const audience = {
  /** `""` is that of anonymous connections. */
  user: Schema.String,
  /** Only this connection, by client ID. */
  client: Schema.optional(Wire.nonEmpty("a client ID")),
  /** Only the connection of this session. */
  session: Schema.optional(Wire.nonEmpty("a session ID")),
  /**
   * Only connections with such labels. For Centrifugo PRO: the open-source server knows no labels and
   * **leaves the filter out of account**.
   */
  labelFilter: Schema.optional(LabelFilter),
  /**
   * With `user: ""`, all connections of the cluster instead of the anonymous ones. For Centrifugo PRO:
   * the open-source server leaves it out of account. Default `false`.
   */
  allUsers: Schema.optional(Schema.Boolean)
}

/**
 * Whose open connections a call concerns. The fields besides `user` select among that user's connections.
 *
 * @since 0.1.0
 */
export interface Audience extends Wire.Of<typeof audience> {}

/**
 * Refuses an audience that the server would understand otherwise than it reads.
 *
 * @since 0.1.0
 */
export const checkAudience = ({
  allUsers,
  user
}: Pick<Audience, "allUsers" | "user">): ApiMethod.Problem | undefined =>
  allUsers === true && user !== ""
    ? { path: ["allUsers"], detail: `the server heeds it only beside user: ""` }
    : undefined
