// The clients of a soak run: client.mjs '{"url","apiKey"}' SECONDS RATE [fetch]. Exits with 1 if the heap or the handles
// grow. With `fetch` it also runs on Bun and Deno.

import { Cause, Effect, Exit, Fiber, Redacted, Runtime, Scope, Stream } from "effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { CallOptions, Centrifugo, CentrifugoApi, RetryPolicy } from "../../packages/core/dist/index.js"
import { CentrifugoNode, CentrifugoPromise } from "../../packages/node/dist/index.js"
import { growth } from "./trend.mjs"

const { apiKey, url } = JSON.parse(process.argv[2])
const seconds = Number(process.argv[3])
const rate = Number(process.argv[4])

const isOverFetch = process.argv[5] === "fetch"

const collector = () => {
  if (globalThis.Bun !== undefined) return () => globalThis.Bun.gc(true)
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc")
}
const gc = globalThis.gc ?? collector()

/** The maximum number of calls in flight. With more, the server would be the bottleneck. */
const maxPending = 1000
const tick = 20

const options = { url, apiKey: Redacted.make(apiKey), maxConnections: 32, retry: RetryPolicy.none }
const runtime = Runtime.defaultRuntime
const scope = Effect.runSync(Scope.make())
const make = isOverFetch ? Centrifugo.makeFetch : CentrifugoNode.make
const open = (more) => Effect.runPromise(Scope.extend(make({ ...options, ...more }), scope))
const single = await open({})
const batching = await open({ batching: true, retry: RetryPolicy.transient })
/** The Promise client always uses undici. */
const promise = isOverFetch
  ? undefined
  : await CentrifugoPromise.make({ url, apiKey, maxConnections: 8, retry: RetryPolicy.none })

const counts = { answered: 0, failed: 0, interrupted: 0, skipped: 0 }
let pending = 0

/** One signal for the life of the process, as programs use for their shutdown. */
const { signal } = new globalThis.AbortController()
const publication = (n) => ({ channel: `soak${n % 50}`, data: { n } })
const all = (n) => Array.from({ length: 20 }, (_, i) => publication(n + i))
const requestsOf = (n) => all(n).map((each) => CentrifugoApi.publish(each))

/** The kinds of calls, in rotation. */
const kinds = [
  (n) => single.publish(publication(n)),
  (n) => batching.publish(publication(n)),
  (n) => CallOptions.with(single.publish(publication(n)), { timeout: 1 }),
  (n) => batching.publish(publication(n)),
  (n) => single.batch(requestsOf(n)),
  (n) => CallOptions.with(batching.publish(publication(n)), { timeout: 3 }),
  (n) => single.publish(publication(n)),
  (n) =>
    n % 100 === 8 ? Stream.runDrain(batching.sendAll(requestsOf(n))) : batching.publish(publication(n)),
  ...(promise === undefined
    ? []
    : [
        (n) => Effect.promise(() => promise.publish(publication(n), { signal }).catch(() => undefined)),
        (n) =>
          Effect.promise(() =>
            promise
              .publish(publication(n), { signal: globalThis.AbortSignal.timeout(2) })
              .catch(() => undefined)
          )
      ])
]

const begin = (n) => {
  if (pending >= maxPending) return void counts.skipped++
  pending++
  const fiber = Runtime.runFork(runtime)(kinds[n % kinds.length](n))
  fiber.addObserver((exit) => {
    pending--
    if (exit._tag === "Success") counts.answered++
    else if (Cause.isInterruptedOnly(exit.cause)) counts.interrupted++
    else counts.failed++
  })
  if (n % 17 === 0) setTimeout(() => Effect.runFork(Fiber.interrupt(fiber)), n % 5)
}

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

/** Measures with no call in flight, so that only leaks and kept-alive sockets remain. */
const sample = async () => {
  while (pending > 0) await sleep(tick)
  await sleep(tick)
  gc()
  gc()
  // Deno has no list of its handles.
  const handles = (process.getActiveResourcesInfo?.() ?? []).filter(
    (kind) => !["Timeout", "Immediate"].includes(kind)
  )
  return { heap: process.memoryUsage().heapUsed / 1024 / 1024, handles: handles.length }
}

const samples = []
const interval = Math.min(10, seconds / 20)
const startedAt = globalThis.performance.now()
const elapsed = () => (globalThis.performance.now() - startedAt) / 1000
/** Calls missed during a sample or a pause are made up for in bursts of at most this many, not all at once. */
const burst = Math.max(1, Math.ceil((rate * tick * 4) / 1000))
let sent = 0
while (elapsed() < seconds) {
  for (const until = Math.min(elapsed() + interval, seconds); elapsed() < until; await sleep(tick)) {
    const due = Math.min(Math.floor(elapsed() * rate) - sent, burst)
    for (let i = 0; i < due; i++) begin(sent++)
  }
  const { handles, heap } = await sample()
  samples.push({ elapsed: elapsed(), heap, handles })
  console.log(
    `${elapsed().toFixed(0).padStart(5)} s  heap ${heap.toFixed(2)} MB  handles ${handles}  ${JSON.stringify(counts)}`
  )
}

const took = elapsed()
const begun = sent - counts.skipped

await Effect.runPromise(Scope.close(scope, Exit.void))
await promise?.close()

const heap = growth(samples.map(({ elapsed, heap }) => [elapsed, heap]))
const handles = growth(samples.map(({ elapsed, handles }) => [elapsed, handles]))
// Compiled code and filling caches take less than a megabyte. The leak of one closed connection would take 5 kB.
const isFlat = heap < 1.5 && handles < 20
console.log(
  `${begun} calls in ${took.toFixed(0)} s, ${(begun / took).toFixed(0)} per second: heap ${heap >= 0 ? "+" : ""}${heap.toFixed(2)} MB, handles ${handles >= 0 ? "+" : ""}${handles.toFixed(0)} over the last three quarters: ${isFlat ? "flat" : "IT GROWS"}`
)
process.exit(isFlat ? 0 : 1)
