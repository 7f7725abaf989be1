/**
 * Measures the memory per channel of the test kit. Publishes once to each of `process.argv[2]` channels, and
 * prints the heap per channel in bytes. Run with `--expose-gc`.
 */
import * as CentrifugoTest from "@effect-centrifugo/testing/CentrifugoTest"
import * as Effect from "effect/Effect"

const count = Number(process.argv[2] ?? 1_000_000)
const inBatch = 1_000

const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const program = Effect.gen(function* () {
  // The default configuration keeps a history, and its position for 30 days.
  const kit = yield* CentrifugoTest.make({ keep: 0 })
  const before = heap()
  for (let i = 0; i < count; i += inBatch) {
    const commands = Array.from({ length: inBatch }, (_, j) => ({
      publish: { channel: `user:${i + j}`, data: { order: i + j } }
    }))
    yield* kit.respond({
      method: "POST",
      path: "/api/batch",
      headers: { "x-api-key": "test-key" },
      body: JSON.stringify({ commands })
    })
  }
  return Math.round((heap() - before) / count)
})

process.stdout.write(`${await Effect.runPromise(program)}\n`)
