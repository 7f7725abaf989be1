// Measures the cost of a canceler for a call that is never interrupted. Run after `npm run build`:
//   node --expose-gc packages/bench/measure/canceler.mjs
import { CentrifugoTransport } from "@effect-centrifugo/core"
import * as Effect from "effect/Effect"

const count = 200_000
const soon = (resume) => void Promise.resolve().then(() => resume(Effect.void))

const variants = {
  "Effect.async, no canceler": Effect.async(soon),
  "Effect.async, canceler": Effect.async((resume) => {
    soon(resume)
    return Effect.void
  }),
  "CentrifugoTransport.async, canceler": CentrifugoTransport.async((resume) => {
    soon(resume)
    return Effect.void
  })
}

const times = new Map(Object.keys(variants).map((name) => [name, []]))
for (let round = 0; round < 8; round++) {
  for (const [name, call] of Object.entries(variants)) {
    globalThis.gc?.()
    const { system, user } = process.cpuUsage()
    await Effect.runPromise(Effect.repeatN(call, count - 1))
    const spent = process.cpuUsage({ system, user })
    if (round > 1) times.get(name).push((spent.user + spent.system) / count)
  }
}
for (const [name, spent] of times) {
  const median = spent.sort((a, b) => a - b)[spent.length >> 1]
  console.log(`${name}: ${median.toFixed(2)} µs of CPU`)
}
