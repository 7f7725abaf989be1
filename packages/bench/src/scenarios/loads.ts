/** The scenarios in which clients call a server. */
import type { ClientId } from "../model.js"
import type { Load } from "./Load.js"

const ours = ["effect-centrifugo", "effect-centrifugo-transient", "effect-centrifugo-fetch"] as const
const others = ["gocent", "cent.js", "pycent", "pycent-async"] as const
const byHand = ["bare-fetch", "raw-undici"] as const
const allClients: ReadonlyArray<ClientId> = [...ours, "effect-4", ...byHand, "pre-encoded", ...others]

/** `fetch-in-effect` only has single calls. */
const withFetchInEffect = (clients: ReadonlyArray<ClientId>): ReadonlyArray<ClientId> => [
  ...clients,
  "fetch-in-effect"
]

const count = 10_000

const bulk = {
  stage: "server",
  work: "bulk",
  channels: 10_000,
  batchSize: 1000,
  concurrency: 4,
  warmUp: 20_000,
  freshProcess: true
} as const

/** Loads in the same inner list run in the same rounds. */
export const loads: ReadonlyArray<ReadonlyArray<Load>> = [
  [
    {
      id: "sequential",
      title: "10,000 publishes, one after the other",
      clients: withFetchInEffect(allClients),
      stage: "server",
      work: "publish",
      count
    }
  ],
  [
    {
      id: "concurrent-64",
      title: "10,000 publishes, 64 at a time",
      // pycent's synchronous client does not support it.
      clients: withFetchInEffect(allClients.filter((id) => id !== "pycent")),
      stage: "server",
      work: "publish",
      count,
      concurrency: 64
    },
    {
      id: "batches-10",
      title: "10,000 publishes in ten batches, four at a time",
      clients: allClients.filter((id) => id !== "pycent"),
      stage: "server",
      work: "batch",
      count,
      batches: 10,
      concurrency: 4,
      brief: true
    },
    {
      id: "fibers-10k",
      title: "10,000 concurrent fibers or promises that publish once each, with automatic batching",
      clients: [...ours, "effect-4", ...byHand],
      stage: "server",
      work: "fibers",
      count,
      brief: true
    },
    {
      id: "fibers-floor",
      title:
        "10,000 concurrent fibers or promises that resume once each, without I/O: the lower limit of the row above",
      clients: ["effect-centrifugo", "effect-centrifugo-fetch", "effect-4", "bare-fetch"],
      stage: "none",
      work: "floor",
      count,
      brief: true
    }
  ],
  [
    {
      id: "batch",
      title: "10,000 publishes in one batch",
      clients: allClients,
      stage: "server",
      work: "batch",
      count,
      brief: true
    }
  ],
  [
    {
      id: "broadcast",
      title: "one broadcast to 10,000 channels",
      clients: allClients,
      stage: "server",
      work: "broadcast",
      count,
      brief: true
    }
  ],
  [
    {
      id: "bulk-100k",
      title: "100,000 publishes as a stream, in batches of 1,000, four at a time",
      clients: ["effect-centrifugo", "effect-centrifugo-fetch", "effect-4", ...byHand, "cent.js", "gocent"],
      ...bulk,
      count: 100_000
    }
  ],
  [
    {
      id: "bulk-1m",
      title: "1,000,000 publishes as a stream, in batches of 1,000, four at a time",
      clients: ["effect-centrifugo", "effect-centrifugo-fetch", "effect-4", "bare-fetch", "raw-undici"],
      ...bulk,
      count: 1_000_000
    }
  ],
  [
    {
      id: "stub-call",
      title: "one publish to a stub server in another process",
      clients: withFetchInEffect([...ours, "effect-4", ...byHand, "cent.js"]),
      stage: "stub",
      work: "publish",
      count,
      perCall: true
    }
  ],
  [
    {
      id: "stub-call-traced",
      title: "the same under a tracer that records every span",
      clients: ["effect-centrifugo", "effect-centrifugo-fetch", "bare-fetch", "raw-undici"],
      stage: "stub",
      work: "publish",
      count,
      traced: true,
      perCall: true
    }
  ],
  [
    {
      id: "batch-1pct-failing",
      title: "10,000 publishes in one batch, of which the server refuses 100",
      clients: allClients,
      stage: "server",
      work: "batch",
      count,
      failEvery: 100,
      brief: true
    }
  ],
  [
    {
      id: "history-10k",
      title: "reading the history of 10,000 publications",
      clients: allClients.filter((id) => id !== "pre-encoded"),
      stage: "history",
      work: "history",
      count,
      brief: true
    }
  ]
]
