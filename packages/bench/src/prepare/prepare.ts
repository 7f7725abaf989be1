/** Prepares every available client, and reports the others. */
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import * as Worker from "../clients/Worker.js"
import { type ClientId, fetchClients, type Missing } from "../model.js"
import { nodeProgram } from "../nodeProgram.js"
import type { CommandError } from "./command.js"
import { edition } from "./edition.js"
import { gocent } from "./gocent.js"
import { pycent } from "./pycent.js"

export interface Prepared {
  readonly programs: ReadonlyMap<ClientId, Worker.Program>
  readonly versions: { readonly [name: string]: string }
  readonly missing: ReadonlyArray<Missing>
}

interface Source {
  readonly ids: ReadonlyArray<ClientId>
  readonly get: Effect.Effect<ReadonlyArray<Worker.Program>, CommandError>
}

/** The command that runs the clients over `fetch` instead of this Node, from `scripts/bench.mjs`. It needs a build. */
const otherRuntime = process.env["BENCH_RUNTIME"]

const overFetch: ReadonlySet<ClientId> = new Set(fetchClients)

const javaScript = (id: ClientId): Source => ({
  ids: [id],
  get: Effect.sync(() => {
    if (otherRuntime !== undefined && overFetch.has(id)) {
      const [command = "", ...args] = JSON.parse(otherRuntime) as ReadonlyArray<string>
      return [
        { id, command, args: [...args, fileURLToPath(new URL("../workers/worker.js", import.meta.url)), id] }
      ]
    }
    // Exposes the garbage collector, so that each job begins with a clean heap.
    const { args, command } = nodeProgram(new URL("../workers/worker.js", import.meta.url), "--expose-gc")
    return [{ id, command, args: [...args, id] }]
  })
})

const sources: ReadonlyArray<Source> = [
  ...(
    [
      "effect-centrifugo",
      "effect-centrifugo-transient",
      "effect-centrifugo-fetch",
      "bare-fetch",
      "fetch-in-effect",
      "raw-undici",
      "pre-encoded",
      "cent.js"
    ] as const
  ).map(javaScript),
  { ids: ["effect-4"], get: edition },
  { ids: ["gocent"], get: gocent },
  { ids: ["pycent", "pycent-async"], get: pycent }
]

/** Starts a client and reads its versions, to prove that it works. Needs no server. */
const greet = (program: Worker.Program) =>
  Worker.start(program, { url: "http://127.0.0.1:9/api", key: "none" }).pipe(
    Effect.map(({ hello }) => ({ program, versions: hello.versions })),
    Effect.scoped
  )

/** The edition reports the same names as the others. */
const named = (id: ClientId, versions: { readonly [name: string]: string }) =>
  id === "effect-4"
    ? Object.fromEntries(Object.entries(versions).map(([name, version]) => [`${name} (effect-4)`, version]))
    : versions

/** Clients that are not `wanted` are neither installed nor reported as missing. */
export const prepare = (
  wanted: ReadonlySet<ClientId>,
  progress: (text: string) => Effect.Effect<void>
): Effect.Effect<Prepared> =>
  Effect.gen(function* () {
    const programs = new Map<ClientId, Worker.Program>()
    const missing: Array<Missing> = []
    let versions: Record<string, string> = {}
    for (const { get, ids } of sources) {
      if (!ids.some((id) => wanted.has(id))) continue
      yield* progress(ids.join(", "))
      yield* get.pipe(
        Effect.flatMap(Effect.forEach(greet)),
        Effect.match({
          onFailure: ({ problem: reason }) => {
            for (const client of ids) missing.push({ client, reason })
          },
          onSuccess: (greeted) => {
            for (const { program, versions: own } of greeted) {
              programs.set(program.id, program)
              versions = { ...versions, ...named(program.id, own) }
            }
          }
        })
      )
    }
    return { programs, versions, missing }
  })
