import { addEqualityTesters } from "@effect/vitest"
import { afterEach } from "vitest"
import { takeLeaks, watch } from "./tools/src/SecretScan.js"

addEqualityTesters()

watch()
afterEach(() => {
  const leaks = takeLeaks()
  if (leaks.length > 0) throw new Error(`A secret was shown.\n${leaks.join("\n")}`)
})
