/** Describes a scenario in which clients call a server. */
import type { ClientId, ScenarioId } from "../model.js"
import type { Job, Work } from "../work.js"
import type { Effort, Portion } from "./Scenario.js"
import type { StageName } from "./stage.js"

export interface Load {
  readonly id: ScenarioId
  readonly title: string
  readonly clients: ReadonlyArray<ClientId>
  readonly stage: StageName
  readonly work: Work
  readonly count: number
  readonly concurrency?: number
  /** The number of batches, or the size of each. Default: one batch. */
  readonly batches?: number
  readonly batchSize?: number
  /** The maximum number of channels. Default: one channel per publication. */
  readonly channels?: number
  readonly failEvery?: number
  readonly traced?: boolean
  /** The count of the warm-up, if fewer publications are enough. */
  readonly warmUp?: number
  /** Whether a job takes milliseconds. A stable median then needs more series. */
  readonly brief?: boolean
  /** Whether each measurement runs in a new process, so that peak memory is that of one job and its warm-up. */
  readonly freshProcess?: boolean
  /** Whether the result is the time per call, instead of the time of the whole job. */
  readonly perCall?: boolean
}

/** With fewer publications, fixed costs would dominate the result. */
const smallest = 100

const times = (count: number, factor: number) => Math.max(smallest, Math.round(count * factor))

export const portionOf = (load: Load, effort: Effort): Portion =>
  load.brief === true ? effort.brief : effort.long

/** The counts of a measurement and of its warm-up. */
export const countsOf = (
  load: Load,
  effort: Effort
): { readonly count: number; readonly warmUp: number } => ({
  count: times(load.count, portionOf(load, effort).share),
  warmUp: times(load.warmUp ?? load.count, effort.brief.share)
})

/** One measurement. */
export const jobOf = (load: Load, count: number, prefix: string): Job => ({
  work: load.work,
  count,
  prefix,
  channels: Math.min(count, load.channels ?? count),
  concurrency: load.concurrency ?? 1,
  batchSize: load.batchSize ?? Math.ceil(count / (load.batches ?? 1)),
  failEvery: load.failEvery ?? 0,
  traced: load.traced ?? false
})
