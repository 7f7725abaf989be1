import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Worker from "../src/clients/Worker.js"
import type { Job } from "../src/work.js"

const address = { url: "http://127.0.0.1:9/api", key: "secret" }

const job: Job = {
  work: "publish",
  count: 1,
  prefix: "a",
  channels: 1,
  concurrency: 1,
  batchSize: 1,
  failEvery: 0,
  traced: false
}

/** A client that sends its versions, and then runs `answer` for each line. */
const client = (answer: string): Worker.Program => ({
  id: "gocent",
  command: process.execPath,
  args: [
    "-e",
    `console.log('{"versions":{"it":"1"}}')
    process.stdin.on("data", (line) => { ${answer} })`
  ]
})

const start = (program: Worker.Program) => Worker.start(program, address)

describe("a client's process", () => {
  it.scopedLive("receives the server's address and its jobs, and answers", () =>
    Effect.gen(function* () {
      const worker = yield* start(
        client(`console.log(JSON.stringify({
          millis: 1, cpuMillis: 2, peakRssMiB: 3,
          succeeded: JSON.parse(line).count, failed: process.env.BENCH_API_KEY.length
        }))`)
      )
      assert.deepStrictEqual(worker.hello, { versions: { it: "1" } })
      const answer = yield* worker.ask({ ...job, count: 42 })
      assert.deepStrictEqual(answer, { millis: 1, cpuMillis: 2, peakRssMiB: 3, succeeded: 42, failed: 6 })
    })
  )

  it.scopedLive("that can't start is an error with the reason", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(start({ id: "pycent", command: "/nowhere/python", args: [] }))
      assert.strictEqual(error.client, "pycent")
      assert.include(error.problem, "ENOENT")
    })
  )

  it.scopedLive("that ends before it is ready is an error with its output", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        start({
          id: "pycent",
          command: process.execPath,
          args: ["-e", "console.error('no cent'); process.exit(3)"]
        })
      )
      assert.include(error.problem, "ended (3)")
      assert.include(error.problem, "no cent")
    })
  )

  it.scopedLive("that ends in the middle of a job is an error", () =>
    Effect.gen(function* () {
      const worker = yield* start(client("process.exit(4)"))
      const error = yield* Effect.flip(worker.ask(job))
      assert.include(error.problem, "ended (4)")
    })
  )

  it.scopedLive("that can't do a job returns an error", () =>
    Effect.gen(function* () {
      const worker = yield* start(client(`console.log('{"error":"KeyError: publish"}')`))
      const error = yield* Effect.flip(worker.ask(job))
      assert.strictEqual(error.problem, "KeyError: publish")
    })
  )

  it.scopedLive("that answers anything else is an error", () =>
    Effect.gen(function* () {
      const worker = yield* start(client(`console.log('{"millis":"fast"}')`))
      const error = yield* Effect.flip(worker.ask(job))
      assert.include(error.problem, "millis")
    })
  )

  it.live("ends with the scope", () =>
    Effect.gen(function* () {
      const worker = yield* Effect.scoped(start(client("")))
      const error = yield* Effect.flip(worker.ask(job))
      assert.include(error.problem, "SIGKILL")
    })
  )
})
