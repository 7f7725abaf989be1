/** The process of a JavaScript client: see `clients/protocol.ts`. The argument is the client's ID. */
import { createInterface } from "node:readline"
import type { Answer } from "../clients/protocol.js"
import type { Job } from "../work.js"
import type { Implementation, Make } from "./implementation.js"

// Loaded on demand, so that the imports of one client do not use another client's memory.
const makers: { readonly [id: string]: () => Promise<Make> } = {
  "effect-centrifugo": async () => (await import("./effectCentrifugo.js")).defaults,
  "effect-centrifugo-transient": async () => (await import("./effectCentrifugo.js")).transient,
  "effect-centrifugo-fetch": async () => (await import("./effectCentrifugoFetch.js")).make,
  "bare-fetch": async () => (await import("./bareFetch.js")).make,
  "fetch-in-effect": async () => (await import("./fetchInEffect.js")).make,
  "raw-undici": async () => (await import("./rawUndici.js")).make,
  "pre-encoded": async () => (await import("./preEncoded.js")).make,
  "cent.js": async () => (await import("./centJs.js")).make
}

const carryOut = async (client: Implementation, job: Job): Promise<Answer> => {
  const prepare = client.works[job.work]
  if (prepare === undefined) throw new Error(`it has no ${job.work}`)
  const run = prepare(job)
  // Starts each job with an empty young generation. A full collection would discard the compiled code of
  // objects that are gone, and then the benchmark would measure the compiler.
  globalThis.gc?.(true)
  const cpu = process.cpuUsage()
  const start = performance.now()
  const count = await run()
  const millis = performance.now() - start
  const { system, user } = process.cpuUsage(cpu)
  return {
    millis,
    cpuMillis: (user + system) / 1000,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    ...count()
  }
}

const write = (line: object) => process.stdout.write(JSON.stringify(line) + "\n")

const serve = async (id: string): Promise<void> => {
  const make = await makers[id]?.()
  if (make === undefined) throw new Error(`there is no client ${id}`)
  const client = await make({
    url: process.env["BENCH_API_URL"] ?? "",
    key: process.env["BENCH_API_KEY"] ?? ""
  })
  write({ versions: client.versions })
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      write(await carryOut(client, JSON.parse(line) as Job))
    } catch (error) {
      write({ error: String(error) })
    }
  }
}

await serve(process.argv[2] ?? "")
// Open sockets would keep the process alive.
process.exit()
