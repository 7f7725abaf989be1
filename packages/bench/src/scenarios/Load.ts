/** A scenario in which clients call a server: what it is made of. */
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
  /** How many batches the whole is cut into, or how large each is; one batch by default. */
  readonly batches?: number
  readonly batchSize?: number
  /** At most so many channels; by default each publication has its own. */
  readonly channels?: number
  readonly failEvery?: number
  readonly traced?: boolean
  /** Less than the whole, where a part is enough to get warm. */
  readonly warmUp?: number
  /** Whether it is done in a moment: a steady median takes more heats then. */
  readonly brief?: boolean
  /** Whether each measurement gets a process of its own, so that peak memory is that of one job and its warm-up. */
  readonly freshProcess?: boolean
  /** Whether the result is the time of a single call, instead of the whole job's. */
  readonly perCall?: boolean
}

/** Below this, a scenario would measure its own edges. */
const smallest = 100

const times = (count: number, factor: number) => Math.max(smallest, Math.round(count * factor))

export const portionOf = (load: Load, effort: Effort): Portion =>
  load.brief === true ? effort.brief : effort.long

/** How much one measurement does, and how much it takes to get warm. */
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
