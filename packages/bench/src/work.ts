/** The work of each job, the same for every client and for the verification on the server. */

/**
 * - `publish`: one call per publication, with up to `concurrency` in flight
 * - `batch`: calls in batches, with up to `concurrency` batches in flight
 * - `broadcast`: one call for all channels
 * - `history`: one call that reads all publications of a channel
 * - `fibers`: a fiber per publication, all at once, with automatic batching
 * - `floor`: the same fibers with one asynchronous resume each, and no I/O
 * - `bulk`: as a stream of requests
 */
export type Work = "publish" | "batch" | "broadcast" | "history" | "fibers" | "floor" | "bulk"

export interface Job {
  readonly work: Work
  readonly count: number
  /** The prefix of the channel names: `prefix0`, `prefix1`, ... For `history`, the whole channel name. */
  readonly prefix: string
  /** The number of channels, to which publications go in turn. */
  readonly channels: number
  /** The maximum number of calls in flight. */
  readonly concurrency: number
  readonly batchSize: number
  /** Every `failEvery`-th publication goes to a channel that the server rejects; 0 for none. */
  readonly failEvery: number
  /** Whether a tracer collects the spans of the calls. */
  readonly traced: boolean
}

export interface Message {
  readonly channel: string
  readonly data: { readonly hello: string; readonly n: number }
}

/** The data of a broadcast. */
export const broadcastData = { hello: "world" }

const isRefused = (job: Job, i: number) => job.failEvery > 0 && i % job.failEvery === job.failEvery - 1

export const channelOf = (job: Job, i: number): string =>
  isRefused(job, i) ? `nowhere:${i}` : `${job.prefix}${i % job.channels}`

export const messageOf = (job: Job, i: number): Message => ({
  channel: channelOf(job, i),
  data: { hello: "world", n: i }
})

export const channelsOf = (job: Job): Array<string> =>
  Array.from({ length: job.count }, (_, i) => channelOf(job, i))

/** The messages of one batch. */
export const batchOf = (job: Job, batch: number): Array<Message> => {
  const start = batch * job.batchSize
  const length = Math.min(job.batchSize, job.count - start)
  return Array.from({ length }, (_, i) => messageOf(job, start + i))
}

export const batchCount = (job: Job): number => Math.ceil(job.count / job.batchSize)

export const expectedFailures = (job: Job): number =>
  job.failEvery === 0 ? 0 : Math.floor(job.count / job.failEvery)

/** The expected history of a channel: the number of publications, and the data of the last one. */
export interface Expectation {
  readonly channel: string
  readonly offset: number
  readonly data: unknown
}

/** Sample channels spread over the whole job, including the first and the last. */
export const sampleOf = (job: Job, size: number): ReadonlyArray<Expectation> => {
  const last = job.channels - 1
  const indexes = new Set(
    Array.from({ length: size }, (_, k) => Math.round((k * last) / Math.max(1, size - 1)))
  )
  return [...indexes]
    .filter((index) => !isRefused(job, index))
    .map((index) => {
      const offset = Math.ceil((job.count - index) / job.channels)
      const data =
        job.work === "broadcast" ? broadcastData : messageOf(job, index + (offset - 1) * job.channels).data
      return { channel: `${job.prefix}${index}`, offset, data }
    })
}
