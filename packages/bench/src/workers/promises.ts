/** The jobs for clients with a promise-based function per call. */
import { batchCount, batchOf, broadcastData, channelsOf, messageOf, type Job, type Message } from "../work.js"
import type { Counted, Implementation, Prepare } from "./implementation.js"

export interface Api {
  /** Rejects if the server returns an error. */
  readonly publish: (message: Message) => Promise<unknown>
  readonly batch: (messages: ReadonlyArray<Message>) => Promise<Counted>
  readonly broadcast: (channels: Array<string>, data: object) => Promise<Counted>
  /** Returns all publications of a channel. */
  readonly history: (channel: string) => Promise<ReadonlyArray<unknown>>
}

/** Runs tasks 0 to count - 1 in order, with up to `concurrency` in flight. */
export const concurrently = async (
  count: number,
  concurrency: number,
  task: (i: number) => Promise<void>
): Promise<void> => {
  let next = 0
  const worker = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
}

export const worksOf = (api: Api): Implementation["works"] => {
  const inBatches: Prepare = (job: Job) => async () => {
    let succeeded = 0
    let failed = 0
    await concurrently(batchCount(job), job.concurrency, async (i) => {
      const counted = await api.batch(batchOf(job, i))
      succeeded += counted.succeeded
      failed += counted.failed
    })
    return () => ({ succeeded, failed })
  }
  return {
    publish: (job) => async () => {
      let succeeded = 0
      await concurrently(job.count, job.concurrency, async (i) => {
        await api.publish(messageOf(job, i))
        succeeded++
      })
      return () => ({ succeeded, failed: 0 })
    },
    batch: inBatches,
    bulk: inBatches,
    floor: (job) => async () => {
      const results = await Promise.all(
        Array.from(
          { length: job.count },
          (_, i) => new Promise<number>((resolve) => queueMicrotask(() => resolve(i)))
        )
      )
      return () => ({ succeeded: results.length, failed: 0 })
    },
    broadcast: (job) => {
      const channels = channelsOf(job)
      return async () => {
        const counted = await api.broadcast(channels, broadcastData)
        return () => counted
      }
    },
    history: (job) => async () => {
      const publications = await api.history(job.prefix)
      return () => ({ succeeded: publications.length, failed: 0 })
    }
  }
}

/** Counts successful and failed replies. */
export const count = (replies: ReadonlyArray<object>): Counted => {
  let failed = 0
  for (const reply of replies) if ("error" in reply) failed++
  return { succeeded: replies.length - failed, failed }
}
