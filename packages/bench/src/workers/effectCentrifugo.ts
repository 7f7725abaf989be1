/** Our own client on Node. */
import * as RetryPolicy from "@effect-centrifugo/core/RetryPolicy"
import * as CentrifugoNode from "@effect-centrifugo/node/CentrifugoNode"
import * as Redacted from "effect/Redacted"
import { worksOf } from "./effectWorks.js"
import type { Make } from "./implementation.js"
import { versionOf } from "./version.js"

const overNode =
  (options: Pick<CentrifugoNode.Options, "retry">): Make =>
  ({ key, url }) => {
    const layer = (batching: boolean) =>
      CentrifugoNode.layer({ url, apiKey: Redacted.make(key), ...options, batching })
    return {
      versions: {
        "effect-centrifugo": versionOf("@effect-centrifugo/node"),
        effect: versionOf("effect"),
        undici: versionOf("undici")
      },
      works: {
        ...worksOf(layer(false)),
        // The same calls on another layer.
        fibers: worksOf(layer(true)).fibers
      }
    }
  }

export const defaults = overNode({})
export const transient = overNode({ retry: RetryPolicy.transient })
