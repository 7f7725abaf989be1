/** The performance targets of this project, and whether a run met them. */
import type { ClientId, Result, ScenarioId } from "../model.js"
import { mebibytes, ratio } from "./numbers.js"

export interface Verdict {
  readonly target: string
  readonly limit: string
  /** Absent if a part was not measured. */
  readonly value?: string
  readonly met?: boolean
}

type Get = (scenario: ScenarioId, client: ClientId, field?: "median" | "cpu" | "peakRssMiB") => number

interface Target {
  readonly name: string
  readonly limit: string
  readonly value: (get: Get) => number
  readonly holds: (value: number) => boolean
  readonly show: (value: number) => string
}

const us = "effect-centrifugo"
const raw = "raw-undici"
const edition = "effect-4"
const usOverFetch = "effect-centrifugo-fetch"
const bareFetch = "bare-fetch"

/** How the names of the targets over `fetch` start. */
export const overFetch = "over fetch"

const times = (scenario: ScenarioId, than: ClientId) => (get: Get) => get(scenario, us) / get(scenario, than)

const atMost = (limit: number, of: string, show = ratio) => ({
  limit: `at most ${show(limit)}${of}`,
  holds: (value: number) => value <= limit,
  show
})
const atLeast = (limit: number, of: string) => ({
  limit: `at least ${ratio(limit)}${of}`,
  holds: (value: number) => value >= limit,
  show: ratio
})

const targets: ReadonlyArray<Target> = [
  { name: "sequential", value: times("sequential", raw), ...atMost(1.1, " raw undici") },
  {
    name: "sequential",
    value: times("sequential", "gocent"),
    limit: "ahead of gocent",
    holds: (value) => value < 1,
    show: ratio
  },
  { name: "64 at a time", value: times("concurrent-64", raw), ...atMost(1.15, " raw undici") },
  { name: "one batch", value: times("batch", raw), ...atMost(1.3, " raw undici") },
  { name: "one broadcast", value: times("broadcast", raw), ...atMost(1.3, " raw undici") },
  {
    name: "one batch, speed",
    value: (get) => get("batch", "pycent") / get("batch", us),
    ...atLeast(10, " pycent's")
  },
  {
    name: "10,000 fibers, automatic batching",
    value: (get) => get("fibers-10k", us) / (get("fibers-floor", us) + get("batches-10", raw)),
    ...atMost(1.2, " fibers without I/O plus ten raw batches")
  },
  {
    name: "10,000 fibers, automatic batching",
    value: (get) => get("fibers-10k", us) / get("concurrent-64", "gocent"),
    ...atMost(0.85, " gocent's 64 at a time")
  },
  ...(["bulk-100k", "bulk-1m"] as const).map((scenario) => ({
    name: `${scenario}, throughput`,
    value: (get: Get) => get(scenario, raw) / get(scenario, us),
    ...atLeast(0.8, " raw batches")
  })),
  {
    name: "bulk, peak memory",
    value: (get) => get("bulk-1m", us, "peakRssMiB") - get("bulk-100k", us, "peakRssMiB"),
    ...atMost(64, " more for 1,000,000 than for 100,000", mebibytes)
  },
  { name: "call to the stub", value: times("stub-call", raw), ...atMost(1.35, " raw undici") },
  {
    name: "call to the stub, recording tracer",
    value: times("stub-call-traced", raw),
    ...atMost(1.7, " raw undici")
  },
  {
    name: "import of the node package",
    value: times("import", "baseline"),
    ...atMost(1.25, " its imports")
  },
  ...(["sequential", "concurrent-64"] as const).flatMap((scenario) =>
    (["median", "cpu"] as const).map((field) => ({
      name: `${overFetch}, ${scenario}${field === "cpu" ? ", CPU" : ""}`,
      value: (get: Get) => get(scenario, usOverFetch, field) / get(scenario, bareFetch, field),
      ...atMost(1.2, " bare fetch")
    }))
  ),
  {
    name: `${overFetch}, the slowest scenario`,
    value: (get) =>
      Math.max(
        ...(
          [
            "sequential",
            "concurrent-64",
            "batches-10",
            "batch",
            "broadcast",
            "bulk-100k",
            "stub-call",
            "batch-1pct-failing",
            "history-10k"
          ] as const
        ).map((scenario) => get(scenario, usOverFetch) / get(scenario, "cent.js"))
      ),
    limit: "ahead of cent.js",
    holds: (value) => value < 1,
    show: ratio
  },
  { name: "bundle", value: times("bundle", "baseline"), ...atMost(1.3, " written by hand") },
  {
    name: "Effect 4, 64 at a time",
    value: (get) => get("concurrent-64", edition) / get("concurrent-64", "gocent"),
    limit: "ahead of gocent",
    holds: (value) => value < 1,
    show: ratio
  },
  {
    name: "Effect 4, 10,000 fibers, automatic batching",
    value: (get) => get("fibers-10k", edition) / get("concurrent-64", "gocent"),
    limit: "ahead of gocent's 64 at a time",
    holds: (value) => value < 1,
    show: ratio
  },
  {
    name: "Effect 4, bulk-100k, throughput",
    value: (get) => get("bulk-100k", raw) / get("bulk-100k", edition),
    ...atLeast(0.85, " raw batches")
  },
  {
    name: "Effect 4, bundle",
    value: (get) => get("bundle-effect-4", edition) / get("bundle-effect-4", "baseline"),
    ...atMost(1.2, " written by hand")
  }
]

/** One verdict per target, including targets that could not be measured. */
export const judge = (results: ReadonlyArray<Result>): ReadonlyArray<Verdict> => {
  const get: Get = (scenario, client, field = "median") =>
    results.find((result) => result.scenario === scenario && result.client === client)?.[field] ?? Number.NaN
  return targets.map(({ holds, limit, name, show, value }) => {
    const measured = value(get)
    return Number.isNaN(measured)
      ? { target: name, limit }
      : { target: name, limit, value: show(measured), met: holds(measured) }
  })
}

export const verdictWord = ({ met }: Verdict): string =>
  met === undefined ? "not measured" : met ? "met" : "missed"
