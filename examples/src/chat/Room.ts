import { TypedChannel } from "@effect-centrifugo/core"
import { Schema } from "effect"

/** A chat room. Its members publish from their browsers. The backend checks every message first. */
export const Room = TypedChannel.make("room:{name}", {
  data: Schema.Struct({ author: Schema.optional(Schema.String), text: Schema.NonEmptyString })
})
