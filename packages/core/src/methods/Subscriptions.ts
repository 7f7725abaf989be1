/**
 * Acting on the connections of users (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../method/ApiMethod.js"

const isCode = (code: number) => Number.isInteger(code) && code >= 3000 && code <= 4999

/** The UTF-8 length that a WebSocket close frame has room for. */
const fitsCloseFrame = (reason: string) => new TextEncoder().encode(reason).length <= 123

/**
 * Why a client is disconnected, as it will see it. Clients reconnect after 3000-3499 and 4000-4499,
 * and don't after 3500-3999 and 4500-4999; 4000-4999 are for applications. `reason` has at most 123
 * bytes (`protocol.md` trap 19).
 *
 * @since 0.1.0
 */
export const Disconnect = Schema.Struct({
  code: Schema.Number.pipe(
    Schema.filter(isCode, { message: () => "expected a disconnect code from 3000 to 4999" }),
    Schema.annotations({ arbitrary: () => (fc) => fc.integer({ min: 3000, max: 4999 }) })
  ),
  reason: Schema.String.pipe(
    Schema.filter(fitsCloseFrame, { message: () => "expected a reason of at most 123 bytes" })
  )
})

/**
 * Disconnects the open connections of a user; succeeds also where there are none. `client`, `session`
 * and `whitelist` narrow it down within that user's connections, so they do nothing without the
 * right `user` (`""` is that of anonymous connections). The default is code 3503, after which clients
 * don't reconnect.
 *
 * @since 0.1.0
 */
export const disconnect = ApiMethod.make("disconnect", {
  payload: {
    user: Schema.String,
    /** Only this connection, by client ID. */
    client: Schema.optional(Schema.String),
    /** Only the connections of this session. */
    session: Schema.optional(Schema.String),
    /** Client IDs to leave alone. */
    whitelist: Schema.optional(Schema.Array(Schema.String)),
    disconnect: Schema.optional(Disconnect)
  },
  result: {},
  codes: [100],
  repeat: "natural"
})
