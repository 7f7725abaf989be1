/** The jobs with our own client on any layer, as its documentation shows. */
import * as Centrifugo from "@effect-centrifugo/core/Centrifugo"
import * as CentrifugoApi from "@effect-centrifugo/core/CentrifugoApi"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { batchCount, batchOf, broadcastData, channelsOf, messageOf, type Job } from "../work.js"
import type { Counted, Implementation, Prepare } from "./implementation.js"
import { recording } from "./recording.js"

type Outcomes = ReadonlyArray<Either.Either<unknown, unknown>>

const allSucceeded = (results: ReadonlyArray<unknown>) => (): Counted => ({
  succeeded: results.length,
  failed: 0
})

const count = (outcomes: Outcomes) => (): Counted => {
  const succeeded = outcomes.filter(Either.isRight).length
  return { succeeded, failed: outcomes.length - succeeded }
}

/** Creates requests on demand, never all at once. */
function* requestsOf(job: Job) {
  for (let i = 0; i < job.count; i++) yield CentrifugoApi.publish(messageOf(job, i))
}

/** Mutates the counter: a new object for each of a million outcomes would be measured. */
const tally = (
  sum: { succeeded: number; failed: number },
  { outcome }: { readonly outcome: Outcomes[number] }
) => {
  if (Either.isRight(outcome)) sum.succeeded++
  else sum.failed++
  return sum
}

const indices = (count: number) => Array.from({ length: count }, (_, i) => i)

export const worksOf = <E>(layer: Layer.Layer<Centrifugo.Centrifugo, E>) => {
  const runtime = ManagedRuntime.make(layer)

  const work =
    <E>(make: (job: Job) => (centrifugo: Centrifugo.Service) => Effect.Effect<() => Counted, E>): Prepare =>
    (job) => {
      const program = Effect.flatMap(Centrifugo.Centrifugo, make(job))
      return () => runtime.runPromise(job.traced ? recording(program, job.count) : program)
    }

  const works = {
    // Counts and drops each result, as the promise clients do.
    publish: work((job) => (centrifugo) => {
      let succeeded = 0
      return Effect.forEach(
        indices(job.count),
        (i) => Effect.map(centrifugo.publish(messageOf(job, i)), () => succeeded++),
        { concurrency: job.concurrency, discard: true }
      ).pipe(Effect.map(() => () => ({ succeeded, failed: 0 })))
    }),
    fibers: work(
      (job) => (centrifugo) =>
        Effect.forEach(indices(job.count), (i) => centrifugo.publish(messageOf(job, i)), {
          concurrency: "unbounded"
        }).pipe(Effect.map(allSucceeded))
    ),
    batch: work(
      (job) => (centrifugo) =>
        Effect.forEach(
          indices(batchCount(job)),
          (i) => centrifugo.batch(batchOf(job, i).map((message) => CentrifugoApi.publish(message))),
          { concurrency: job.concurrency }
        ).pipe(Effect.map((batches) => count(batches.flat())))
    ),
    broadcast: work((job) => {
      const channels = channelsOf(job)
      return (centrifugo) =>
        centrifugo
          .broadcast({ channels, data: broadcastData })
          .pipe(Effect.map((parts) => count(parts.map(({ outcome }) => outcome))))
    }),
    history: work(
      (job) => (centrifugo) =>
        centrifugo
          .history({ channel: job.prefix, limit: -1 })
          .pipe(Effect.map(({ publications }) => allSucceeded(publications)))
    ),
    bulk: work(
      (job) => (centrifugo) =>
        centrifugo.sendAll(requestsOf(job), { concurrency: job.concurrency, maxSize: job.batchSize }).pipe(
          Stream.runFold({ succeeded: 0, failed: 0 }, tally),
          Effect.map((counted) => () => counted)
        )
    ),
    floor: (job) => async () => {
      const results = await Effect.runPromise(
        Effect.forEach(
          indices(job.count),
          (i) => Effect.async<number>((resume) => queueMicrotask(() => resume(Effect.succeed(i)))),
          { concurrency: "unbounded" }
        )
      )
      return allSucceeded(results)
    }
  } satisfies Implementation["works"]
  return works
}
