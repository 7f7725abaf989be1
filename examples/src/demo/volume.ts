/** Publishes to 10,000 channels in three ways, and compares the times. */
import { Batch, Centrifugo, CentrifugoApi } from "@effect-centrifugo/core"
import { Console, Effect } from "effect"
import { line, millis, progress, step } from "./print.js"

const count = 10_000
const data = { hello: "world" }

const timed = <E, R>(title: string, run: Effect.Effect<unknown, E, R>) =>
  Effect.gen(function* () {
    const start = performance.now()
    yield* run
    const time = performance.now() - start
    yield* line(`${title.padEnd(32)}${millis(time).padStart(9)}`)
    return time
  })

export const run = (prefix: string) =>
  step(
    `The same publication to ${count} channels`,
    Effect.gen(function* () {
      const centrifugo = yield* Centrifugo.Centrifugo
      const channels = (name: string) => Array.from({ length: count }, (_, i) => `${prefix}_${name}_${i}`)

      const sequential = yield* timed(
        "one publish after the other",
        Effect.forEach(
          channels("sequential"),
          (channel, i) => {
            progress(i + 1, count, "publishing")
            return centrifugo.publish({ channel, data })
          },
          { discard: true }
        )
      )
      const batch = yield* timed(
        "one batch",
        centrifugo
          .batch(channels("batch").map((channel) => CentrifugoApi.publish({ channel, data })))
          .pipe(Batch.requireAll)
      )
      const broadcast = yield* timed(
        "one broadcast",
        centrifugo.broadcast({ channels: channels("broadcast"), data }).pipe(Batch.requireAll)
      )
      yield* Console.log(
        `   a batch is ${Math.round(sequential / batch)} times as fast, a broadcast ${Math.round(sequential / broadcast)} times`
      )
    })
  )
