/** Our own client over the runtime's `fetch`. */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import * as Redacted from "effect/Redacted"
import { worksOf } from "./effectWorks.js"
import type { Make } from "./implementation.js"
import { versionOf } from "./version.js"

export const make: Make = ({ key, url }) => {
  const layer = (batching: boolean) => Centrifugo.layerFetch({ url, apiKey: Redacted.make(key), batching })
  return {
    versions: { "effect-centrifugo": versionOf("@effect-centrifugo/core") },
    works: {
      ...worksOf(layer(false)),
      // The same calls on another layer.
      fibers: worksOf(layer(true)).fibers
    }
  }
}
