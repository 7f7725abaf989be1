/** Verifies that a job was really done: by the client's count, and by the data on the server. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"
import type { Address } from "../clients/Worker.js"
import { expectedFailures, sampleOf, type Job } from "../work.js"
import type { Counted } from "../workers/implementation.js"
import { call } from "./api.js"
import type { Stage } from "./stage.js"

export class WrongWork extends Data.TaggedError("WrongWork")<{ readonly problem: string }> {
  override get message() {
    return this.problem
  }
}

/** How many channels of each job are checked on the server. */
const sampleSize = 20

const counted = ({ failed, succeeded }: Counted, job: Job): Effect.Effect<void, WrongWork> => {
  const refused = expectedFailures(job)
  return succeeded === job.count - refused && failed === refused
    ? Effect.void
    : new WrongWork({
        problem: `it counted ${succeeded} successes and ${failed} failures; expected ${job.count - refused} and ${refused}`
      })
}

interface History {
  readonly offset?: number
  readonly publications?: ReadonlyArray<{ readonly data: unknown }>
}

const published = (job: Job, server: Address): Effect.Effect<void, WrongWork> =>
  Effect.forEach(
    sampleOf(job, sampleSize),
    ({ channel, data, offset }) =>
      Effect.gen(function* () {
        const history = yield* call<History>(server, "history", { channel, limit: 1, reverse: true })
        const last = history.publications?.[0]?.data
        if (history.offset !== offset || !isDeepStrictEqual(last, data)) {
          const found = `${history.offset ?? 0} publications, the last with ${JSON.stringify(last)}`
          return yield* new WrongWork({
            problem: `channel ${channel} holds ${found}; expected ${offset} and ${JSON.stringify(data)}`
          })
        }
      }),
    { discard: true }
  ).pipe(
    Effect.catchTag("ApiError", (error) => new WrongWork({ problem: `cannot be verified: ${error.message}` }))
  )

export const verify = (answer: Counted, job: Job, stage: Stage): Effect.Effect<void, WrongWork> =>
  Effect.zipRight(counted(answer, job), stage.keeps ? published(job, stage.server) : Effect.void)
