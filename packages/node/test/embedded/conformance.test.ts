import { CentrifugoNode } from "@effect-centrifugo/node"
import { describe } from "vitest"
import type { ErrorMode } from "../conformance/real.js"
import { methods } from "../conformance/suite-methods.js"
import { conformance } from "../conformance/suite.js"
import { onPort, inMemory } from "./targets.js"

const modes: ReadonlyArray<ErrorMode> = ["default", "header", "setting"]

describe("the embedded server", () => {
  for (const mode of modes) {
    conformance(`in memory, error mode: ${mode}`, inMemory(mode))
    methods(`in memory, method by method, error mode: ${mode}`, inMemory(mode))
  }
  conformance("on a port, over undici", onPort(CentrifugoNode.make, "header"))
  methods("on a port, over undici, method by method", onPort(CentrifugoNode.make, "default"))
})
