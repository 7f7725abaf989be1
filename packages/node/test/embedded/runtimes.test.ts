/** Tests for every runtime: `scripts/runtimes.mjs` runs this file on Bun, Deno and other versions of Node. */
import { Centrifugo } from "@effect-centrifugo/core"
import { CentrifugoNode } from "@effect-centrifugo/node"
import { isAvailable } from "@effect-centrifugo/tools/Centrifugo"
import { assert, describe, it } from "@effect/vitest"
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { realServer } from "../conformance/real.js"
import { conformance } from "../conformance/suite.js"
import { options, over } from "../transports/over.js"
import { onPort } from "./targets.js"

describe("on this runtime", () => {
  conformance("over fetch", onPort(Centrifugo.makeFetch, "default"))
  conformance("over fetch as an HttpClient", onPort(over(FetchHttpClient.layer), "default"))

  describe.skipIf(!isAvailable())("the real server", () => {
    conformance("over fetch", realServer(Centrifugo.makeFetch, "default"))
  })

  if (process.versions["bun"] === undefined) {
    conformance("over undici", onPort(CentrifugoNode.make, "default"))
  } else {
    it.scoped("over undici: refused, and the error names the transport to use", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(CentrifugoNode.make(options("http://127.0.0.1:1/api")))
        assert.strictEqual(error._tag, "CentrifugoConfigError")
        assert.match(error.message, /use Centrifugo\.layerFetch/)
      })
    )
  }
})
