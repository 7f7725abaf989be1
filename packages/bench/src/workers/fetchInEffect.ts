/** Bare `fetch` in an Effect per call: the cost of the fibers alone. */
import * as Effect from "effect/Effect"
import { messageOf } from "../work.js"
import { postOver } from "./bareFetch.js"
import { callOver } from "./byHand.js"
import type { Make } from "./implementation.js"
import { versionOf } from "./version.js"

export const make: Make = (address) => {
  const call = callOver(postOver(address))
  return {
    versions: { effect: versionOf("effect") },
    works: {
      publish: (job) => async () => {
        let succeeded = 0
        await Effect.forEach(
          Array.from({ length: job.count }, (_, i) => i),
          (i) =>
            Effect.map(
              Effect.promise(() => call("publish", messageOf(job, i))),
              () => succeeded++
            ),
          { concurrency: job.concurrency, discard: true }
        ).pipe(Effect.runPromise)
        return () => ({ succeeded, failed: 0 })
      }
    }
  }
}
