import { TypedChannel } from "@effect-centrifugo/core"
import { Schema } from "effect"

/** A chat room. Clients need a token to subscribe: the namespace does not let clients subscribe without one. */
export const Room = TypedChannel.make("room:{name}", {
  data: Schema.Struct({ author: Schema.String, text: Schema.String })
})
