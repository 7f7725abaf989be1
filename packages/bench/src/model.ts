/** The terms that all parts of the benchmark share: clients, scenarios, results. */

/** In the order in which they run and are reported: those with targets come first. */
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
  "bundle-effect-4",
  "batch-1pct-failing",
  "history-10k",
  "proxy-connect"
] as const
export type ScenarioId = (typeof scenarioIds)[number]

/** In the order in which they are reported. */
export const clientIds = [
  "effect-centrifugo",
  "effect-centrifugo-transient",
  "effect-centrifugo-fetch",
  "effect-4",
  "bare-fetch",
  "fetch-in-effect",
  "raw-undici",
  "pre-encoded",
  "gocent",
  "cent.js",
  "pycent",
  "pycent-async",
  "baseline"
] as const
export type ClientId = (typeof clientIds)[number]

/** The runtimes on which the clients over `fetch` can be compared. */
export const runtimeIds = ["node", "bun", "deno"] as const
export type RuntimeId = (typeof runtimeIds)[number]

/** The clients that run on each of them. */
export const fetchClients = ["effect-centrifugo-fetch", "bare-fetch", "fetch-in-effect", "cent.js"] as const

export type Unit = "ms" | "us" | "bytes"

/** The result of one client in one scenario. */
export interface Result {
  readonly scenario: ScenarioId
  readonly client: ClientId
  readonly median: number
  readonly unit: Unit
  /** The number of measured rounds, without the warm-up. */
  readonly rounds: number
  readonly min: number
  readonly max: number
  /** One number per round, in order. */
  readonly samples: ReadonlyArray<number>
  /** The number of publications, calls or fibers in one sample. */
  readonly count?: number
  /** The CPU time of the client process, in the same unit. */
  readonly cpu?: number
  readonly peakRssMiB?: number
  readonly gzipBytes?: number
  /** The 99th percentile, if each sample is the median of many. */
  readonly p99?: number
  /** The number of failures. */
  readonly errors?: number
  /** The import time of every public module. */
  readonly modules?: { readonly [specifier: string]: ModuleTime }
}

export interface ModuleTime {
  readonly median: number
  /** The import time of its third-party imports alone. */
  readonly baseline: number
}

/** A client without a result, and why. */
export interface Missing {
  readonly client: ClientId
  /** Absent if it is missing in all scenarios. */
  readonly scenario?: ScenarioId
  readonly reason: string
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly os: string
}

/** The output of a run, in the form of the JSON file. */
export interface Report {
  readonly machine: Machine
  readonly versions: { readonly [name: string]: string }
  readonly results: ReadonlyArray<Result>
  readonly missing: ReadonlyArray<Missing>
  readonly date: string
  /** Whether the run used reduced counts: its numbers are only an indication. */
  readonly quick: boolean
}
