/** Fields that the methods of devices and of topics share. */
import * as Schema from "effect/Schema"
import * as Wire from "../../Wire.js"
import * as pro from "./proOptions.js"

export const optionalTexts = Schema.optional(Schema.Array(Schema.String))
export const deviceId = Wire.nonEmpty("a device ID")

/** How to change topics. */
export const topicChange = {
  /** Whether to add the topics, remove them, or replace all topics with them. */
  op: Schema.Literal("add", "remove", "set"),
  /** The topics to add, remove or set. Default: none. */
  topics: optionalTexts
} as const

/**
 * How to change topics.
 *
 * @since 0.1.0
 */
export interface TopicChange extends Wire.Of<typeof topicChange> {}

export const TopicChange: Schema.Schema<TopicChange> = Schema.Struct(topicChange)

export const paging = {
  /** The `nextCursor` of the previous page. Default: the first page. */
  cursor: Schema.optional(Schema.String),
  /** The maximum number of items. */
  limit: Schema.optional(Wire.Int32),
  /** Whether to count all items that match the filter, as `totalCount`. Default `false`. */
  includeTotalCount: Schema.optional(Schema.Boolean)
} as const

/**
 * Which page of a list to return.
 *
 * @since 0.1.0
 */
export interface Paging extends Wire.Of<typeof paging> {}

export const listing = { ...pro.method, repeat: "read" } as const

export const paged = {
  /** The cursor of the next page; absent on the last page. */
  nextCursor: Wire.absent(Schema.String),
  /** The number of items that match the filter; absent without `includeTotalCount`. */
  totalCount: Wire.absent(Wire.SafeInteger)
} as const

/**
 * The page that a list returned.
 *
 * @since 0.1.0
 */
export interface Paged extends Wire.Of<typeof paged> {}
