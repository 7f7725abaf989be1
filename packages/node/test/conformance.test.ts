import { CentrifugoNode } from "@effect-centrifugo/node"
import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { describe } from "vitest"
import { type ErrorMode, realServer } from "./conformance/real.js"
import { conformance } from "./conformance/suite.js"

const modes: ReadonlyArray<ErrorMode> = ["default", "header", "setting"]

describe.skipIf(!Centrifugo.isAvailable())("the real server", () => {
  for (const mode of modes) {
    conformance(`over undici, error mode: ${mode}`, realServer(CentrifugoNode.make, mode))
  }
})
