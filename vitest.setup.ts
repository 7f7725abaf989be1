import { addEqualityTesters } from "@effect/vitest"
import { FastCheck } from "effect"
import { afterEach } from "vitest"
import { takeLeaks, watch } from "./tools/src/SecretScan.js"

addEqualityTesters()

// Use the same cases in every run, so that a failure comes from the change. PROPERTY_SEED selects other cases.
FastCheck.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20251126) })

watch()
afterEach(() => {
  const leaks = takeLeaks()
  if (leaks.length > 0) throw new Error(`A secret was shown.\n${leaks.join("\n")}`)
})
