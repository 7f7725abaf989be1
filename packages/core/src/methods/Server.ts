/**
 * About the server itself (`protocol.md` 1.5).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiMethod from "../method/ApiMethod.js"
import * as Wire from "../wire/Wire.js"

const decimal = Wire.withDefault(Schema.Number, () => 0)

/**
 * One node of the cluster.
 *
 * @since 0.1.0
 */
export const Node = Schema.Struct({
  uid: Wire.Text,
  name: Wire.Text,
  /** Like `"6.9.1 OSS"`. */
  version: Wire.Text,
  numClients: Wire.Count,
  numUsers: Wire.Count,
  numChannels: Wire.Count,
  numSubs: Wire.Count,
  /** Seconds. */
  uptime: Wire.Count,
  /** Values gathered over `interval` seconds. */
  metrics: Schema.optionalWith(Schema.Struct({ interval: decimal, items: Wire.Dictionary(Schema.Number) }), {
    exact: true
  }),
  /** CPU in percent, resident memory in bytes; not filled by the open-source server. */
  process: Schema.optionalWith(
    Schema.Struct({ cpu: decimal, rss: Wire.withDefault(Wire.SafeNatural, () => 0) }),
    { exact: true }
  )
})

/**
 * The live nodes of the cluster.
 *
 * @since 0.1.0
 */
export const info = ApiMethod.make("info", {
  payload: {},
  result: { nodes: Wire.List(Node) },
  codes: [100],
  repeat: "read"
})
