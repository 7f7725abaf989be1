/** The words that every part of the benchmark shares: who is measured, doing what, and what came of it. */

/** In the order in which they are run and reported: those that targets speak of come first. */
export const scenarioIds = [
  "sequential",
  "concurrent-64",
  "batches-10",
  "fibers-10k",
  "fibers-floor",
  "batch",
  "broadcast",
  "bulk-100k",
  "bulk-1m",
  "stub-call",
  "stub-call-traced",
  "import",
  "bundle",
  "batch-1pct-failing",
  "history-10k"
] as const
export type ScenarioId = (typeof scenarioIds)[number]

/** In the order in which they are reported. */
export const clientIds = [
  "effect-centrifugo",
  "effect-centrifugo-transient",
  "effect-centrifugo-fetch",
  "raw-undici",
  "pre-encoded",
  "gocent",
  "cent.js",
  "pycent",
  "pycent-async",
  "baseline"
] as const
export type ClientId = (typeof clientIds)[number]

export type Unit = "ms" | "us" | "bytes"

/** What one client came to in one scenario. */
export interface Result {
  readonly scenario: ScenarioId
  readonly client: ClientId
  readonly median: number
  readonly unit: Unit
  /** How many rounds were measured; the warm-up is not among them. */
  readonly rounds: number
  readonly min: number
  readonly max: number
  /** One number for each round, in the order of the rounds. */
  readonly samples: ReadonlyArray<number>
  /** How many publications, calls or fibers one sample covers. */
  readonly count?: number
  /** CPU time of the client's process, in the same unit. */
  readonly cpu?: number
  readonly peakRssMiB?: number
  readonly gzipBytes?: number
  /** Import time of every public module. */
  readonly modules?: { readonly [specifier: string]: ModuleTime }
}

export interface ModuleTime {
  readonly median: number
  /** The modules of others that it imports, alone. */
  readonly baseline: number
}

/** A client that has no number, and why. */
export interface Missing {
  readonly client: ClientId
  /** Absent: missing in all scenarios. */
  readonly scenario?: ScenarioId
  readonly reason: string
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly os: string
}

/** What a run leaves: the JSON file is this. */
export interface Report {
  readonly machine: Machine
  readonly versions: { readonly [name: string]: string }
  readonly results: ReadonlyArray<Result>
  readonly missing: ReadonlyArray<Missing>
  readonly date: string
  /** Whether counts were reduced: its numbers are a glance, not a result. */
  readonly quick: boolean
}
