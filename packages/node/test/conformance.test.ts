import * as Centrifugo from "@effect-centrifugo/tools/Centrifugo"
import { describe } from "vitest"
import { type ErrorMode, realServer } from "./conformance/real.js"
import { conformance } from "./conformance/suite.js"
import { transports } from "./transports/over.js"

const modes: ReadonlyArray<ErrorMode> = ["default", "header", "setting"]

describe.skipIf(!Centrifugo.isAvailable())("the real server", () => {
  for (const { make, name } of transports) {
    for (const mode of modes) conformance(`over ${name}, error mode: ${mode}`, realServer(make, mode))
  }
})
