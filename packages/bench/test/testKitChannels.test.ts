import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"

const program = fileURLToPath(new URL("../src/programs/testKitChannels.ts", import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

describe("the test kit", () => {
  it("needs at most 1,100 bytes for a channel with one publication: 1.1 GB for 1,000,000 channels", () => {
    const flags = ["--expose-gc", "--conditions=@effect-centrifugo/source", "--import", tsx]
    const bytes = Number(execFileSync(process.execPath, [...flags, program, "100000"]))
    assert.isAbove(bytes, 0)
    assert.isBelow(bytes, 1_100)
  }, 60_000)
})
