import { CentrifugoNode } from "@effect-centrifugo/node"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { describe } from "vitest"
import { realServer } from "./conformance/real.js"
import { methods } from "./conformance/suite-methods.js"

describe.skipIf(!Centrifugo.isAvailable())("the real server, method by method", () => {
  for (const mode of ["default", "header"] as const) {
    methods(`error mode: ${mode}`, realServer(CentrifugoNode.make, mode))
  }
})
