/** Selects the connections that a call affects. Shared by the methods that act on open connections. */
import * as Schema from "effect/Schema"
import type * as ApiMethod from "../../ApiMethod.js"
import * as Wire from "../../Wire.js"

/**
 * A condition on a connection's labels: a comparison (`key`, `cmp` and `val` or `vals`) or a combination (`op`
 * and `nodes`).
 *
 * @since 0.1.0
 */
export interface LabelFilter {
  /** How to combine `nodes`; absent in a comparison. `not` takes one node. */
  readonly op?: "and" | "or" | "not" | undefined
  /** The label's name. */
  readonly key?: string | undefined
  /**
   * The comparison: equal (`eq`), one of `vals` (`in`), present (`ex`), starts or ends with (`sw`, `ew`),
   * contains (`ct`), or numeric; `neq`, `nin` and `nex` are the opposites.
   */
  readonly cmp?: (typeof comparisons)[number] | undefined
  /** The value to compare with. Not used by `in`, `nin`, `ex` and `nex`. */
  readonly val?: string | undefined
  /** The values for `in` and `nin`. */
  readonly vals?: ReadonlyArray<string> | undefined
  /** The conditions to combine. */
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
 * Schema of a `LabelFilter`.
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
  /** The user ID; `""` for anonymous connections. */
  user: Schema.String,
  /** Only the connection with this client ID. */
  client: Schema.optional(Wire.nonEmpty("a client ID")),
  /** Only the connection with this session ID. */
  session: Schema.optional(Wire.nonEmpty("a session ID")),
  /**
   * Only connections whose labels match. PRO only: the open-source server has no labels and **ignores the
   * filter**.
   */
  labelFilter: Schema.optional(LabelFilter),
  /**
   * With `user: ""`: all connections of the cluster instead of the anonymous ones. PRO only: the open-source
   * server ignores it. Default `false`.
   */
  allUsers: Schema.optional(Schema.Boolean)
}

/**
 * Selects the open connections that a call affects. The fields other than `user` narrow the selection to some
 * of that user's connections.
 *
 * @since 0.1.0
 */
export interface Audience extends Wire.Of<typeof audience> {}

/**
 * Rejects a selection that the server would interpret differently.
 *
 * @since 0.1.0
 */
export const checkAudience = ({
  allUsers,
  user
}: Pick<Audience, "allUsers" | "user">): ApiMethod.Problem | undefined =>
  allUsers === true && user !== ""
    ? { path: ["allUsers"], detail: `the server ignores it unless user is ""` }
    : undefined
